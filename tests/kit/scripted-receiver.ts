// A raw TCP receiver for sender tests (docs/protocols/mimo.md sections 3 and 5): it answers by script and
// keeps every request byte for byte. It is no HTTP server on purpose: a server library would repair what
// a sender does wrong.
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

const HEAD_BYTES_MAX = 64 * 1024;
const REQUEST_BODY_BYTES_MAX = 16 * 1024 * 1024;

/** An HTTP answer. Without `framing` it carries Content-Length (none for 204 and 304). */
export interface HttpAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** How the end of the body is shown; `close` ends the connection after the body, without a length. */
  readonly framing?: 'length' | 'chunked' | 'close';
  /** Milliseconds between the complete request and the answer. */
  readonly delay?: number;
  /** Says `Connection: close` and closes after this answer, whatever the framing. */
  readonly closeAfter?: boolean;
}

/** No HTTP answer: reset, orderly close, silence for ever, or these exact bytes (not valid HTTP, perhaps). */
export type ReceiverAnswer =
  | HttpAnswer
  | { readonly action: 'rst' | 'close' | 'hang' }
  | { readonly rawBytes: Buffer; readonly closeAfter?: boolean };

/** One complete request. `atMs` is on the clock of `performance.now()`; `connection` counts from 1. */
export interface RecordedRequest {
  readonly atMs: number;
  readonly connection: number;
  readonly method: string;
  readonly path: string;
  /** Request line and header lines, in the order sent, without CRLF, one character per byte (latin1). */
  readonly headLines: readonly string[];
  readonly body: Buffer;
}

/** One accepted connection: when it opened and how many complete requests came over it. */
export interface RecordedConnection {
  readonly openedAtMs: number;
  requestCount: number;
}

const REASONS: Readonly<Record<number, string>> = { 200: 'OK', 204: 'No Content', 302: 'Found', 503: 'Busy' };

function hasNoBody(status: number): boolean {
  return status === 204 || status === 304 || status < 200;
}

/** Bytes of an answer as sent on the wire; the header lines of the script come after the framing headers. */
export function encodeAnswer(answer: HttpAnswer): Buffer {
  const body = Buffer.from(answer.body ?? '');
  const framing = answer.framing ?? 'length';
  const lines = [`HTTP/1.1 ${answer.status} ${REASONS[answer.status] ?? 'Scripted'}`];
  if (framing === 'chunked') lines.push('Transfer-Encoding: chunked');
  else if (framing === 'length' && !hasNoBody(answer.status)) lines.push(`Content-Length: ${body.length}`);
  if (answer.closeAfter === true || framing === 'close') lines.push('Connection: close');
  for (const [name, value] of Object.entries(answer.headers ?? {})) lines.push(`${name}: ${value}`);
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
  return Buffer.concat([head, framing === 'chunked' ? encodeChunks(body) : body]);
}

