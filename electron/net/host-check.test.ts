import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allowedHosts, isHostAllowed, isLoopbackAddress } from './host-check.ts';
import { originFailure } from './origin-check.ts';

const hosts = allowedHosts(9988);

describe('Host', () => {
  test.each(['127.0.0.1:9988', '[::1]:9988', 'localhost:9988', 'LocalHost:9988'])(
    '%s is this door',
    (host) => {
      expect(isHostAllowed(host, hosts)).toBe(true);
    },
  );

  test.each([
    '',
    'localhost',
    '127.0.0.1',
    '127.0.0.1:9987',
    '127.0.0.1:09988',
    '127.0.0.2:9988',
    '127.1:9988',
    '0.0.0.0:9988',
    '2130706433:9988',
    'localhost.:9988',
    'localhost:9988.',
    ' localhost:9988',
    'localhost:9988 ',
    'localhost:9988,evil',
    'user@localhost:9988',
    'localhost:9988@evil.example',
    'evil.example:9988',
    'localhost.evil.example:9988',
    '::1:9988',
    '[::1%lo]:9988',
    '[0:0:0:0:0:0:0:1]:9988',
    '[::ffff:127.0.0.1]:9988',
    'localhost:9988\0',
    'ⓛocalhost:9988',
    'localhost:9988/',
    'localhost:9988?',
    '__proto__',
    'constructor',
  ])('%j is not', (host) => {
    expect(isHostAllowed(host, hosts)).toBe(false);
  });

  test.each([
    ['cb.example.com:9988', true],
    ['cb.example.com', true],
    ['lb.example.com:8443', true],
    ['cb.example.com:8443', false],
    ['lb.example.com', false],
    ['localhost', false],
    ['127.0.0.1', false],
  ])('behind a proxy of the operator %s is this door: %s', (host, expected) => {
    const behind = allowedHosts(9988, ['cb.example.com'], ['CB.example.com', 'lb.example.com:8443']);
    expect(isHostAllowed(host, behind)).toBe(expected);
  });

  test('nothing but the three spellings passes', () => {
    const names = fc.constantFrom('127.0.0.1', 'localhost', '[::1]', 'evil.example', '', 'a@localhost');
    const mixed = fc
      .tuple(fc.string(), names, fc.string(), fc.constantFrom(':9988', ':80', '', ':9988 '))
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.oneof(fc.string(), mixed), (host) => {
        const expected = /^(127\.0\.0\.1|localhost|\[::1\]):9988$/i.test(host);
        expect(isHostAllowed(host, hosts)).toBe(expected);
      }),
      { numRuns: 20_000 },
    );
  });

  test('port 80 may be left out; listed names count', () => {
    expect(isHostAllowed('localhost', allowedHosts(80))).toBe(true);
    expect(isHostAllowed('console.example:9988', allowedHosts(9988, ['Console.example']))).toBe(true);
  });
});

describe('Origin and Sec-Fetch-Site', () => {
  test.each([
    [{}, true],
    [{ origin: 'http://127.0.0.1:9988' }, true],
    [{ origin: 'http://localhost:9988', 'sec-fetch-site': 'same-origin' }, true],
    [{ 'sec-fetch-site': 'none' }, true],
    [{ origin: 'null' }, false],
    [{ origin: 'http://evil.example' }, false],
    [{ origin: 'https://127.0.0.1:9988' }, false],
    [{ origin: 'http://127.0.0.1:3000' }, false],
    [{ origin: 'http://127.0.0.1:9988, http://evil.example' }, false],
    [{ 'sec-fetch-site': 'cross-site' }, false],
    [{ 'sec-fetch-site': 'same-site' }, false],
    [{ origin: 'http://127.0.0.1:9988', 'sec-fetch-site': 'cross-site' }, false],
    [{ origin: '' }, false],
  ])('%j', (headers, isAllowed) => {
    expect(originFailure(headers, hosts) === null).toBe(isAllowed);
  });
});

test('loopback addresses are those that never leave the machine', () => {
  for (const host of ['127.0.0.1', '127.9.9.9', '::1', 'localhost', 'LOCALHOST'])
    expect(isLoopbackAddress(host)).toBe(true);
  for (const host of [
    '0.0.0.0',
    '::',
    '',
    '128.0.0.1',
    '127.0.0.256',
    '127.0.0',
    'localhost.example',
    '127.0.0.1.example',
  ]) {
    expect(isLoopbackAddress(host)).toBe(false);
  }
});
