// A request of a receiver row ⇒ the bytes on the wire and how they are cut.
import * as v from 'valibot';
import type { RawConnection } from '../../kit/raw-http-client.ts';
import { bytesOf, repeated, repeatedText } from './vector-text.ts';

export const plainRequest = v.strictObject({
  method: v.string(),
  path: v.string(),
  headers: v.optional(v.record(v.string(), v.string()), {}),
  body: v.optional(v.string()),
  body_b64: v.optional(v.string()),
  body_repeat: v.optional(repeated),
  transfer: v.optional(v.picklist(['chunked'])),
  chunk_sizes: v.optional(v.array(v.number()), []),
  /** Sizes of the first pieces; the last one repeats. */
  split: v.optional(v.array(v.number()), []),
  pause_ms: v.optional(v.number(), 0),
  declared_length_extra: v.optional(v.number(), 0),
});
const raw = v.strictObject({
  raw: v.optional(v.string()),
  raw_b64: v.optional(v.string()),
  then: v.optional(v.picklist(['close', 'wait']), 'wait'),
});
const pipelined = v.strictObject({ pipeline: v.array(plainRequest) });

export const request = v.union([pipelined, plainRequest, raw]);
export type PlainRequest = v.InferOutput<typeof plainRequest>;
export type VectorRequest = v.InferOutput<typeof request>;

const WRITE_BYTES = 64 * 1024;

/** The body as bytes; of long repeats only a small model is kept, see `writeBody`. */
export function bodyOf(row: PlainRequest): Buffer {
  return bytesOf(row.body, row.body_b64) ?? Buffer.alloc(0);
}

/** "<repeat x 70000>" stands for 70 000 times x. */
function headerValue(text: string): string {
  return text.replace(/<repeat (.) (\d+)>/gu, (_all, character: string, count: string) =>
    character.repeat(Number(count)),
  );
}

export function headOf(row: PlainRequest, port: number): string {
  const headers = { ...row.headers };
  const names = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  const lines = [`${row.method} ${row.path} HTTP/1.1`];
  if (!names.has('host')) lines.push(`Host: 127.0.0.1:${port}`);
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${headerValue(value)}`);
  const bytes = row.body_repeat === undefined ? bodyOf(row).length : repeatedBytes(row.body_repeat);
  const hasBody = bytes > 0 || row.body !== undefined || row.declared_length_extra > 0;
  if (row.transfer === 'chunked') lines.push('Transfer-Encoding: chunked');
  else if (hasBody && !names.has('content-length'))
    lines.push(`Content-Length: ${bytes + row.declared_length_extra}`);
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`)
    .toString('latin1')
    .replaceAll('<PORT>', String(port));
}

function repeatedBytes(text: v.InferOutput<typeof repeated>): number {
  const fixed = Buffer.byteLength(text.prefix) + Buffer.byteLength(text.suffix);
  return fixed + text.depth * (Buffer.byteLength(text.open) + Buffer.byteLength(text.close));
}

/** Sends head and body, cut as the row says; stops early when the peer closes or has answered. */
export async function sendRequest(connection: RawConnection, row: PlainRequest, port: number): Promise<void> {
  const head = headOf(row, port);
  const isWhole = row.transfer === 'chunked' || row.split.length > 0;
  if (row.body_repeat !== undefined && isWhole)
    return sendCut(connection, row, head, repeatedText(row.body_repeat));
  if (row.body_repeat !== undefined) {
    await connection.send(head);
    return sendRepeated(connection, row.body_repeat);
  }
  return sendCut(connection, row, head, bodyOf(row));
}

async function sendCut(
  connection: RawConnection,
  row: PlainRequest,
  head: string,
  plain: Buffer,
): Promise<void> {
  const body = row.transfer === 'chunked' ? chunked(plain, row.chunk_sizes) : plain;
  const whole = Buffer.concat([Buffer.from(head, 'latin1'), body]);
  if (row.split.length === 0) return connection.send(whole);
  for (const piece of pieces(whole, row.split)) {
    await connection.send(piece);
    await new Promise((resolve) => setTimeout(resolve, row.pause_ms));
  }
}

async function sendRepeated(connection: RawConnection, text: v.InferOutput<typeof repeated>): Promise<void> {
  await connection.send(Buffer.from(text.prefix));
  for (const unit of [text.open, text.close]) {
    if (unit === '') continue;
    const perWrite = Math.ceil(WRITE_BYTES / unit.length);
    for (
      let left = text.depth;
      left > 0 && !connection.isClosed && connection.rest.length === 0;
      left -= perWrite
    ) {
      await connection.send(Buffer.from(unit.repeat(Math.min(perWrite, left))));
    }
  }
  await connection.send(Buffer.from(text.suffix));
}

function chunked(body: Buffer, sizes: readonly number[]): Buffer {
  const parts: Buffer[] = [];
  for (const piece of pieces(body, sizes.length === 0 ? [body.length] : sizes)) {
    parts.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n'));
  }
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')]);
}

function pieces(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const cut: Buffer[] = [];
  for (let offset = 0; offset < bytes.length;) {
    const size = Math.max(1, sizes[Math.min(cut.length, sizes.length - 1)] ?? bytes.length);
    cut.push(bytes.subarray(offset, offset + size));
    offset += size;
  }
  return cut;
}
