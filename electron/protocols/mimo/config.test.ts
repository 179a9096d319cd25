import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig } from './config-search.ts';
import { MIMO_CONFIG_DEFAULT, parseConfig } from './config.ts';

const parse = (text: string): ReturnType<typeof parseConfig> => parseConfig(Buffer.from(text));

describe('configuration text', () => {
  test.each([
    ['{"retry":3,"retry":null}', { retry: 3 }],
    ['{"retry":9223372036854775807}', { retry: 2 ** 63 }],
    ['{"retry":-0}', { retry: 2 }],
    ['{"\\u0072etry":7}', { retry: 7 }],
    ['{"\u017fource":"x","retry_bac\u212aoff_ms":9}', { source: 'x', retryBackoffMs: 9 }],
    ['{"source":"\\ud800"}', { source: '\ufffd' }],
    ['{"__proto__":{"retry":9},"constructor":1}', {}],
    [' \n null \t', {}],
    ['{"x":[1,{"retry":9}],"method":"get"}', { method: 'get' }],
  ])('%s', (text, changed) => {
    expect(parse(text)).toEqual({ ok: true, value: { ...MIMO_CONFIG_DEFAULT, ...changed } });
  });

  test.each([
    '{"retry":9223372036854775808}',
    '{"retry":"3","retry":3}',
    '{"retry":1.0}',
    '{"retry":[1]}',
    '{"retry":+1}',
    'true',
    'nul',
    '{"timeout":"1s ","timeout":"x"}',
    '{"endpoint":{}}',
    '{"source":true}',
    '\xA0{}',
    '{}{}',
  ])('%s is a failure', (text) => {
    expect(parse(text)).toMatchObject({ ok: false, failure: { code: 'E_CONFIG' } });
  });

  test('never throws on any JSON or bytes', () => {
    const names = fc.constantFrom(
      'endpoint',
      'METHOD',
      'timeout',
      'source',
      'Retry',
      'retry_backoff_ms',
      'x',
    );
    const member = fc.tuple(names, fc.jsonValue({ maxDepth: 2 })).map(([name, value]) => {
      return `${JSON.stringify(name)} : ${JSON.stringify(value)}`;
    });
    const document = fc.array(member).map((members) => `{${members.join(' , ')}}`);
    fc.assert(
      fc.property(fc.oneof(document, fc.string()), (text) => {
        const parsed = parse(text);
        if (parsed.ok) expect(parsed.value.retry).toBeGreaterThan(0);
      }),
      { numRuns: 10_000 },
    );
  });
});

describe('configuration search', () => {
  let base = '';
  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), 'signalbox-config-'));
  });
  afterEach(() => rm(base, { recursive: true, force: true }));

  test('says which file it used, and names it when it is broken', async () => {
    const places = { variable: undefined, workingFolder: base, root: base };
    expect(await loadConfig(places)).toEqual({
      ok: true,
      value: { config: MIMO_CONFIG_DEFAULT, path: null },
    });
    const path = join(base, 'config/notify_config.json');
    await mkdir(join(base, 'config'));
    await writeFile(path, '{"retry":5}');
    expect(await loadConfig(places)).toMatchObject({ ok: true, value: { path, config: { retry: 5 } } });
    await writeFile(join(base, 'notify_config.json'), '{');
    const broken = await loadConfig(places);
    expect(broken).toMatchObject({ ok: false, failure: { code: 'E_CONFIG' } });
    expect(broken.ok ? '' : broken.failure.message).toContain(join(base, 'notify_config.json'));
  });

  test('a folder that was found is an error, not the next candidate', async () => {
    const loaded = await loadConfig({ variable: base, workingFolder: base, root: base });
    expect(loaded).toMatchObject({ ok: false, failure: { code: 'E_CONFIG' } });
  });
});
