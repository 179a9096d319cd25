import { expect, test } from 'vitest';
import type { JobRow } from '../../shared/contract/dispatch-jobs.ts';
import { JobPages } from './job-pages.ts';

function rowsOf(from: number, rowsMax: number, text: string): JobRow[] {
  return Array.from({ length: rowsMax }, (_, at) => ({
    row: from + at,
    agentId: `0:10.0.0.${from + at}`,
    outcome: 'ok',
    code: '',
    text,
    request: 0,
    repliedAfterMs: null,
    replies: 0,
    replySeq: null,
    otherSeq: null,
    agent: null,
  }));
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

test('pages in view are fetched, then those beside them, and again when the job went on; old rows stay until then', async () => {
  const asked: number[] = [];
  let text = 'first';
  const pages = new JobPages({
    roundMs: 0,
    load: async (_outcome, from, rowsMax) => {
      asked.push(from);
      return { ok: true, value: { rows: rowsOf(from, rowsMax, text), total: 50_000 } };
    },
    onChange: () => undefined,
  });
  pages.want(39_990, 40_050);
  await settle();
  expect(asked).toEqual([39_900, 40_000, 40_100, 39_800]);
  expect(pages.at(40_001)?.row).toBe(40_001);
  expect(pages.at(0)).toBeUndefined();
  pages.want(39_995, 40_055);
  await settle();
  expect(asked).toHaveLength(4);
  text = 'second';
  pages.outdate();
  expect(pages.at(40_001)?.text).toBe('first');
  await settle();
  expect(pages.at(40_001)?.text).toBe('second');
});

test('a page that is as it was keeps its rows and is told to nobody; after a failure it is told', async () => {
  let told = 0;
  let isFailing = false;
  const pages = new JobPages({
    roundMs: 0,
    load: async (_outcome, from, rowsMax) =>
      isFailing
        ? { ok: false, failure: { code: 'E_NOT_FOUND', message: 'gone' } }
        : { ok: true, value: { rows: rowsOf(from, rowsMax, 'same'), total: 100 } },
    onChange: () => (told += 1),
  });
  pages.want(0, 10);
  await settle();
  const row = pages.at(3);
  expect(told).toBe(1);
  pages.outdate();
  await settle();
  expect(told).toBe(1);
  expect(pages.at(3)).toBe(row);
  isFailing = true;
  pages.outdate();
  await settle();
  isFailing = false;
  pages.outdate();
  await settle();
  expect(told).toBe(3);
});

test('rows of another group never show, a failure is told, and nothing happens after the end', async () => {
  const failures: (string | null)[] = [];
  let answer: (value: void) => void = () => undefined;
  const gate = new Promise<void>((resolve) => (answer = resolve));
  let isFailing = false;
  const pages = new JobPages({
    roundMs: 0,
    load: async (outcome, from, rowsMax) => {
      if (outcome === null) await gate;
      if (isFailing) return { ok: false, failure: { code: 'E_NOT_FOUND', message: 'gone' } };
      return { ok: true, value: { rows: rowsOf(from, rowsMax, outcome ?? 'all'), total: 1 } };
    },
    onChange: (failure) => failures.push(failure?.code ?? null),
  });
  pages.want(0, 10);
  pages.show('failed');
  answer();
  await settle();
  expect(pages.at(0)?.text).toBe('failed');
  isFailing = true;
  pages.outdate();
  await settle();
  expect(failures.at(-1)).toBe('E_NOT_FOUND');
  pages.stop();
  const told = failures.length;
  pages.outdate();
  await settle();
  expect(failures).toHaveLength(told);
});
