import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fieldAt } from '../../components/wire-field.ts';
import { findItem, itemStart, snapshotWireFields } from './snapshot-wire-fields.ts';

/** The example of docs/protocols/netipc.md section 7.3. */
const EXAMPLE = bytesOf(`
  01 00 00 00 02 00 00 00 01 00 00 00 00 00 00 00  2a 00 00 00 00 00 00 00
  00 00 00 00 2b 00 00 00  30 00 00 00 24 00 00 00
  01 00 00 00 e9 03 00 00 00 00 00 00 01 00 00 00  20 00 00 00 03 00 00 00 24 00 00 00 06 00 00 00
  77 65 62 00 2f 61 2f 77 65 62 00  00 00 00 00 00
  01 00 00 00 ea 03 00 00 02 00 00 00 00 00 00 00  20 00 00 00 00 00 00 00 21 00 00 00 02 00 00 00
  00 2f 62 00`);

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.trim().split(/\s+/), (byte) => Number.parseInt(byte, 16));
}

const valueOf = (payload: Uint8Array, index: number | null, name: string): string | undefined =>
  snapshotWireFields(payload, index).find((field) => field.name === name)?.value;

describe('fields', () => {
  test('of the header', () => {
    expect(EXAMPLE.length).toBe(124);
    expect(
      snapshotWireFields(EXAMPLE, null).map(({ name, start, end, value }) => [name, start, end, value]),
    ).toEqual([
      ['header.layout_version', 0, 2, '1'],
      ['header.flags', 2, 4, '0'],
      ['header.item_count', 4, 8, '2'],
      ['header.systemd_enabled', 8, 12, '1'],
      ['header.reserved', 12, 16, '0'],
      ['header.generation', 16, 24, '42'],
    ]);
  });

  test('of an item: its directory entry, its header, its texts with their NUL', () => {
    expect(valueOf(EXAMPLE, 0, 'directory[0].length')).toBe('43');
    expect(valueOf(EXAMPLE, 0, 'item.hash')).toBe('1001');
    expect(valueOf(EXAMPLE, 0, 'item.path')).toBe('/a/web');
    expect(valueOf(EXAMPLE, 1, 'item.options')).toBe('2');
    expect(valueOf(EXAMPLE, 1, 'item.name')).toBe('');
    const name = snapshotWireFields(EXAMPLE, 0).find(({ id }) => id === 'item:name');
    expect(name).toMatchObject({ start: 72, end: 76 });
    expect(fieldAt(snapshotWireFields(EXAMPLE, 0), 73)?.id).toBe('item:name');
    expect(itemStart(EXAMPLE, 1)).toBe(88);
  });

  test('a u64 keeps all its digits', () => {
    const payload = Uint8Array.from(EXAMPLE);
    payload.fill(0xff, 16, 24);
    expect(valueOf(payload, null, 'header.generation')).toBe('18446744073709551615');
  });
});

describe('finding a row', () => {
  test('by hash and name bytes together', () => {
    expect(findItem(EXAMPLE, { hash: 1_001, name: 'web', nameHex: '' })).toBe(0);
    expect(findItem(EXAMPLE, { hash: 1_002, name: '', nameHex: '' })).toBe(1);
    expect(findItem(EXAMPLE, { hash: 1_002, name: 'web', nameHex: '' })).toBe(-1);
    expect(findItem(EXAMPLE, { hash: 1_001, name: '\ufffd', nameHex: '776562' })).toBe(0);
  });
});

test('no payload makes it fail, and no field lies outside', () => {
  const payloads = fc.oneof(
    fc.uint8Array({ maxLength: 160 }),
    fc.tuple(fc.nat(EXAMPLE.length - 1), fc.nat(255)).map(([at, byte]) => {
      const payload = Uint8Array.from(EXAMPLE);
      payload[at] = byte;
      return payload;
    }),
    fc.nat(EXAMPLE.length).map((length) => EXAMPLE.slice(0, length)),
  );
  fc.assert(
    fc.property(payloads, fc.constantFrom(null, 0, 1, 2, 4_000), (payload, index) => {
      const fields = snapshotWireFields(payload, index);
      for (const { start, end } of fields) {
        expect(start).toBeLessThanOrEqual(end);
        expect(end).toBeLessThanOrEqual(payload.length);
      }
      expect(findItem(payload, { hash: 1_001, name: 'web', nameHex: '' })).toBeLessThan(2);
    }),
    { numRuns: 10_000 },
  );
});
