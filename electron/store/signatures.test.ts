/** Signatures hide nothing: what they rule out, no filter would have found. */
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Expression } from '../../shared/filter/ast.ts';
import { EventBody } from '../../shared/filter/body-path.ts';
import { compileMatcher } from '../../shared/filter/match.ts';
import { printFilter } from '../../shared/filter/print.ts';
import { SEVERITIES } from '../../shared/model/event.ts';
import { closeExpressions, events, expressions } from '../../tests/kit/filter-arbitraries.ts';
import type { RandomEvent } from '../../tests/kit/filter-arbitraries.ts';
import { filterOf } from '../../tests/kit/store-kit.ts';
import { BlockSignature, SIGNATURE_FORMAT, signatureChecksum } from './block-signature.ts';
import type { SignatureBytes } from './block-signature.ts';
import { BLOCK_ROWS, TABLES } from './schema.ts';
import { compileSignatureTest } from './signature-test.ts';
import { SignatureKeeper, SignatureMaker, signatureOf } from './signatures.ts';

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
let database: DatabaseSync;
let maker: SignatureMaker;

beforeAll(() => {
  database = new DatabaseSync(':memory:');
  database.exec(TABLES);
  maker = new SignatureMaker(database);
});
afterAll(() => database.close());

function signatureBytes(all: readonly RandomEvent[]): SignatureBytes {
  database.exec('BEGIN; DELETE FROM events; DELETE FROM bodies');
  const putEvent = database.prepare('INSERT INTO events VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)');
  const putBody = database.prepare("INSERT INTO bodies VALUES (?, '', 0, x'', ?)");
  all.forEach(({ row, body }, seq) => {
    const { receivedAtMs, source, kind, type, host, link, peer, id } = row;
    const severity = SEVERITIES.indexOf(row.severity);
    const simulated = row.simulated ? 1 : 0;
    const narrow = [seq, receivedAtMs, source, kind, severity, type, host, link, peer, id];
    putEvent.run(...narrow, null, body.length, simulated);
    putBody.run(seq, body);
  });
  database.exec('COMMIT');
  const making = maker.make(0);
  for (;;) {
    const step = making.next();
    if (step.done === true) return step.value;
  }
}

function signature(all: readonly RandomEvent[]): BlockSignature {
  return new BlockSignature(signatureBytes(all), 0);
}

function withBodies(...bodies: readonly string[]): RandomEvent[] {
  const [one] = fc.sample(events, { numRuns: 1, seed: 1 });
  if (one === undefined) throw new Error('one event');
  const row = { ...one.row, type: 'bdev_ready', host: 'Node-1', id: 'req-7', peer: '127.0.0.1:1' };
  const choices = {
    source: 'mimo',
    kind: 'event',
    severity: 'warn',
    simulated: false,
    link: 'mimo-1',
  } as const;
  return bodies.map((text) => ({ row: { ...row, ...choices }, body: Buffer.from(text) }));
}

function ruledOut(filter: string, found: BlockSignature): boolean {
  const test = compileSignatureTest(filterOf(filter));
  return test !== null && !test(found);
}

