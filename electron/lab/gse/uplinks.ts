/** Uplinks on their way to callback URLs: docs/protocols/gse.md section 10, "Uplink". */
import { encodeUplink } from '../../protocols/gse/dispatch-messages.ts';
import { UplinkPoster } from '../../protocols/gse/uplink-poster.ts';
import type { Uplink } from './agent-directory.ts';

export interface UplinkFaults {
  /** Every callback is posted this many times; 1 = as it should be. */
  readonly copies: number;
  /** Neighbouring callbacks change places. */
  readonly outOfOrder: boolean;
  /** How often a callback that was not answered 200 is repeated. */
  readonly repeats: number;
}

export const UPLINK_FAULTS_NONE: UplinkFaults = { copies: 1, outOfOrder: false, repeats: 0 };

export interface UplinkCounters {
  /** Answered 200. */
  readonly taken: number;
  /** Answered something else, or not at all; after the repeats. */
  readonly lost: number;
  /** No slot with a callback URL belongs to the plugin. */
  readonly homeless: number;
  /** Beyond the bound of the queue. */
  readonly dropped: number;
  readonly waiting: number;
}

const TIMEOUT_MS = 5_000;
const AT_ONCE_MAX = 16;
const WAITING_MAX = 200_000;

interface Waiting {
  readonly url: string;
  readonly uplink: Uplink;
}

export class Uplinks {
  readonly #poster = new UplinkPoster(TIMEOUT_MS);
  readonly #urlOf: (pluginName: string) => string | null;
  #faults = UPLINK_FAULTS_NONE;
  #queue: Waiting[] = [];
  #next = 0;
  #running = 0;
  #isClosed = false;
  readonly #counts = { taken: 0, lost: 0, homeless: 0, dropped: 0 };

  /** `urlOf` gives the callback URL of the slot of a plugin, or null. */
  constructor(urlOf: (pluginName: string) => string | null) {
    this.#urlOf = urlOf;
  }

  setFaults(faults: UplinkFaults): void {
    this.#faults = faults;
  }

  counters(): UplinkCounters {
    return { ...this.#counts, waiting: this.#queue.length - this.#next + this.#running };
  }

  send(uplinks: readonly Uplink[]): void {
    const { copies, outOfOrder } = this.#faults;
    const ordered = outOfOrder ? swapped(uplinks) : uplinks;
    for (const uplink of ordered) {
      const url = this.#urlOf(uplink.pluginName);
      if (url === null) this.#counts.homeless += 1;
      else for (let copy = 0; copy < copies; copy += 1) this.#enqueue({ url, uplink });
    }
    this.#start();
  }

  /** Resolves when nothing is under way any more; what waits is forgotten. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#queue = [];
    this.#next = 0;
    await this.#poster.close();
  }

  #enqueue(waiting: Waiting): void {
    if (this.#isClosed || this.#queue.length - this.#next >= WAITING_MAX) this.#counts.dropped += 1;
    else this.#queue.push(waiting);
  }

  #start(): void {
    while (this.#running < AT_ONCE_MAX && this.#next < this.#queue.length) {
      this.#running += 1;
      void this.#work();
    }
  }

  async #work(): Promise<void> {
    for (let waiting = this.#take(); waiting !== undefined; waiting = this.#take()) await this.#post(waiting);
    this.#running -= 1;
  }

  #take(): Waiting | undefined {
    const waiting = this.#queue[this.#next];
    if (waiting === undefined) {
      this.#queue = [];
      this.#next = 0;
      return undefined;
    }
    this.#next += 1;
    return waiting;
  }

  async #post({ url, uplink }: Waiting): Promise<void> {
    const body = encodeUplink(uplink.messageId, uplink.agentId, uplink.content);
    for (let attempt = 0; !this.#isClosed && attempt <= this.#faults.repeats; attempt += 1) {
      const posted = await this.#poster.post(url, body);
      if ('status' in posted && posted.status === 200) {
        this.#counts.taken += 1;
        return;
      }
    }
    this.#counts.lost += 1;
  }
}

function swapped(uplinks: readonly Uplink[]): Uplink[] {
  const result = [...uplinks];
  for (let index = 0; index + 1 < result.length; index += 2) {
    const [first, second] = [result[index], result[index + 1]];
    if (first === undefined || second === undefined) break;
    result[index] = second;
    result[index + 1] = first;
  }
  return result;
}
