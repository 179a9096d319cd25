/**
 * The request head as bytes, for the Wire view of an event: order, spelling and duplicates of header names
 * are kept.
 */
import type { RequestHead } from './request-head.ts';

/**
 * Rebuilt from what Node's parser keeps: only white space around header values is lost. Header bytes are one
 * byte a character in Node, so latin1 gives the sender's bytes back.
 */
export function rawHead(request: RequestHead): Uint8Array {
  const { rawHeaders } = request;
  let text = `${request.method ?? ''} ${request.url ?? ''} HTTP/${request.httpVersion}\r\n`;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    text += `${rawHeaders[index]}: ${rawHeaders[index + 1]}\r\n`;
  }
  return Buffer.from(`${text}\r\n`, 'latin1');
}

/**
 * How many header lines carry this name (lower case): a second Host or Origin is an attack, and Node keeps
 * only the first.
 */
export function headerCount(request: RequestHead, name: string): number {
  const { rawHeaders } = request;
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const header = rawHeaders[index];
    if (header !== undefined && header.length === name.length && header.toLowerCase() === name) count += 1;
  }
  return count;
}
