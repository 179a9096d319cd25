/**
 * Reads the answers of a receiver from bytes cut anywhere: docs/protocols/mimo.md sections 3 and 5. Bodies
 * are read and thrown away but for their beginning, so that the connection can be used again.
 */
import { ProtocolError } from '../../../shared/failure.ts';
import { LIMITS } from '../../../shared/limits.ts';

export interface Reply {
  readonly status: number;
  /** Value of Location, or null. */
  readonly location: string | null;
  /** The first bytes of the body as text; the rest is not kept. */
  readonly bodyStart: string;
  /** False when the connection must not carry another request. */
  readonly keepsConnection: boolean;
}

interface Head {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly keepAlive: boolean;
}

/**
 * `head` · `fixed` body with a known rest · `chunk_size`, `chunk`, `chunk_end`, `trailer` chunked body ·
 * `until_close` · `done`.
 */
type State = 'head' | 'fixed' | 'chunk_size' | 'chunk' | 'chunk_end' | 'trailer' | 'until_close' | 'done';

const BODY_START_BYTES_MAX = 4_096;
const CRLF = Buffer.from('\r\n');
const HEAD_END = Buffer.from('\r\n\r\n');

/** One reply. Bytes behind it are a fault of the receiver: `keepsConnection` is then false. */
export class ReplyReader {
  readonly #hasBody: boolean;
  #state: State = 'head';
  #buffer: Buffer = Buffer.alloc(0);
  #head: Head | null = null;
  #restBytes = 0;
  #bodyBytes = 0;
  #bodyStart: Buffer = Buffer.alloc(0);

  /** A reply to HEAD has no body whatever its head says. */
  constructor(method: string) {
    this.#hasBody = method !== 'HEAD';
  }

  /** Null until the reply is whole. Throws ProtocolError E_PROTOCOL or E_LIMIT. */
  push(chunk: Buffer): Reply | null {
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
    while (this.#state !== 'done' && this.#step());
    return this.#state === 'done' ? this.#reply(this.#buffer.length === 0) : null;
  }

  /** The peer closed: a reply without any length is whole now. */
  end(): Reply | null {
    return this.#state === 'until_close' ? this.#reply(false) : null;
  }

  /** True when the buffer gave something; false when more bytes are needed. */
  #step(): boolean {
    if (this.#state === 'head') return this.#readHead();
    if (this.#state === 'chunk_size') return this.#readChunkSize();
    if (this.#state === 'trailer') return this.#readTrailer();
    if (this.#state === 'chunk_end') return this.#readChunkEnd();
    return this.#readBody();
  }

  #readHead(): boolean {
    const end = this.#buffer.indexOf(HEAD_END);
    if (
      end > LIMITS.httpReplyHeadBytesMax ||
      (end < 0 && this.#buffer.length > LIMITS.httpReplyHeadBytesMax)
    ) {
      throw new ProtocolError('E_LIMIT', 'the head of the answer is too large');
    }
    if (end < 0) return false;
    const head = parseHead(this.#buffer.toString('latin1', 0, end));
    this.#buffer = this.#buffer.subarray(end + HEAD_END.length);
    // 1xx only announces the reply that follows.
    if (head.status < 200) return true;
    this.#head = head;
    this.#state = this.#bodyState(head);
    return true;
  }

  #bodyState(head: Head): State {
    if (!this.#hasBody || head.status === 204 || head.status === 304) return 'done';
    if (head.headers.get('transfer-encoding')?.toLowerCase() === 'chunked') return 'chunk_size';
    const length = head.headers.get('content-length');
    if (length === undefined) return 'until_close';
    if (!/^\d{1,15}$/.test(length)) throw new ProtocolError('E_PROTOCOL', 'bad Content-Length in the answer');
    this.#restBytes = Number(length);
    return this.#restBytes === 0 ? 'done' : 'fixed';
  }

  #readBody(): boolean {
    if (this.#buffer.length === 0) return false;
    const takes =
      this.#state === 'until_close' ? this.#buffer.length : Math.min(this.#restBytes, this.#buffer.length);
    this.#bodyBytes += takes;
    if (this.#bodyBytes > LIMITS.httpReplyBodyBytesMax)
      throw new ProtocolError('E_LIMIT', 'the answer is too large');
    if (this.#bodyStart.length < BODY_START_BYTES_MAX) {
      const part = this.#buffer.subarray(0, Math.min(takes, BODY_START_BYTES_MAX - this.#bodyStart.length));
      this.#bodyStart = Buffer.concat([this.#bodyStart, part]);
    }
    this.#buffer = this.#buffer.subarray(takes);
    if (this.#state === 'until_close') return true;
    this.#restBytes -= takes;
    if (this.#restBytes === 0) this.#state = this.#state === 'chunk' ? 'chunk_end' : 'done';
    return true;
  }

  #takeLine(): string | null {
    const end = this.#buffer.indexOf(CRLF);
    if (
      end > LIMITS.httpReplyHeadBytesMax ||
      (end < 0 && this.#buffer.length > LIMITS.httpReplyHeadBytesMax)
    ) {
      throw new ProtocolError('E_LIMIT', 'a line of the answer is too long');
    }
    if (end < 0) return null;
    const line = this.#buffer.toString('latin1', 0, end);
    this.#buffer = this.#buffer.subarray(end + CRLF.length);
    return line;
  }

  #readChunkSize(): boolean {
    const line = this.#takeLine();
    if (line === null) return false;
    const size = /^([0-9a-fA-F]{1,8})[ \t]*(?:;.*)?$/.exec(line)?.[1];
    if (size === undefined) throw new ProtocolError('E_PROTOCOL', 'bad chunk in the answer');
    this.#restBytes = Number.parseInt(size, 16);
    this.#state = this.#restBytes === 0 ? 'trailer' : 'chunk';
    return true;
  }

  #readChunkEnd(): boolean {
    if (this.#buffer.length < CRLF.length) return false;
    if (this.#takeLine() !== '') throw new ProtocolError('E_PROTOCOL', 'bad chunk end in the answer');
    this.#state = 'chunk_size';
    return true;
  }

  #readTrailer(): boolean {
    const line = this.#takeLine();
    if (line === null) return false;
    if (line === '') this.#state = 'done';
    return true;
  }

  #reply(isExact: boolean): Reply {
    const head = this.#head;
    if (head === null) throw new ProtocolError('E_PROTOCOL', 'no answer');
    return {
      status: head.status,
      location: head.headers.get('location') ?? null,
      bodyStart: this.#bodyStart.toString('utf8'),
      keepsConnection: isExact && head.keepAlive,
    };
  }
}

function parseHead(text: string): Head {
  const [first = '', ...lines] = text.split('\r\n');
  const match = /^HTTP\/1\.([01]) (\d{3})(?: .*)?$/.exec(first);
  if (match === null) throw new ProtocolError('E_PROTOCOL', 'the answer is not HTTP/1.1');
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  const connection = headers.get('connection')?.toLowerCase() ?? '';
  const keepAlive = match[1] === '1' ? connection !== 'close' : connection === 'keep-alive';
  return { status: Number(match[2]), headers, keepAlive };
}