describe('signatures', () => {
  it.each([
    ['close', closeExpressions, 3_000],
    ['any', expressions, 1_500],
  ])('never rule out what a filter finds: %s filters', { timeout: 120_000 }, (_, filters, numRuns) => {
    let ruled = 0;
    let matched = 0;
    fc.assert(
      fc.property(
        fc.array(events, { minLength: 1, maxLength: 6 }),
        fc.array(filters, { minLength: 1, maxLength: 12 }),
        (all, some) => {
          const found = signature(all);
          for (const filter of some) {
            const mayMatch = compileSignatureTest(filter)?.(found) ?? true;
            if (anyMatches(filter, all)) matched += 1;
            if (mayMatch) continue;
            ruled += 1;
            expect(anyMatches(filter, all), printFilter(filter)).toBe(false);
          }
        },
      ),
      { numRuns },
    );
    // The property says nothing when nothing is ever found or ruled out.
    expect(matched).toBeGreaterThan(numRuns / 2);
    expect(ruled).toBeGreaterThan(numRuns / 2);
  });

  it('find each event of a block by each text and each scalar it has', { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(fc.array(events, { minLength: 1, maxLength: 20 }), fc.nat(), fc.nat(), (all, which, at) => {
        const found = signature(all);
        const { row, body } = all[which % all.length] ?? all[0] ?? { row: undefined, body: undefined };
        if (row === undefined) return;
        const text = decoder.decode(body);
        const from = text.length === 0 ? 0 : at % text.length;
        const filters: Expression[] = [
          { type: 'text', value: text.slice(from, from + 8) },
          { type: 'field', field: 'id', operator: '=', value: row.id },
          { type: 'field', field: 'type', operator: ':', value: `*${row.type.replaceAll(/[*?\\]/g, '?')}` },
        ];
        for (const filter of filters) {
          if (!anyMatches(filter, all)) continue;
          expect(compileSignatureTest(filter)?.(found) ?? true, printFilter(filter)).toBe(true);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    'machine_xx',
    'zq',
    'type:machine_*',
    'id:req-8',
    'id=REQ-77',
    'kind:refused,gap',
    'sev>=error',
    'sim:true',
    'src!=mimo',
    'link:mimo-2',
    'host:*req-*',
    'type:*-1',
    'link:*node*',
    'body.ctrlr.name=nvme1',
    'body.ctrlr.name:nvme?99x*',
    'body.nobody:*',
    'body.ctrlr.size>1e9',
    'body.ctrlr.size<1',
    'body.size!=1024 body.nobody:*',
    'body.ctrlr.size=1025',
    'body.text:*ABSENT*',
    'body.list[0]=seven',
    '(machine_xx OR id:req-8) sev>=info',
    'bdev machine_xx',
  ])('rule out %s', (filter) => {
    const found = signature(
      withBodies('{"ctrlr":{"name":"nvme0","size":1024},"text":"Caf\\u00e9 \\"open\\"","list":["four",4.0]}'),
    );
    expect(ruledOut(filter, found)).toBe(true);
  });

  it.each([
    'bdev',
    'NODE-1',
    'id:REQ-7',
    'kind:event,gap',
    'sev>=warn',
    'sim:no',
    'src:m*',
    'link:MIMO-*',
    'host:*DE-1',
    'host:*de*1',
    'type:*_r*y',
    'id:*q-7',
    'sev>=debug',
    'body.ctrlr.size>=1024',
    'body.size:1024',
    'body.ctrlr.size=1.024e3',
    'body.text:caf?\\ \\"open\\"',
    'body.text:"Café \\"OPEN\\""',
    'body.text:*\\"open\\"*',
    '"\\\\u00e9"',
    'body.list[1]=4',
    'body.list[0]:FOUR',
    'body.list[1]>3',
    '-machine_xx',
    'machine_xx OR -id:7',
    'x',
    'sev:warn',
    '-(body.nobody:*)',
  ])('do not rule out %s', (filter) => {
    const found = signature(
      withBodies('{"ctrlr":{"name":"nvme0","size":1024},"text":"Caf\\u00e9 \\"open\\"","list":["four",4.0]}'),
    );
    expect(ruledOut(filter, found)).toBe(false);
  });

  it('compare numbers only where all values of a name are numbers', () => {
    expect(ruledOut('body.n>5', signature(withBodies('{"n":1}', '{"n":5}', '{"n":-3.5}')))).toBe(true);
    expect(ruledOut('body.n>5', signature(withBodies('{"n":1}', '{"n":"7"}')))).toBe(false);
    expect(ruledOut('body.n>5', signature(withBodies('{"n":1}', '{"n":true}')))).toBe(false);
    expect(ruledOut('body.n>5', signature(withBodies('{"n":1}', '{"x":{"n":6}}')))).toBe(false);
    expect(ruledOut('body.n!=5', signature(withBodies('{"n":5}', '{"n":5.0}')))).toBe(true);
    expect(ruledOut('body.n!=5', signature(withBodies('{"n":5}', '{"n":4}')))).toBe(false);
    expect(ruledOut('body.n>5', signature(withBodies('{"n":1e999}')))).toBe(false);
  });

  it('stay small for blocks that say the same, and say nothing for blocks that say everything', () => {
    const same = signatureBytes(withBodies(...Array.from({ length: BLOCK_ROWS }, () => '{"a":1}')));
    expect(same.bits.length).toBeLessThanOrEqual(256);
    const random = Array.from({ length: BLOCK_ROWS }, (_, index) =>
      fc.sample(fc.string({ unit: 'binary', minLength: 600, maxLength: 900 }), { numRuns: 1, seed: index }),
    );
    const everything = signatureBytes(withBodies(...random.flat()));
    expect(everything.bits.length).toBeLessThanOrEqual(64 * 1024);
    expect(ruledOut('body.nobody=x1', new BlockSignature({ ...everything, bits: new Uint8Array() }, 0))).toBe(
      false,
    );
  });
});

describe('the table of signatures', () => {
  it('keeps none for a block that may get more events, or is gone', () => {
    database.exec(`DELETE FROM blocks; INSERT INTO blocks VALUES (3, 1024, 0, 0, 1, 2, 4095);
      INSERT INTO blocks VALUES (4, 2, 0, 0, 1, 2, 4097)`);
    const keeper = new SignatureKeeper(database);
    const made = signatureBytes(withBodies('{"a":1}'));
    for (const block of [2, 3, 4]) keeper.put(block, made);
    expect(database.prepare('SELECT block FROM signatures').all()).toEqual([{ block: 3 }]);
    keeper.drop(3);
    expect(database.prepare('SELECT block FROM signatures').all()).toEqual([]);
  });

  it('does not trust a signature with a flipped bit, of another block or of another format', () => {
    const { bits, ranges } = signatureBytes(withBodies('{"a":1}'));
    const crc = signatureChecksum({ bits, ranges }, 3);
    expect(signatureOf([SIGNATURE_FORMAT, crc, bits, ranges], 3)).not.toBeNull();
    expect(signatureOf([SIGNATURE_FORMAT, crc, bits, ranges], 4)).toBeNull();
    expect(signatureOf([SIGNATURE_FORMAT + 1, crc, bits, ranges], 3)).toBeNull();
    expect(signatureOf([null, null, null, null], 3)).toBeNull();
    for (let bit = 0; bit < bits.length * 8; bit += 1) {
      const flipped = bits.slice();
      flipped[bit >>> 3] = (flipped[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
      expect(signatureOf([SIGNATURE_FORMAT, crc, flipped, ranges], 3)).toBeNull();
    }
  });
});

function anyMatches(filter: Expression, all: readonly RandomEvent[]): boolean {
  const matcher = compileMatcher(filter);
  return all.some(({ row, body }) => matcher({ ...row, body: new EventBody(() => decoder.decode(body)) }));
}
