import { describe, expect, test } from 'vitest';
import { NEW_PROFILE } from '../../state/dispatch-profiles.ts';
import { callbackFaults, isIpAddress, wordsOf } from './callback-faults.ts';

const callback = { ...NEW_PROFILE.callback, enabled: true };
const SECRET = `/gse/callback/${'x'.repeat(32)}`;

describe('a callback listener', () => {
  test('of this machine needs nothing but a port and a path that can be one', () => {
    expect(Object.values(callbackFaults(callback))).toEqual([null, null, null, null, null]);
    expect(callbackFaults({ ...callback, path: '/short' }).path).toBeNull();
    expect(callbackFaults({ ...callback, path: 'no-slash' }).path).toBe('callbackPathBad');
    expect(callbackFaults({ ...callback, path: '/with?query' }).path).toBe('callbackPathBad');
    expect(callbackFaults({ ...callback, port: 65_536 }).port).toBe('portBad');
  });

  test('of the network needs a path nobody guesses, and names when it is any address', () => {
    const network = { ...callback, host: '0.0.0.0' };
    expect(callbackFaults(network).hostNames).toBe('callbackNamesNeeded');
    expect(callbackFaults({ ...network, path: '/gse/callback' }).path).toBe('callbackPathWeak');
    const right = { ...network, hostNames: ['ops.example'], path: SECRET };
    expect(Object.values(callbackFaults(right))).toEqual([null, null, null, null, null]);
    expect(callbackFaults({ ...callback, host: '10.0.0.5', path: SECRET }).hostNames).toBeNull();
  });

  test('says which address is none', () => {
    expect(callbackFaults({ ...callback, host: 'ops.example' }).host).toBe('callbackHostBad');
    expect(callbackFaults({ ...callback, host: 'ops.example', enabled: false }).host).toBeNull();
    expect(callbackFaults({ ...callback, allowedPeers: ['10.0.0.1', 'gse'] }).allowedPeers).toBe(
      'callbackPeersBad',
    );
  });
});

test.each([
  ['10.0.0.1', true],
  ['10.0.0.256', false],
  ['10.0.0', false],
  ['::1', true],
  ['fe80::1:2', true],
  ['1:2:3:4:5:6:7:8', true],
  ['1:2:3:4:5:6:7', false],
  ['1::2::3', false],
  ['::zz', false],
  ['host', false],
])('%s is an address: %s', (text, isOne) => {
  expect(isIpAddress(text)).toBe(isOne);
});

test('words are taken apart by commas of either kind', () => {
  expect(wordsOf(' a, b，c  a\n')).toEqual(['a', 'b', 'c']);
});
