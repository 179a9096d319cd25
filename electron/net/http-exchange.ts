/** One request and its answer, with what is known from the head and the connection. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DoorRequest } from './door.ts';
import type { HttpConnection } from './http-connections.ts';
import { rawHead } from './raw-head.ts';
import type { RequestHead } from './request-head.ts';

/** A request that has come, whichever way. */
export interface Arrival {
  readonly request: RequestHead;
  readonly connection: HttpConnection;
  /** Wall clock when the head was complete. */
  readonly receivedAtMs: number;
  readonly path: string;
  readonly query: string;
  /** The head as bytes, see raw-head.ts. */
  head(): Uint8Array;
}

/** One that came through node:http, which also answers it. */
export interface Exchange extends Arrival {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Splits a request target; nothing is decoded. */
export function splitTarget(url: string): { readonly path: string; readonly query: string } {
  const mark = url.indexOf('?');
  return mark < 0 ? { path: url, query: '' } : { path: url.slice(0, mark), query: url.slice(mark + 1) };
}

export function exchangeOf(
  request: IncomingMessage,
  response: ServerResponse,
  connection: HttpConnection,
  receivedAtMs: number,
): Exchange {
  const { path, query } = splitTarget(request.url ?? '');
  return { request, response, connection, receivedAtMs, path, query, head: () => rawHead(request) };
}

/** The request as its route sees it. */
export function doorRequest(arrival: Arrival, body: Uint8Array): DoorRequest {
  const { request, connection, receivedAtMs, path, query } = arrival;
  const { method = '', headers } = request;
  const head = (): Uint8Array => arrival.head();
  return { method, path, query, headers, peer: connection.peer, receivedAtMs, body, head };
}

/** The parser has checked the digits; 0 for chunked bodies and for none. */
export function declaredBytes(request: IncomingMessage): number {
  return Number(request.headers['content-length'] ?? 0);
}
