import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KINDS, SEVERITIES, SOURCES, type EventRow } from '../../shared/model/event.ts';
import { HOSTILE_TEXTS } from '../../tests/kit/hostile-texts.ts';
import {
  csvHeader,
  csvLine,
  csvRecord,
  jsonLine,
  readCsv,
  readCsvExport,
  type ExportBytes,
} from './export-format.ts';

const shortHostile = HOSTILE_TEXTS.filter((text) => text.length < 1_000).map((text) => text.toWellFormed());
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom(...shortHostile),
  fc
    .array(fc.constantFrom(...Array.from('=+-@\t\r\n\0\'"\\, a中')), { maxLength: 8 })
    .map((parts) => parts.join('')),
);
const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const rows: fc.Arbitrary<EventRow> = fc.record({
  seq: fc.nat(),
  receivedAtMs: fc.oneof(finite, fc.integer({ min: 0, max: 2_000_000_000_000 })),
  source: fc.constantFrom(...SOURCES),
  kind: fc.constantFrom(...KINDS),
  severity: fc.constantFrom(...SEVERITIES),
  type: text,
  host: text,
  link: text,
  peer: text,
  id: text,
  sentAtS: fc.option(finite),
  bodyBytes: fc.nat(),
  preview: text,
  simulated: fc.boolean(),
});
const encode = (value: string): Uint8Array => new TextEncoder().encode(value);
const someBytes = fc.oneof(fc.uint8Array({ maxLength: 12 }), text.map(encode));
const bytes: fc.Arbitrary<ExportBytes> = fc.record({ body: someBytes, head: someBytes });

const ROW: EventRow = {
  seq: 7,
  receivedAtMs: 1_700_000_000_123,
  source: 'mimo',
  kind: 'event',
  severity: 'warn',
  type: 'bdev_ready',
  host: 'n1',
  link: 'mimo-9988',
  peer: '127.0.0.1:5',
  id: '',
  sentAtS: null,
  bodyBytes: 3,
  preview: 'pre',
  simulated: false,
};

// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

describe('CSV', () => {
  it('writes exactly this', () => {
    expect(csvHeader(false)).toBe(
      'seq,received_at,received_ms,source,kind,severity,type,host,link,peer,id,sent_s,body_bytes,preview,simulated\r\n',
    );
    expect(csvHeader(true)).toBe(
      csvHeader(false).replace('\r\n', ',body,body_encoding,head,head_encoding\r\n'),
    );
    const odd = { ...ROW, type: '=1+1', host: 'a,"b"', id: 'x\ny\\', sentAtS: -1.5, simulated: true };
    expect(csvLine(odd, { body: encode('{"a":1}'), head: Uint8Array.of(0xff) })).toBe(
      "7,2023-11-14T22:13:20.123Z,1700000000123,mimo,event,warn,'=1+1," +
        '"a,""b""",mimo-9988,127.0.0.1:5,x\\u000ay\\\\,\'-1.5,3,pre,1,"{""a"":1}",utf-8,/w==,base64\r\n',
    );
  });

  it.each(['=', '+', '-', '@', '\t', '\0', '\r', '\n', '＝', "'"])(
    'puts an apostrophe before a cell starting with %j',
    (start) => {
      const record = csvRecord([`${start}x`]);
      expect(record.replace(/^"/, '').startsWith(`'${start}x`)).toBe(true);
      expect(readCsv(record)).toEqual([[`${start}x`]]);
    },
  );

  it('gives every table of texts back', () => {
    const table = fc.array(fc.array(text, { minLength: 1, maxLength: 5 }), { maxLength: 5 });
    fc.assert(
      fc.property(table, (records) => {
        expect(readCsv(records.map(csvRecord).join(''))).toEqual(records);
        for (const cell of records.flat()) {
          const written = csvRecord([cell]).replace(/^"/, '').slice(0, 1);
          expect(['=', '+', '-', '@', '\t', '\0'].includes(written)).toBe(false);
        }
      }),
      { numRuns: 10_000 },
    );
  });

  it('gives every event back, one line each, no control in it', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(rows, bytes), { maxLength: 3 }), fc.boolean(), (events, bodies) => {
        const exported = events.map(([row, both]) => ({ row, bytes: bodies ? both : null }));
        const lines = exported.map((event) => csvLine(event.row, event.bytes));
        for (const line of lines) {
          expect(line.endsWith('\r\n') && !CONTROL.test(line.slice(0, -2))).toBe(true);
        }
        expect(readCsvExport(csvHeader(bodies) + lines.join(''))).toEqual(exported);
      }),
      { numRuns: 3_000 },
    );
  });

  it.each([
    ['an open quote', '"a'],
    ['text after a quote', '"a"b\r\n'],
    ['a quote inside', 'a"b\r\n'],
    ['a bare line feed', 'a\nb\r\n'],
    ['a cut last line', 'a,b'],
    ['a comma at the end', 'a,'],
  ])('refuses %s', (_, damaged) => {
    expect(() => readCsv(damaged)).toThrow(expect.objectContaining({ code: 'E_INPUT' }));
  });

  it.each([
    ['other columns', 'a,b\r\n'],
    ['nothing', ''],
    ['a short record', `${csvHeader(false)}1,2\r\n`],
    ['an unknown source', csvHeader(false) + csvLine(ROW, null).replace('mimo,', 'other,')],
  ])('refuses an export with %s', (_, damaged) => {
    expect(() => readCsvExport(damaged)).toThrow(expect.objectContaining({ code: 'E_INPUT' }));
  });
});

describe('JSON lines', () => {
  it('gives every event back, one line each, nothing active in it', () => {
    fc.assert(
      fc.property(rows, bytes, (row, both) => {
        const line = jsonLine(row, both);
        expect(line.endsWith('\n') && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(line.slice(0, -1))).toBe(true);
        const read: unknown = JSON.parse(line);
        expect(read).toMatchObject(row);
        for (const name of ['body', 'head'] as const) {
          const encoding = Reflect.get(Object(read), `${name}Encoding`) === 'base64' ? 'base64' : 'utf-8';
          const back = Buffer.from(String(Reflect.get(Object(read), name)), encoding);
          expect([...back]).toEqual([...both[name]]);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it('leaves the bytes out when not asked for', () => {
    expect(JSON.parse(jsonLine(ROW, null))).toEqual({ receivedAt: '2023-11-14T22:13:20.123Z', ...ROW });
  });

  it('says which way a body went', () => {
    const read: unknown = JSON.parse(jsonLine(ROW, { body: encode('中\n'), head: Uint8Array.of(0xc3) }));
    expect(read).toMatchObject({ body: '中\n', bodyEncoding: 'utf-8', head: 'ww==', headEncoding: 'base64' });
  });
});
