import { expect, test } from 'vitest';
import { parseFilter } from './parse.ts';
import { compileSnapshotMatcher } from './snapshot-filter.ts';

const ROW = {
  name: 'docker_web*1',
  path: '/system.slice/docker-9f.scope',
  hash: 1_001,
  options: 2,
  enabled: 0,
  presentSince: 12,
};

test.each([
  ['', true],
  ['WEB', true],
  ['system.slice', true],
  ['"web*"', true],
  ['"web?1"', false],
  ['name', false],
  ['options', false],
  ['type:docker*', true],
  ['id:/user.slice*', false],
  ['body.enabled=0', true],
  ['body.enabled>0', false],
  ['body.hash=1001 -body.options=2', false],
  ['body.since>=12', true],
  ['src:netipc', true],
  ['src:mimo', false],
  ['nothing OR docker', true],
])('%s', (filter, expected) => {
  const parsed = parseFilter(filter);
  expect(parsed.ok).toBe(true);
  if (parsed.ok) expect(compileSnapshotMatcher(parsed.expression)(ROW)).toBe(expected);
});
