import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SnapshotRow } from '../../shared/contract/snapshots.ts';
import { treeLines } from './cache-tree.ts';
import type { TreeLine } from './cache-tree.ts';

function row(path: string, name = path): SnapshotRow {
  const history: SnapshotRow['history'] = [];
  const fixed = { index: 0, hash: 0, options: 0, enabled: 1, nameHex: '', pathHex: '', presentSince: 1 };
  return { ...fixed, key: `k${name}`, name, path, unchangedSince: 1, history };
}

const all = (): boolean => true;
const draw = (lines: readonly TreeLine[]): string[] =>
  lines.map(({ depth, label, row: own, isOpen, count }) => {
    const fold = isOpen === null ? ' ' : isOpen ? 'v' : '>';
    return `${'  '.repeat(depth)}${fold}${label}${own === null ? '' : ' *'}${isOpen === null ? '' : ` ${count}`}`;
  });

describe('lines', () => {
  test('folders, leaves, and rows that are folders as well', () => {
    const rows = [row('/a'), row('/a/b/c'), row('/a/d'), row('/e')];
    expect(draw(treeLines(rows, all))).toEqual(['va * 3', '   b/c *', '   d *', ' e *']);
  });

  test('a chain without rows is one line', () => {
    const rows = [row('/sys/fs/cgroup/x'), row('/sys/fs/cgroup/y')];
    expect(draw(treeLines(rows, all))).toEqual(['vsys/fs/cgroup 2', '   x *', '   y *']);
  });

  test('what is closed hides what is below, and still counts it', () => {
    const rows = [row('/a/b/1'), row('/a/b/2'), row('/a/c')];
    const lines = treeLines(rows, (path) => path !== '/a/b');
    expect(draw(lines)).toEqual(['va 3', '  >b 2', '   c *']);
  });

  test('rows of the same path are lines of their own', () => {
    const rows = [row('/a', 'one'), row('/a', 'two'), row('', 'none')];
    const lines = treeLines(rows, all);
    expect(lines.map(({ key }) => key)).toEqual(['knone', 'kone', 'ktwo']);
  });
});

test('every row has exactly one line when all is open, and keys are unique', () => {
  const segment = fc.constantFrom('a', 'b', 'c');
  const path = fc.array(segment, { maxLength: 4 }).map((parts) => `/${parts.join('/')}`);
  fc.assert(
    fc.property(fc.array(path, { maxLength: 20 }), (paths) => {
      const rows = paths.map((each, index) => row(each, String(index)));
      const lines = treeLines(rows, all);
      const shown = lines.flatMap((line) => (line.row === null ? [] : [line.row.key]));
      expect(shown.toSorted()).toEqual(rows.map(({ key }) => key).toSorted());
      expect(new Set(lines.map(({ key }) => key)).size).toBe(lines.length);
    }),
    { numRuns: 5_000 },
  );
});
