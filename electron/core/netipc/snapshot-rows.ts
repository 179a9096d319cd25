/** Rows of a generation for the screen: filtered, sorted, paged, compared. */
import type {
  SnapshotDiff,
  SnapshotDiffRow,
  SnapshotPage,
  SnapshotRow,
} from '../../../shared/contract/snapshots.ts';
import type { CallInput } from '../../../shared/contract/contract.ts';
import { compileSnapshotMatcher } from '../../../shared/filter/snapshot-filter.ts';
import type { SnapshotItem } from '../../protocols/netipc/cgroups-snapshot.ts';
import { compileFilter } from '../row-filter.ts';
import type { TrackedGeneration } from './generation-tracks.ts';

const STRICT = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const LENIENT = new TextDecoder('utf-8', { ignoreBOM: true });

/** Text, and the bytes in hex when the text cannot give them back. */
function textAndHex(bytes: Uint8Array): { text: string; hex: string } {
  try {
    return { text: STRICT.decode(bytes), hex: '' };
  } catch {
    return { text: LENIENT.decode(bytes), hex: Buffer.from(bytes).toString('hex') }; // not UTF-8
  }
}

function rowKey(item: SnapshotItem): string {
  return `${item.hash}:${Buffer.from(item.name).toString('hex')}`;
}

/** `history` of what was kept, oldest first. */
export function rowOf(
  tracked: TrackedGeneration,
  index: number,
  history: readonly TrackedGeneration[] = [],
): SnapshotRow {
  const item = itemAt(tracked, index);
  const name = textAndHex(item.name);
  const path = textAndHex(item.path);
  return {
    index,
    key: rowKey(item),
    hash: item.hash,
    options: item.options,
    enabled: item.enabled,
    name: name.text,
    nameHex: name.hex,
    path: path.text,
    pathHex: path.hex,
    presentSince: tracked.presentSince[index] ?? tracked.head.number,
    unchangedSince: tracked.unchangedSince[index] ?? tracked.head.number,
    history: history.map((kept) => {
      const found = kept.generation.index.get(item.hash, item.name);
      return found === null ? 0 : found.enabled === 0 ? 1 : 2;
    }),
  };
}

function itemAt(tracked: TrackedGeneration, index: number): SnapshotItem {
  const item = tracked.generation.items[index];
  if (item === undefined) throw new RangeError(`row ${index} of ${tracked.generation.items.length}`);
  return item;
}

type RowTest = (tracked: TrackedGeneration, index: number) => boolean;

/** Null for a text that matches everything. Throws E_FILTER. */
function rowTest(filterText: string): RowTest | null {
  const filter = compileFilter(filterText);
  if (filter === null) return null;
  const matches = compileSnapshotMatcher(filter.expression);
  return (tracked, index) => matches(rowOf(tracked, index));
}

function matching(tracked: TrackedGeneration, filterText: string): number[] {
  const isMatch = rowTest(filterText);
  const all = Array.from({ length: tracked.generation.items.length }, (_, index) => index);
  return isMatch === null ? all : all.filter((index) => isMatch(tracked, index));
}

type Compare = (left: number, right: number) => number;

function comparison(tracked: TrackedGeneration, sort: CallInput<'snapshots.page'>['sort']): Compare {
  const item = (index: number): SnapshotItem => itemAt(tracked, index);
  switch (sort) {
    case 'name':
      return (left, right) => Buffer.compare(item(left).name, item(right).name);
    case 'path':
      return (left, right) => Buffer.compare(item(left).path, item(right).path);
    case 'hash':
    case 'options':
    case 'enabled':
      return (left, right) => item(left)[sort] - item(right)[sort];
    case 'since':
      return (left, right) => (tracked.presentSince[left] ?? 0) - (tracked.presentSince[right] ?? 0);
    default:
      return (left, right) => left - right;
  }
}

/** Throws E_FILTER. */
export function pageRows(
  tracked: TrackedGeneration,
  kept: readonly TrackedGeneration[],
  input: CallInput<'snapshots.page'>,
): SnapshotPage {
  const startMs = performance.now();
  const matched = matching(tracked, input.filter);
  const compare = comparison(tracked, input.sort);
  const sign = input.descending ? -1 : 1;
  // Equal ones keep the order of the generation, so that rows never jump.
  if (input.sort !== 'order' || input.descending) {
    matched.sort((left, right) => sign * compare(left, right) || left - right);
  }
  const history = input.historyMax === 0 ? [] : kept.slice(-input.historyMax);
  const shown = matched.slice(input.offset, input.offset + input.rowsMax);
  return {
    head: tracked.head,
    rows: shown.map((index) => rowOf(tracked, index, history)),
    matched: matched.length,
    total: tracked.generation.items.length,
    elapsedMs: performance.now() - startMs,
  };
}

interface Change {
  readonly kind: SnapshotDiffRow['kind'];
  readonly before: number;
  readonly after: number;
}

function kindOf(before: SnapshotItem, after: SnapshotItem): 'same' | 'changed' {
  const isSame =
    before.options === after.options &&
    before.enabled === after.enabled &&
    Buffer.compare(before.path, after.path) === 0;
  return isSame ? 'same' : 'changed';
}

/** Keyed by (hash, name); of items with the same key the first counts. */
function changesBetween(from: TrackedGeneration, to: TrackedGeneration): Change[] {
  const changes: Change[] = [];
  const old = from.generation;
  const now = to.generation;
  for (const [after, item] of now.items.entries()) {
    if (now.index.position(item.hash, item.name) !== after) continue;
    const before = old.index.position(item.hash, item.name);
    const kind = before < 0 ? 'added' : kindOf(itemAt(from, before), item);
    changes.push({ kind, before, after });
  }
  for (const [before, item] of old.items.entries()) {
    if (old.index.position(item.hash, item.name) !== before) continue;
    if (now.index.position(item.hash, item.name) < 0) changes.push({ kind: 'removed', before, after: -1 });
  }
  return changes;
}

/** Throws E_FILTER. */
export function diffRows(
  from: TrackedGeneration,
  to: TrackedGeneration,
  input: CallInput<'snapshots.diff'>,
): SnapshotDiff {
  const startMs = performance.now();
  const isMatch = rowTest(input.filter);
  const all = changesBetween(from, to);
  const counts = { added: 0, removed: 0, changed: 0, same: 0 };
  for (const { kind } of all) counts[kind] += 1;
  const pathOf = ({ before, after }: Change): Uint8Array =>
    after < 0 ? itemAt(from, before).path : itemAt(to, after).path;
  const isWanted = (change: Change): boolean => {
    if (input.changesOnly && change.kind === 'same') return false;
    if (isMatch === null) return true;
    return change.after < 0 ? isMatch(from, change.before) : isMatch(to, change.after);
  };
  const matched = all.filter(isWanted).toSorted((left, right) => Buffer.compare(pathOf(left), pathOf(right)));
  const shown = matched.slice(input.offset, input.offset + input.rowsMax);
  return {
    from: from.head,
    to: to.head,
    ...counts,
    rows: shown.map(({ kind, before, after }) => ({
      kind,
      before: before < 0 ? null : rowOf(from, before),
      after: after < 0 ? null : rowOf(to, after),
    })),
    matched: matched.length,
    elapsedMs: performance.now() - startMs,
  };
}
