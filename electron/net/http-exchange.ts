/** One request and its answer, with what is known from the head and the connection. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DoorRequest } from './door.ts';
import type { HttpConnection } from './http-connections.ts';
import { rawHead } from './raw-head.ts';

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly connection: HttpConnection;
  /** Wall clock when the head was complete. */
  readonly receivedAtMs: number;
  readonly path: string;
  readonly query: string;
}

/** Splits the request target; nothing is decoded. */
export function exchangeOf(
  request: IncomingMessage,
  response: ServerResponse,
  connection: HttpConnection,
  receivedAtMs: number,
): Exchange {
  const url = request.url ?? '';
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const query = mark < 0 ? '' : url.slice(mark + 1);
  return { request, response, connection, receivedAtMs, path, query };
}

/** The request as its route sees it. */
export function doorRequest(exchange: Exchange, body: Uint8Array): DoorRequest {
  const { request, connection, receivedAtMs, path, query } = exchange;
  const { method = '', headers } = request;
  const head = (): Uint8Array => rawHead(request);
  return { method, path, query, headers, peer: connection.peer, receivedAtMs, body, head };
}

/** The parser has checked the digits; 0 for chunked bodies and for none. */
export function declaredBytes(request: IncomingMessage): number {
  return Number(request.headers['content-length'] ?? 0);
}
