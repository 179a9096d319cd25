/** Random appends, pages and filters against a plain array. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventBody } from '../../shared/filter/body-path.ts';
import { compileMatcher } from '../../shared/filter/match.ts';
import type { EventRow } from '../../shared/model/event.ts';
import { KINDS, SEVERITIES, SOURCES } from '../../shared/model/event.ts';
import { FROM_THE_END, StoreKit, filterOf } from '../../tests/kit/store-kit.ts';
import type { EventStore, NewEvent } from './event-store.ts';

const FILTERS = [
  '',
  'sev>=warn',
  'src:gse OR kind:refused',
  'type:a*',
  '-host:h1 bytes>10',
  'needle',
  'body.n>5',
  'sim:true',
  'seq>20 seq<=40',
  'id=x peer!="127.0.0.1:1"',
] as const;
const START_MS = Date.UTC(2026, 0, 1);
const RUNS = 400;

const bodies = fc.oneof(
  fc.integer({ min: 0, max: 10 }).map((n) => `{"n":${n}}`),
  fc.constantFrom('', 'a Needle in it', '{"a":{"b":"needle"}}', '磁盘', 'x'.repeat(9_000)),
  fc.string({ unit: 'binary', maxLength: 20 }),
);
const events: fc.Arbitrary<NewEvent> = fc.record({
  receivedAtMs: fc.integer({ min: -5_000, max: 5_000 }).map((offset) => START_MS + offset),
  source: fc.constantFrom(...SOURCES),
  kind: fc.constantFrom(...KINDS),
  severity: fc.constantFrom(...SEVERITIES),
  type: fc.oneof(fc.constantFrom('ab', 'A', 'b', ''), fc.string({ unit: 'binary', maxLength: 6 })),
  host: fc.constantFrom('h1', 'H1', 'h2', ''),
  link: fc.constantFrom('mimo-9988', 'gse'),
  peer: fc.constantFrom('127.0.0.1:1', '127.0.0.1:2'),
  id: fc.constantFrom('x', 'y', ''),
  sentAtS: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })),
  simulated: fc.boolean(),
  body: bodies.map((text) => Buffer.from(text)),
  head: fc.uint8Array({ maxLength: 5 }),
});
const steps = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({ calls: fc.array(fc.array(events, { maxLength: 12 }), { maxLength: 4 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      filter: fc.constantFrom(...FILTERS),
      direction: fc.constantFrom('before' as const, 'after' as const),
      anchor: fc.double({ min: 0, max: 1.1, noNaN: true }),
      rowsMax: fc.integer({ min: 1, max: 30 }),
      from: fc.option(fc.integer({ min: -5_000, max: 5_000 })),
      to: fc.option(fc.integer({ min: -5_000, max: 5_000 })),
    }),
  },
);

let kit: StoreKit;
let store: EventStore;
/** What the store must hold, row and body. */
const model: { row: EventRow; body: Buffer }[] = [];

beforeAll(async () => {
  kit = new StoreKit();
  store = await kit.open();
});
afterAll(() => kit.end());

async function append(calls: readonly (readonly NewEvent[])[]): Promise<void> {
  const answers = await Promise.all(calls.map((call) => store.append(call)));
  calls.forEach((call, index) => {
    const rows = answers[index] ?? [];
    expect(rows.length).toBe(call.length);
    call.forEach((event, offset) => {
      const row = rows[offset];
      if (row === undefined) return;
      expect(row).toMatchObject({
        seq: model.length + 1,
        receivedAtMs: event.receivedAtMs,
        bodyBytes: event.body.length,
      });
      model.push({ row, body: Buffer.from(event.body) });
    });
  });
}

describe('the store and a plain array', () => {
  it('say the same of any appends, pages, filters and times', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { maxLength: 8 }), async (sequence) => {
        for (const step of sequence) {
          if ('calls' in step) {
            await append(step.calls);
            continue;
          }
          const filter = filterOf(step.filter);
          const matches = compileMatcher(filter);
          const range = {
            fromMs: step.from === null ? null : START_MS + step.from,
            toMs: step.to === null ? null : START_MS + step.to,
          };
          const anchorSeq = step.anchor > 1 ? FROM_THE_END : Math.floor(step.anchor * (model.length + 2));
          const { direction, rowsMax } = step;
          const page = await store.page({ filter, range, direction, anchorSeq, rowsMax });
          const wanted = model.filter(({ row, body }) => {
            const inside = direction === 'before' ? row.seq < anchorSeq : row.seq > anchorSeq;
            const inTime =
              row.receivedAtMs >= (range.fromMs ?? -Infinity) && row.receivedAtMs < (range.toMs ?? Infinity);
            return (
              inside &&
              inTime &&
              matches({
                ...row,
                body: new EventBody(() => new TextDecoder('utf-8', { ignoreBOM: true }).decode(body)),
              })
            );
          });
          const shown = direction === 'before' ? wanted.slice(-rowsMax) : wanted.slice(0, rowsMax);
          expect(page.rows).toEqual(shown.map(({ row }) => row));
          if (page.done) expect(wanted.length).toBe(page.rows.length);
        }
      }),
      { numRuns: RUNS },
    );
    for (const { row, body } of model.slice(-200)) {
      const detail = await store.read(row.seq);
      expect(detail?.row).toEqual(row);
      expect(Buffer.from(detail?.body ?? []).equals(body)).toBe(true);
    }
  });
});
