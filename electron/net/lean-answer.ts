/** The bytes of an answer, the very same node:http would send; for requests that did not come through it. */
import { STATUS_CODES } from 'node:http';
import { assert } from '../../shared/assert.ts';
import { LIMITS } from '../../shared/limits.ts';
import { bodyOf, headersOf, type DoorAnswer } from './http-answer.ts';

const KEPT_OPEN = `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(LIMITS.httpKeepAliveMs / 1_000)}\r\n`;
const CLOSED = 'Connection: close\r\n';
const NOTHING = new Uint8Array(0);

export interface LeanAnswer {
  /** One byte a character. */
  readonly head: string;
  readonly body: Uint8Array;
  readonly closes: boolean;
}

/**
 * `last`: this door closes the connection, and says so among the answer's own headers · `senderCloses`: the
 * request asked for it.
 */
export function leanAnswer(answer: DoorAnswer, last: boolean, senderCloses: boolean): LeanAnswer {
  assert(answer.filePath === undefined, 'files are served by node:http');
  const { status } = answer;
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'unknown'}\r\n`;
  for (const [name, value] of Object.entries(headersOf(answer, last))) head += `${name}: ${value}\r\n`;
  head += `Date: ${httpDate()}\r\n`;
  if (!last) head += senderCloses ? CLOSED : KEPT_OPEN;
  const body = bodyOf(answer);
  const bytes = typeof body === 'string' ? Buffer.from(body) : (body ?? NOTHING);
  return { head: `${head}\r\n`, body: bytes, closes: last || senderCloses };
}

const dated = { second: 0, text: '' };

/** The text changes once a second, and is asked for with every answer. */
function httpDate(): string {
  const nowMs = Date.now();
  const second = Math.floor(nowMs / 1_000);
  if (second !== dated.second) Object.assign(dated, { second, text: new Date(nowMs).toUTCString() });
  return dated.text;
}
