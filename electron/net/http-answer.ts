/**
 * Writes the answers of a door: a refusal is JSON {code, message, fix}, and no answer ever carries a CORS
 * header.
 */
import { createReadStream } from 'node:fs';
import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { pipeline } from 'node:stream';
import type { Failure, FailureCode } from '../../shared/failure.ts';

export interface DoorAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** Instead of `body`: this file, sent as it is read. The answer breaks off when it cannot be read. */
  readonly filePath?: string;
  /** The request was refused: the door reports it and, when `body` is absent, sends this as JSON. */
  readonly failure?: Failure;
}

const STATUS_OF_FAILURE: Partial<Record<FailureCode, number>> = {
  E_HOST: 421,
  E_ORIGIN: 403,
  E_TOKEN: 401,
  E_METHOD: 405,
  E_PATH: 404,
  E_MEDIA_TYPE: 415,
  E_ENCODING: 415,
  E_BODY_TOO_LARGE: 413,
  E_SLOW: 408,
  E_BUSY: 503,
  E_STORE_FULL: 503,
  E_STORE_FAILED: 503,
};

/**
 * The HTTP status that goes with a refusal; 400 when nothing more exact exists. Content never gives a 5xx.
 */
export function statusOf(code: FailureCode): number {
  return STATUS_OF_FAILURE[code] ?? 400;
}

export function refusal(failure: Failure, headers?: Readonly<Record<string, string>>): DoorAnswer {
  return headers === undefined
    ? { status: statusOf(failure.code), failure }
    : { status: statusOf(failure.code), failure, headers };
}

/** Head of every refusal: plain data, never sniffed, never cached. */
const REFUSAL_HEADERS = {
  'Content-Type': 'application/json; charset=utf-8',
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-store',
} as const;

/** Writes the head and body of an answer; `end` false leaves the response open for lingering. */
export function writeAnswer(response: ServerResponse, answer: DoorAnswer, last: boolean, end: boolean): void {
  if (answer.filePath !== undefined) {
    response.writeHead(answer.status, { ...answer.headers });
    // ENOENT and its like reach the reader as a broken-off answer, which a browser shows as a failed
    // download.
    pipeline(createReadStream(answer.filePath), response, () => response.destroy());
    return;
  }
  const body = bodyOf(answer);
  if (body === undefined && !last && answer.headers === undefined) {
    // The common answer, 204 without a byte: no header object at all.
    response.writeHead(answer.status, answer.status === 204 ? undefined : { 'Content-Length': '0' });
    response.end();
    return;
  }
  response.writeHead(answer.status, headersOf(answer, last));
  if (end) response.end(body);
  else response.write(body ?? '');
}

/** What follows the head; undefined = not a byte. */
export function bodyOf(answer: DoorAnswer): Uint8Array | string | undefined {
  return answer.body ?? (answer.failure === undefined ? undefined : JSON.stringify(answer.failure));
}

/** All but what node:http adds by itself, in the order they are sent. */
export function headersOf(answer: DoorAnswer, last: boolean): Record<string, string> {
  const headers: Record<string, string> = {
    ...(answer.failure === undefined ? undefined : REFUSAL_HEADERS),
    ...answer.headers,
    ...(last ? { Connection: 'close' } : undefined),
  };
  if (answer.status !== 204 && answer.status !== 304)
    headers['Content-Length'] = String(byteLength(bodyOf(answer)));
  return headers;
}

/**
 * For connections whose parser has given up: the answer goes straight to the socket, then the connection
 * ends.
 */
export function writeRawRefusal(socket: Socket, status: number, failure: Failure): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const body = JSON.stringify(failure);
  const headers = Object.entries(REFUSAL_HEADERS).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}\r\n${headers.join('')}` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

function byteLength(body: Uint8Array | string | undefined): number {
  if (body === undefined) return 0;
  return typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength;
}
