import { expect, test } from 'vitest';
import type { SignalboxApi } from '../../shared/contract/api.ts';
import type { GenerationHead, SnapshotRow } from '../../shared/contract/snapshots.ts';
import { LIMITS } from '../../shared/limits.ts';
import { CacheBook } from './cache-book.ts';
import { CacheLoader } from './cache-loader.ts';
import type { Wanted } from './cache-loader.ts';

function head(number: number): GenerationHead {
  const counts = {
    items: 0,
    systemdEnabled: 1,
    payloadBytes: 0,
    refreshMs: 1,
    added: 0,
    removed: 0,
    changed: 0,
  };
  return { number, generation: '1', takenAtMs: number, ...counts };
}

function row(name: string): SnapshotRow {
  const history: SnapshotRow['history'] = [];
  const fixed = { index: 0, key: name, hash: 1, options: 0, enabled: 1, nameHex: '', pathHex: '' };
  return { ...fixed, name, path: `/${name}`, presentSince: 1, unchangedSince: 1, history };
}

/** Answers from rows by generation number; `asked` tells what was called. */
class Core {
  readonly asked: string[] = [];
  readonly generations = new Map<number, readonly string[]>();
  isForgetful = false;
  private waiting: (() => void)[] = [];
  isHeld = false;

  readonly api: SignalboxApi = {
    call: async (name, input) => {
      if (this.isHeld) await new Promise<void>((resolve) => this.waiting.push(resolve));
      const answer = this.answer(name, input);
      // The stand-in knows the shape it was asked for.
      return answer as never;
    },
    subscribe: () => () => undefined,
  };

  release(): void {
    this.isHeld = false;
    for (const go of this.waiting.splice(0)) go();
  }

  private answer(name: string, input: object): unknown {
    const field = (key: string): number => Number(Reflect.get(input, key));
    if (name === 'snapshots.page') return this.page(field('generationNumber'), field('offset'));
    this.asked.push(`diff ${field('from')}-${field('to')}`);
    if (this.isForgetful) return { ok: false, failure: { code: 'E_NOT_FOUND', message: 'forgotten' } };
    const before = this.generations.get(field('from')) ?? [];
    const after = this.generations.get(field('to')) ?? [];
    const rows = [
      ...after
        .filter((key) => !before.includes(key))
        .map((key) => ({ kind: 'added', before: null, after: row(key) })),
      ...before
        .filter((key) => !after.includes(key))
        .map((key) => ({ kind: 'removed', before: row(key), after: null })),
    ];
    return { ok: true, value: { to: head(field('to')), rows, matched: rows.length } };
  }

  private page(number: number, offset: number): unknown {
    this.asked.push(`page ${number}+${offset}`);
    const all = this.generations.get(number);
    if (all === undefined) return { ok: false, failure: { code: 'E_NOT_FOUND', message: 'none' } };
    const rows = all.slice(offset, offset + LIMITS.pageRowsMax).map(row);
    return { ok: true, value: { head: head(number), rows, matched: all.length } };
  }
}

interface Bench {
  readonly core: Core;
  readonly loader: CacheLoader;
  readonly book: () => CacheBook;
  readonly failures: string[];
  readonly want: (number: number, change?: Partial<Wanted>) => void;
  readonly settled: () => Promise<void>;
}

function bench(): Bench {
  const core = new Core();
  let book = new CacheBook();
  const failures: string[] = [];
  const loader = new CacheLoader({
    api: core.api,
    freshBook: () => (book = new CacheBook()),
    onLoading: () => undefined,
    onReady: () => undefined,
    onFailed: ({ code }) => failures.push(code),
  });
  const want: Bench['want'] = (number, change) =>
    loader.want({ serviceId: 's', number, isLive: true, kept: [1, 2, 3, 4, 5, 6], ...change });
  const settled = async (): Promise<void> => {
    for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
  };
  return { core, loader, book: () => book, failures, want, settled };
}

test('whole the first time, in pages; then by difference', async () => {
  const { core, want, settled, book } = bench();
  const many = Array.from({ length: LIMITS.pageRowsMax + 1 }, (_, index) => `r${index}`);
  core.generations.set(1, many).set(2, [...many.slice(1), 'new']);
  want(1);
  await settled();
  expect(core.asked).toEqual(['page 1+0', `page 1+${LIMITS.pageRowsMax}`]);
  want(2);
  await settled();
  expect(core.asked.at(-1)).toBe('diff 1-2');
  expect(book().rows.size).toBe(many.length);
  expect(book().rows.has('new')).toBe(true);
});

test('the same generation is not asked for again', async () => {
  const { core, want, settled } = bench();
  core.generations.set(1, ['a']);
  want(1);
  await settled();
  want(1);
  await settled();
  expect(core.asked).toHaveLength(1);
});

test('far behind, another service or a forgotten base: whole again', async () => {
  const { core, want, settled } = bench();
  for (const number of [1, 2, 6]) core.generations.set(number, ['a']);
  want(1);
  await settled();
  want(6);
  await settled();
  want(6, { serviceId: 'other' });
  await settled();
  core.isForgetful = true;
  want(2, { serviceId: 'other', kept: [6, 2] });
  await settled();
  expect(core.asked).toEqual(['page 1+0', 'page 6+0', 'page 6+0', 'diff 6-2', 'page 2+0']);
});

test('of what is asked for meanwhile only the newest is fetched', async () => {
  const { core, want, settled } = bench();
  for (const number of [1, 2, 3, 4]) core.generations.set(number, ['a']);
  core.isHeld = true;
  want(1);
  want(2);
  want(3);
  want(4);
  core.release();
  await settled();
  expect(core.asked).toEqual(['page 1+0', 'diff 1-4']);
});

test('a failure is told once and tried again with the next wish', async () => {
  const { core, want, settled, failures } = bench();
  want(3);
  await settled();
  expect(failures).toEqual(['E_NOT_FOUND']);
  core.generations.set(3, ['a']);
  want(3);
  await settled();
  expect(core.asked).toEqual(['page 3+0', 'page 3+0']);
});

test('nothing is published after the end', async () => {
  const { core, loader, want, settled, book } = bench();
  core.generations.set(1, ['a']);
  core.isHeld = true;
  want(1);
  loader.stop();
  core.release();
  await settled();
  expect(book().rows.size).toBe(0);
});
