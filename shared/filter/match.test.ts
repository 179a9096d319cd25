import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EventRow } from '../model/event.ts';
import { EventBody } from './body-path.ts';
import { compareText } from './compare.ts';
import { compileMatcher, needsBody } from './match.ts';
import { parseFilter } from './parse.ts';

const ROW: EventRow = {
  seq: 42,
  receivedAtMs: 1_700_000_000_000,
  source: 'mimo',
  kind: 'event',
  severity: 'warn',
  type: 'bdev_Ready',
  host: 'node-12',
  link: 'mimo-9988',
  peer: '127.0.0.1:40522',
  id: 'job-7',
  sentAtS: null,
  bodyBytes: 1_000,
  preview: 'the preview of 磁盘',
  simulated: false,
};

function matches(filter: string, row: Partial<EventRow> = {}, body?: string): boolean {
  const parsed = parseFilter(filter);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  return compileMatcher(parsed.expression)({
    ...ROW,
    ...row,
    body: body === undefined ? undefined : new EventBody(() => body),
  });
}

describe('field conditions', () => {
  it.each<[string, boolean]>([
    ['', true],
    ['src:mimo', true],
    ['src:gse', false],
    ['src!=gse', true],
    ['src:m*,gse', true],
    ['kind:refused,gap', false],
    ['-kind:refused,gap', true],
    ['sev>=warn', true],
    ['sev>warn', false],
    ['sev<=warn', true],
    ['sev<warn', false],
    ['sev!=warn', false],
    ['sev:warn', true],
    ['sev:info,critical', false],
    ['type:bdev_ready', true],
    ['type:BDEV_*', true],
    ['type:*ready', true],
    ['type:*ev_R*', true],
    ['type:bdev_read?', true],
    ['type:bdev_rea?', false],
    ['type:"bdev_*"', false],
    ['type=bdev_Ready', true],
    ['type=bdev_ready', false],
    ['type!=bdev_ready', true],
    ['host:node-1?', true],
    ['host>node-1', true],
    ['host<node-1', false],
    ['id:""', false],
    ['link:mimo-*', true],
    ['peer:127.0.0.1:*', true],
    ['seq:42', true],
    ['seq=42.0', true],
    ['seq!=42', false],
    ['seq>41 seq<43', true],
    ['bytes>=1e3', true],
    ['bytes>1e3', false],
    ['sim:no', true],
    ['sim:true', false],
    ['sim!=true', true],
    ['READY', true],
    ['JOB-7', true],
    ['0.1:405', true],
    ['mimo-9988', false],
    ['src:gse OR type:b* -host:x', true],
    ['-(src:mimo type:b*)', false],
  ])('%s: %s', (filter, expected) => expect(matches(filter)).toBe(expected));
});

describe('trees the parser never gives', () => {
  it('have a meaning all the same', () => {
    const all = { ...ROW };
    expect(compileMatcher({ type: 'and', terms: [] })(all)).toBe(true);
    expect(compileMatcher({ type: 'or', terms: [] })(all)).toBe(false);
    expect(compileMatcher({ type: 'field', field: 'src', operator: '>', value: 'gse' })(all)).toBe(false);
    expect(compileMatcher({ type: 'field', field: 'sev', operator: '=', value: 'bad' })(all)).toBe(false);
    expect(compileMatcher({ type: 'field', field: 'seq', operator: '!=', value: 'bad' })(all)).toBe(false);
  });
});

describe('text search', () => {
  it('looks into the body, without regard to ASCII case only', () => {
    expect(matches('"DISK é"', {}, 'a disk é here')).toBe(true);
    expect(matches('É', {}, 'é')).toBe(false);
    expect(matches('k', { type: '', host: '', peer: '', id: '' }, '\u212a')).toBe(false);
    expect(matches('i', { type: '', host: '', peer: '', id: '' }, '\u0130')).toBe(false);
  });

  it('takes the preview where the body is not at hand, and only then', () => {
    expect(matches('磁盘')).toBe(true);
    expect(matches('磁盘', {}, 'else')).toBe(false);
  });
});

