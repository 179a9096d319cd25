/**
 * Sends the answers of one turn in one call of the addon: after a commit many senders are answered at the
 * same moment.
 */
import { assert } from '../../shared/assert.ts';
import { TCP_DOOR_COLUMNS, type NativeAddon, type TcpDoor } from '../../native/index.ts';
import type { LeanAnswer } from './lean-answer.ts';

const LINES_MAX = 256;
const BYTES_MAX = 64 * 1_024;

interface NamedConnection {
  readonly name: number;
}

export class AnswerBatch<Connection extends NamedConnection> {
  readonly #native: NativeAddon;
  readonly #door: TcpDoor;
  readonly #answered: (connection: Connection, isOpen: boolean) => void;
  readonly #bytes = Buffer.alloc(BYTES_MAX);
  readonly #lines = new Int32Array(LINES_MAX * TCP_DOOR_COLUMNS.ANSWER);
  #waiting: Connection[] = [];
  #usedBytes = 0;

  /** `answered` hears of every answer once it was sent or could not be. */
  constructor(
    native: NativeAddon,
    door: TcpDoor,
    answered: (connection: Connection, isOpen: boolean) => void,
  ) {
    this.#native = native;
    this.#door = door;
    this.#answered = answered;
  }

  /** `takenBytes` of the connection are read away with it. Goes out before the turn ends. */
  add(connection: Connection, { head, body, closes }: LeanAnswer, takenBytes: number): void {
    const length = head.length + body.length;
    assert(length <= BYTES_MAX, 'answers to events are small');
    if (this.#waiting.length === LINES_MAX || this.#usedBytes + length > BYTES_MAX) this.send();
    if (this.#waiting.length === 0) setImmediate(() => this.send());
    const line = [connection.name, takenBytes, this.#usedBytes, length, closes ? 1 : 0];
    this.#lines.set(line, this.#waiting.length * TCP_DOOR_COLUMNS.ANSWER);
    this.#bytes.write(head, this.#usedBytes, 'latin1');
    this.#bytes.set(body, this.#usedBytes + head.length);
    this.#usedBytes += length;
    this.#waiting.push(connection);
  }

  /** What waits is not sent: its connections are closed already. */
  discard(): void {
    this.#waiting = [];
  }

  /** What waits goes out now. */
  send(): void {
    const sent = this.#waiting;
    if (sent.length === 0) return;
    const lines = this.#lines;
    const closes = sent.map((_connection, index) => lines[index * TCP_DOOR_COLUMNS.ANSWER + 4] === 1);
    this.#waiting = [];
    this.#usedBytes = 0;
    this.#native.tcpDoorAnswer(this.#door, this.#bytes, lines, sent.length);
    for (const [index, connection] of sent.entries()) {
      const failed = lines[index * TCP_DOOR_COLUMNS.ANSWER] !== 0;
      this.#answered(connection, !failed && closes[index] !== true);
    }
  }
}