/** Two chunks whenever there is more than one byte, so that a reader must join them. */
function encodeChunks(body: Buffer): Buffer {
  const middle = Math.ceil(body.length / 2);
  const parts = [body.subarray(0, middle), body.subarray(middle)].filter((part) => part.length > 0);
  const pieces = parts.flatMap((part) => [
    Buffer.from(`${part.length.toString(16)}\r\n`),
    part,
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([...pieces, Buffer.from('0\r\n\r\n')]);
}

/** A request cut off the front of `buffer`, `null` when more bytes are needed, a text when it is not HTTP. */
function takeRequest(
  buffer: Buffer,
): { headLines: string[]; body: Buffer; usedBytes: number } | string | null {
  const headEnd = buffer.indexOf('\r\n\r\n');
  if (headEnd < 0) return buffer.length > HEAD_BYTES_MAX ? 'head too large' : null;
  const headLines = buffer.toString('latin1', 0, headEnd).split('\r\n');
  const lengths = headLines.filter((line) => /^content-length:/i.test(line));
  if (lengths.length > 1) return 'more than one Content-Length';
  const bodyBytes = lengths.length === 0 ? 0 : Number(lengths[0]?.slice('content-length:'.length).trim());
  if (!Number.isSafeInteger(bodyBytes) || bodyBytes < 0 || bodyBytes > REQUEST_BODY_BYTES_MAX)
    return 'bad Content-Length';
  const usedBytes = headEnd + 4 + bodyBytes;
  if (buffer.length < usedBytes) return null;
  return { headLines, body: Buffer.from(buffer.subarray(headEnd + 4, usedBytes)), usedBytes };
}

/**
 * The scripted receiver. `answers[k]` is used for the k-th complete request over all connections, the
 * last one repeats; answers leave each connection in request order. Bound to 127.0.0.1 unless told otherwise. Call `close()`
 * whatever happened; twice is fine.
 */
export class ScriptedReceiver {
  readonly requests: RecordedRequest[] = [];
  readonly connections: RecordedConnection[] = [];
  /** What was received that is not HTTP; a test of a sender wants this empty. */
  readonly violations: string[] = [];
  private readonly answers: readonly ReceiverAnswer[];
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private readonly timers = new Set<NodeJS.Timeout>();
  private portNumber = 0;

  private constructor(answers: readonly ReceiverAnswer[]) {
    this.answers = answers.length > 0 ? answers : [{ status: 204 }];
    this.server = createServer((socket) => this.accept(socket));
  }

  /** Listens at once on `port` (0 = any free one). */
  static async start(
    answers: readonly ReceiverAnswer[] = [],
    port = 0,
    host = '127.0.0.1',
  ): Promise<ScriptedReceiver> {
    const receiver = new ScriptedReceiver(answers);
    receiver.server.listen(port, host);
    await once(receiver.server, 'listening');
    const address = receiver.server.address();
    if (address === null || typeof address === 'string') throw new Error('no TCP address');
    receiver.portNumber = address.port;
    return receiver;
  }

  get port(): number {
    return this.portNumber;
  }

  url(path = '/mimo/events'): string {
    return `http://127.0.0.1:${this.portNumber}${path}`;
  }

  /**
   * Resolves when `count` complete requests came; rejects with what is there when `timeoutMs` passed
   * before.
   */
  async waitForRequests(count: number, timeoutMs = 20_000): Promise<readonly RecordedRequest[]> {
    const endMs = performance.now() + timeoutMs;
    while (this.requests.length < count) {
      if (performance.now() > endMs)
        throw new Error(`${this.requests.length} of ${count} requests in ${timeoutMs} ms`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    return this.requests;
  }

  async close(): Promise<void> {
    for (const timer of this.timers) clearTimeout(timer);
    for (const socket of this.sockets) socket.destroy();
    if (!this.server.listening) return;
    const closed = once(this.server, 'close');
    this.server.close();
    await closed;
  }

  private accept(socket: Socket): void {
    const connection: RecordedConnection = { openedAtMs: performance.now(), requestCount: 0 };
    const number = this.connections.push(connection);
    this.sockets.add(socket);
    socket.setNoDelay(true);
    // A sender under test may reset or vanish at any moment; that is recorded by what is missing, not thrown.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.sockets.delete(socket));
    let buffer: Buffer = Buffer.alloc(0);
    let turn: Promise<boolean> = Promise.resolve(true);
    socket.on('data', (chunk) => {
      buffer = buffer.length === 0 ? chunk : Buffer.concat([buffer, chunk]);
      for (let request = takeRequest(buffer); request !== null; request = takeRequest(buffer)) {
        if (typeof request === 'string') {
          this.violations.push(request);
          socket.destroy();
          return;
        }
        buffer = buffer.subarray(request.usedBytes);
        connection.requestCount += 1;
        const answer = this.record(number, request.headLines, request.body);
        const receivedAtMs = performance.now();
        turn = turn.then((goesOn) => goesOn && this.answer(socket, answer, receivedAtMs));
        // What follows a reset or close was never read by a real receiver: it must not count as received.
        if ('action' in answer && answer.action !== 'hang') {
          socket.pause();
          return;
        }
      }
    });
  }

  private record(connection: number, headLines: string[], body: Buffer): ReceiverAnswer {
    const [method = '', path = ''] = (headLines[0] ?? '').split(' ');
    const index =
      this.requests.push({ atMs: performance.now(), connection, method, path, headLines, body }) - 1;
    const answer = this.answers[Math.min(index, this.answers.length - 1)];
    if (answer === undefined) throw new Error('the script is empty');
    return answer;
  }

  /** True when the next request of this connection may be answered. */
  private async answer(socket: Socket, answer: ReceiverAnswer, receivedAtMs: number): Promise<boolean> {
    if ('action' in answer) {
      if (answer.action === 'rst') socket.resetAndDestroy();
      if (answer.action === 'close') socket.destroy();
      return false;
    }
    if ('rawBytes' in answer) {
      socket.write(answer.rawBytes);
    } else {
      if (answer.delay !== undefined) await this.pause(receivedAtMs + answer.delay - performance.now());
      if (socket.destroyed) return false;
      socket.write(encodeAnswer(answer));
    }
    const closes = answer.closeAfter === true || ('framing' in answer && answer.framing === 'close');
    if (closes) socket.end();
    return !closes;
  }

  private pause(durationMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(
        () => {
          this.timers.delete(timer);
          resolve();
        },
        Math.max(0, durationMs),
      );
      this.timers.add(timer);
    });
  }
}

/** A port of 127.0.0.1 nobody listens on right now. It can be taken by others: use it at once. */
export async function reservePort(): Promise<number> {
  const receiver = await ScriptedReceiver.start();
  await receiver.close();
  return receiver.port;
}