describe('body conditions', () => {
  const BODY = JSON.stringify({
    size: 2e9,
    name: 'Disk-1',
    ok: true,
    none: null,
    list: ['a', { b: 5 }],
    text: '10',
    'x y': { '': 1 },
  });

  it.each<[string, boolean]>([
    ['body.size>1e9', true],
    ['body.size>2e9', false],
    ['body.size:2000000000', true],
    ['body.size:2e9', true],
    ['body.size:2*', true],
    ['body.size>abc', false],
    ['body.name:disk-?', true],
    ['body.name=disk-1', false],
    ['body.name=Disk-1', true],
    ['body.name!=x', true],
    ['body.ok:true', true],
    ['body.ok=false', false],
    ['body.none:null', true],
    ['body.none:*', true],
    ['body.list[0]=a', true],
    ['body.list.1.b:5', true],
    ['body.list[2]:*', false],
    ['body.list[01]:*', false],
    ['body.list:*', true],
    ['body.list:a', false],
    ['body.list!=a', false],
    ['body.list.length:*', false],
    ['body.text>9', false],
    ['body.text=10', true],
    ['body["x y"][""]=1', true],
    ['body.missing!=x', false],
    ['-body.missing=x', true],
    ['body.name.length:*', false],
    ['body.__proto__:*', false],
    ['body.toString:*', false],
    ['body.constructor.name:*', false],
  ])('%s: %s', (filter, expected) => expect(matches(filter, {}, BODY)).toBe(expected));

  it('take __proto__ as plain data and the last of a member given twice', () => {
    expect(matches('body.__proto__.a=1', {}, '{"__proto__":{"a":1}}')).toBe(true);
    expect(matches('body.a=2 -body.a=1', {}, '{"a":1,"a":2}')).toBe(true);
    expect(Object.hasOwn(Object.prototype, 'a')).toBe(false);
  });

  it('see no inherited members, even when the name stands somewhere in the body', () => {
    for (const name of ['constructor', 'toString', '__proto__', 'length']) {
      expect(matches(`body.${name}:*`, {}, `{"a":"${name}"}`)).toBe(false);
      expect(matches(`body.list.${name}:*`, {}, `{"list":["${name}"]}`)).toBe(false);
    }
  });

  it('look into payload for what the body itself does not have', () => {
    const body = '{"event":"x","payload":{"size":5,"event":"inner"}}';
    expect(matches('body.size>4', {}, body)).toBe(true);
    expect(matches('body.payload.size=5', {}, body)).toBe(true);
    expect(matches('body.event=x', {}, body)).toBe(true);
    expect(matches('body.event=inner', {}, body)).toBe(false);
  });

  it('find names written with escapes', () => {
    expect(matches('body.ab=1', {}, '{"\\u0061b":1}')).toBe(true);
  });

  it.each(['', 'no json', '{"a":1', '[]', '1', '"a"', `${'['.repeat(200_000)}"a"`])(
    'match nothing in %j',
    (body) => {
      expect(matches('body.a:*', {}, body)).toBe(false);
      expect(matches('-body.a:*', {}, body)).toBe(true);
    },
  );

  it('are false where the body is not at hand', () => expect(matches('body.size:*')).toBe(false));

  it('decode, fold and parse once an event, and only when the row leaves it open', () => {
    let reads = 0;
    const body = new EventBody(() => {
      reads++;
      return '{"a":1,"b":2}';
    });
    const parsed = parseFilter('body.a=1 body.b=2 (body.a=3 OR "\\"b\\"") src:mimo');
    if (!parsed.ok || parsed.expression === null) throw new Error('parses');
    const matcher = compileMatcher(parsed.expression);
    expect(matcher({ ...ROW, source: 'gse', body })).toBe(false);
    expect(reads).toBe(0);
    expect(matcher({ ...ROW, body })).toBe(true);
    expect(reads).toBe(1);
  });

  it('are told by needsBody', () => {
    for (const [filter, expected] of [
      ['', false],
      ['src:mimo -(type:a OR host:b*)', false],
      ['type:a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t', false],
      ['x', true],
      ['-(a:b OR body.x:1)'.replace('a:b', 'id:b'), true],
    ] as const) {
      const parsed = parseFilter(filter);
      expect(parsed.ok && needsBody(parsed.expression)).toBe(expected);
    }
  });
});

describe('compareText', () => {
  it('orders as UTF-8 bytes do', () => {
    const text = fc.string({ unit: 'binary', maxLength: 6 });
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareText(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
      { numRuns: 10_000 },
    );
    expect(compareText('\uffff', '😀')).toBeLessThan(0);
  });
});
