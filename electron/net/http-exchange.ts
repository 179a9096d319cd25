/** What is known of one request from its head and its socket. */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { DoorRequest } from './door.ts';
import { rawHead } from './raw-head.ts';

export interface Exchange {
  readonly receivedAtMs: number;
  readonly peer: string;
  readonly path: string;
  readonly query: string;
}

/** `receivedAtMs` is the wall clock when the head was complete. */
export function exchangeOf(request: IncomingMessage, receivedAtMs: number): Exchange {
  const url = request.url ?? '';
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  return { receivedAtMs, peer: peerOf(request.socket), path, query: mark < 0 ? '' : url.slice(mark + 1) };
}

/** The request as its route sees it. */
export function doorRequest(request: IncomingMessage, exchange: Exchange, body: Uint8Array): DoorRequest {
  const { receivedAtMs, peer, path, query } = exchange;
  const head = (): Uint8Array => rawHead(request);
  return {
    method: request.method ?? '',
    path,
    query,
    headers: request.headers,
    peer,
    receivedAtMs,
    body,
    head,
  };
}

/** The parser has checked the digits; 0 for chunked bodies and for none. */
export function declaredBytes(request: IncomingMessage): number {
  return Number(request.headers['content-length'] ?? 0);
}

/** Such as `127.0.0.1:40522` or `[::1]:40522`; '' when the socket has gone. */
export function peerOf(socket: Socket): string {
  const { remoteAddress, remotePort } = socket;
  if (remoteAddress === undefined) return '';
  return remoteAddress.includes(':') ? `[${remoteAddress}]:${remotePort}` : `${remoteAddress}:${remotePort}`;
}
