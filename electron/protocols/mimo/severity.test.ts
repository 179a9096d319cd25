import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hostOf, severityOf } from './severity.ts';

test.each([
  ['mimo_tgt_started', 'info'],
  ['nvme_ctrlr_physically_removed', 'warn'],
  ['other_physically_removed', 'warn'],
  ['wear_leveling_auto_fallback', 'warn'],
  ['error_occurred', 'error'],
  ['IO_FAILURE', 'error'],
  ['critical_error', 'critical'],
  ['Kernel_Panic', 'critical'],
  ['debug_dump', 'debug'],
  ['设备', 'info'],
  ['__proto__', 'info'],
])('%s is %s', (event, severity) => {
  expect(severityOf(event)).toBe(severity);
  expect(severityOf(event)).toBe(severity);
});

test('only a text of the payload itself names a host', () => {
  expect(hostOf({ hostname: 'b', host: 'a' })).toBe('a');
  expect(hostOf({ host: 5, node: 'n' })).toBe('n');
  expect(hostOf({ host: 'x'.repeat(1_000) })).toHaveLength(255);
  expect(hostOf(Object.create({ host: 'inherited' }))).toBe('');
  fc.assert(fc.property(fc.anything(), (payload) => typeof hostOf(payload) === 'string'));
});
