import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fieldAt } from '../../components/wire-field.ts';
import { joinBytes, wireFields } from './wire-fields.ts';

const encoder = new TextEncoder();
const HEAD =
  'POST /mimo/events HTTP/1.1\r\nHost: 127.0.0.1:9988\r\nUser-Agent: Go-http-client/1.1\r\nContent-Length: 91\r\n' +
  'Content-Type: application/json\r\nAccept-Encoding: gzip\r\n\r\n';
const BODY =
  '{"event":"bdev_ready","payload":{"name":"nvme0n1","size":15362991415296000001},"timestamp":1763541234}';

function textOf(head: Uint8Array, body: Uint8Array, field: { start: number; end: number }): string {
  return new TextDecoder().decode(joinBytes(head, body).subarray(field.start, field.end));
}

describe('wire fields', () => {
  const head = encoder.encode(HEAD);
  const body = encoder.encode(BODY);
  const fields = wireFields(head, body);

  it('names every part of a real request', () => {
    expect(fields.map((field) => field.name)).toEqual([
      'method',
      'target',
      'version',
      'Host',
      'User-Agent',
      'Content-Length',
      'Content-Type',
      'Accept-Encoding',
      'event',
      'payload',
      'timestamp',
    ]);
  });

  it('points at exactly the bytes it names', () => {
    const byName = (name: string) => fields.find((field) => field.name === name) ?? { start: 0, end: 0 };
    expect(textOf(head, body, byName('target'))).toBe('/mimo/events');
    expect(textOf(head, body, byName('Host'))).toBe('Host: 127.0.0.1:9988');
    expect(textOf(head, body, byName('payload'))).toBe(
      '"payload":{"name":"nvme0n1","size":15362991415296000001}',
    );
    expect(textOf(head, body, byName('timestamp'))).toBe('"timestamp":1763541234');
    expect(fields.find((field) => field.name === 'Host')?.value).toBe('127.0.0.1:9988');
  });

  it('finds the field of a byte, and none between fields', () => {
    const target = fields.find((field) => field.name === 'target');
    expect(fieldAt(fields, target?.start ?? -1)?.name).toBe('target');
    expect(fieldAt(fields, (target?.end ?? 0) - 1)?.name).toBe('target');
    expect(fieldAt(fields, target?.end ?? -1)).toBeNull();
  });

  it('shows a request that is none as raw bytes', () => {
    expect(
      wireFields(encoder.encode('\x16\x03\x01garbage'), new Uint8Array()).map((field) => field.group),
    ).toEqual(['raw']);
    expect(wireFields(head, encoder.encode('{"event":')).at(-1)).toMatchObject({
      id: 'raw:body',
      start: head.length,
    });
    expect(wireFields(new Uint8Array(), new Uint8Array())).toEqual([]);
  });

  it('never fails and never leaves the bytes, whatever they are', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.string().map((text) => encoder.encode(text)),
    );
    fc.assert(
      fc.property(bytes, bytes, (anyHead, anyBody) => {
        for (const field of wireFields(anyHead, anyBody)) {
          expect(field.start).toBeGreaterThanOrEqual(0);
          expect(field.end).toBeGreaterThanOrEqual(field.start);
          expect(field.end).toBeLessThanOrEqual(anyHead.length + anyBody.length);
        }
      }),
      { numRuns: 10_000 },
    );
  });
});
