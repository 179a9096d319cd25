import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { OperatingError } from '../../../shared/failure.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { Audit } from './audit.ts';

let folder: string;
let nowMs = 0;
const open = (): Promise<Audit> =>
  Audit.open({ folder, who: 'ops', clock: { wallMs: () => (nowMs += 1), monotonicMs: () => 0 } });

beforeEach(() => {
  nowMs = 0;
  folder = mkdtempSync(join(tmpdir(), 'signalbox-audit-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('says who did what when, also what was refused, and still after a restart', async () => {
  const first = await open();
  await first.note('job started', 'job-1 to 3 targets');
  const refused = first.around('secret set', 'app_secret of prod', () =>
    Promise.reject(new OperatingError('E_READ_ONLY', 'locked')),
  );
  await expect(refused).rejects.toMatchObject({ code: 'E_READ_ONLY' });
  await first.close();
  const again = await open();
  const { lines, total } = again.page({ text: '', linesMax: 10 });
  expect(total).toBe(3);
  expect(lines).toEqual([
    { atMs: 3, who: 'ops', action: 'secret set refused', detail: 'app_secret of prod: E_READ_ONLY locked' },
    { atMs: 2, who: 'ops', action: 'secret set', detail: 'app_secret of prod' },
    { atMs: 1, who: 'ops', action: 'job started', detail: 'job-1 to 3 targets' },
  ]);
  expect(again.page({ text: 'REFUSED prod', linesMax: 10 }).lines).toHaveLength(1);
  expect(again.page({ text: '', linesMax: 1 })).toMatchObject({ lines: [{ atMs: 3 }], total: 3 });
  const { bytes, count } = again.exportLines('');
  expect(count).toBe(3);
  expect(Buffer.from(bytes).toString()).toBe(readFileSync(join(folder, 'audit.jsonl'), 'utf8'));
  await again.close();
});

it('writes one line for whatever a name holds, and reads around lines that are none', async () => {
  writeFileSync(join(folder, 'audit.jsonl'), '{"atMs":0,"action":"old","detail":""}\nnonsense\n', {
    mode: 0o600,
  });
  const audit = await open();
  await audit.note('list written', 'a\nb\u001b[31m');
  await audit.close();
  const again = await open();
  const { lines } = again.page({ text: '', linesMax: 10 });
  expect(lines.map(({ who, action }) => [who, action])).toEqual([
    ['ops', 'list written'],
    ['', 'old'],
  ]);
  await again.close();
});

it('keeps a full file once, and goes on in a new one', async () => {
  const audit = await open();
  const detail = 'x'.repeat(LIMITS.logFieldBytesMax);
  const perFile = Math.floor(LIMITS.logFileBytesMax / LIMITS.logFieldBytesMax);
  await Promise.all(Array.from({ length: perFile + 10 }, () => audit.note('job', detail)));
  await audit.note('last', '');
  await audit.close();
  expect(statSync(join(folder, 'audit.1.jsonl')).size).toBeLessThanOrEqual(LIMITS.logFileBytesMax);
  expect(statSync(join(folder, 'audit.jsonl')).size).toBeLessThan(LIMITS.logFileBytesMax / 2);
  const again = await open();
  expect(again.page({ text: '', linesMax: 1 })).toMatchObject({
    lines: [{ action: 'last' }],
    total: perFile + 11,
  });
  await again.close();
});
