import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { OperatingError } from '../../shared/failure.ts';
import { LIMITS } from '../../shared/limits.ts';
import { Secret } from '../../shared/secret.ts';
import { LOG_FILE_NAME, logField, openLog } from './log.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-log-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function linesOf(name = LOG_FILE_NAME): string[] {
  return readFileSync(join(folder, name), 'utf8')
    .split('\n')
    .filter((line) => line !== '');
}

describe('the log', () => {
  test('writes one event as one line of JSON, whatever the field holds', async () => {
    const log = openLog(folder);
    const texts = fc.sample(fc.string({ unit: 'binary' }), 500);
    const hostile = [
      'a\r\nb',
      '\u2028\u2029',
      '\u001b[2J',
      '\u202eevil',
      '\u009b1m',
      '\u0000',
      'x'.repeat(1_000_000),
    ];
    for (const text of [...texts, ...hostile]) log.info('said', { text });
    await log.close();
    const lines = linesOf();
    expect(lines.length).toBe(texts.length + hostile.length);
    for (const line of lines) {
      expect(line).toMatch(/^\{.*\}$/u);
      // eslint-disable-next-line no-control-regex
      expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202e]/u);
      const parsed: unknown = JSON.parse(line);
      expect(parsed).toMatchObject({ event: 'said' });
    }
    expect(statSync(join(folder, LOG_FILE_NAME)).mode & 0o777).toBe(0o600);
  });

  test('never shows a secret, wherever it stands', async () => {
    const log = openLog(folder);
    const secret = new Secret('canary-51c2');
    const cause = new OperatingError('E_AUTH', `no luck with ${String(secret)}`);
    log.error('failed', {
      secret,
      nested: { deep: [secret] },
      error: new Error('outer', { cause }),
      asText: String(secret),
    });
    await log.close();
    expect(linesOf().join()).not.toContain('canary');
    expect(linesOf().join()).toContain('[secret]');
  });

  test('is bounded: an older file is kept, the one before it is not', async () => {
    const log = openLog(folder, 10_000);
    for (let index = 0; index < 400; index += 1) {
      log.info('row', { index, text: 'x'.repeat(100) });
      if (index % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await log.close();
    expect(readdirSync(folder).toSorted()).toEqual([LOG_FILE_NAME, `${LOG_FILE_NAME}.1`]);
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).size).toBeLessThan(40_000);
    for (const line of [...linesOf(), ...linesOf(`${LOG_FILE_NAME}.1`)])
      expect(() => JSON.parse(line) as unknown).not.toThrow();
  });

  test('closed twice or written to afterwards it stays quiet', async () => {
    const log = openLog(folder);
    log.info('first');
    await log.close();
    await log.close();
    log.info('late');
    expect(linesOf().length).toBe(1);
  });
});

test('a field is at most its bound in bytes and keeps whole characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 50 }), fc.nat(400), (text, times) => {
      const field = logField(text.repeat(times));
      expect(Buffer.byteLength(String(field))).toBeLessThanOrEqual(LIMITS.logFieldBytesMax);
      expect(String(field).replace(' …[cut]', '').length).toBeGreaterThanOrEqual(0);
    }),
    { numRuns: 2_000 },
  );
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  expect(logField(cycle)).toBe('[not printable]');
  expect(logField(12n)).toBe('[not printable]');
  expect(logField(null)).toBeNull();
  expect(logField(undefined)).toBe('undefined');
});
