// A raw TCP client for server tests: it sends exactly these bytes, cut as told, and reads the answers with
// its own small parser.
import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

/** One connection. Call `destroy()` whatever happened. */
export class RawConnection {
  readonly #socket: Socket;
  readonly #closed: Promise<void>;
  #received: Buffer = Buffer.alloc(0);
  #wake: (() => void) | null = null;
  #isClosed = false;
  #method = 'POST';

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#wake?.();
    });
    // A server under attack resets; what came before still counts.
    socket.on('error', () => socket.destroy());
    socket.on('end', () => this.#end());
    this.#closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.#end();
        resolve();
      });
    });
  }

  static open(port: number): Promise<RawConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
      socket.once('error', reject);
      socket.once('connect', () => resolve(new RawConnection(socket)));
    });
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** All bytes that came and were not taken by `answer`. */
  get rest(): Buffer {
    return this.#received;
  }

  /** Resolves when the bytes are handed to the system, or the connection has ended. */
  async send(bytes: string | Uint8Array): Promise<void> {
    if (this.#socket.destroyed) return;
    const data = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
    if (this.#socket.write(data)) return;
    await Promise.race([new Promise((resolve) => this.#socket.once('drain', resolve)), this.#closed]);
  }

  /** Says that nothing more will be sent; answers can still come. */
  endSending(): void {
    this.#socket.end();
  }

  /**
   * The next whole answer, or null when the peer closed or nothing came in time. 1xx answers are passed over.
   */
  async answer(timeoutMs: number, method = 'POST'): Promise<RawAnswer | null> {
    this.#method = method;
    const endMs = performance.now() + timeoutMs;
    for (;;) {
      const answer = this.#take();
      if (answer !== null && answer.status >= 200) return answer;
      if (answer !== null) continue;
      const leftMs = endMs - performance.now();
      if (this.#isClosed || leftMs <= 0) return null;
      await this.#more(leftMs);
    }
  }

  /** True when the peer has closed within the time. */
  async closes(timeoutMs: number): Promise<boolean> {
    const endMs = performance.now() + timeoutMs;
    while (!this.#isClosed && performance.now() < endMs) await this.#more(endMs - performance.now());
    return this.#isClosed;
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #end(): void {
    this.#isClosed = true;
    this.#wake?.();
  }

  #more(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #take(): RawAnswer | null {
    const headEnd = this.#received.indexOf('\r\n\r\n');
    if (headEnd < 0) return null;
    const [first = '', ...lines] = this.#received.toString('latin1', 0, headEnd).split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(`${first} `)?.[1] ?? '0');
    const headers = new Map(
      lines.map((line) => [line.split(':', 1)[0]?.toLowerCase() ?? '', line.replace(/^[^:]*:\s*/, '')]),
    );
    const hasBody = this.#method !== 'HEAD' && status !== 204 && status !== 304 && status >= 200;
    const bodyBytes = hasBody ? Number(headers.get('content-length') ?? '0') : 0;
    const end = headEnd + 4 + bodyBytes;
    if (this.#received.length < end) return null;
    const body = Buffer.from(this.#received.subarray(headEnd + 4, end));
    this.#received = this.#received.subarray(end);
    return { status, headers, body };
  }
}
