/** The rows as a tree of their paths, cut into the lines that are open. */
import type { SnapshotRow } from '../../shared/contract/snapshots.ts';

export interface TreeLine {
  /** The row's key, or `folder:` and the path: the same over refreshes. */
  readonly key: string;
  readonly path: string;
  /** What this line adds to the path of its parent; `a/b` where nothing else stands between. */
  readonly label: string;
  /** From 0. */
  readonly depth: number;
  readonly row: SnapshotRow | null;
  /** Null for a line that cannot be opened. */
  readonly isOpen: boolean | null;
  /** Rows at this path and below it. */
  readonly count: number;
}

interface Node {
  readonly path: string;
  readonly label: string;
  readonly children: Map<string, Node>;
  readonly rows: SnapshotRow[];
  count: number;
}

/** Whether the folder is open; `count` rows are at it and below. */
export type IsOpen = (path: string, depth: number, count: number) => boolean;

/** `rows` in the order of the list; siblings stand in the order in which they first appear there. */
export function treeLines(rows: readonly SnapshotRow[], isOpen: IsOpen): readonly TreeLine[] {
  const root: Node = { path: '', label: '', children: new Map(), rows: [], count: 0 };
  for (const row of rows) insert(root, row);
  const lines: TreeLine[] = [];
  for (const row of root.rows) lines.push(leaf(row, '/', 0));
  for (const child of root.children.values()) emit(child, child.label, 0, isOpen, lines);
  return lines;
}

function insert(root: Node, row: SnapshotRow): void {
  let node = root;
  node.count += 1;
  for (const label of row.path.split('/')) {
    if (label === '') continue;
    let child = node.children.get(label);
    if (child === undefined) {
      child = { path: `${node.path}/${label}`, label, children: new Map(), rows: [], count: 0 };
      node.children.set(label, child);
    }
    child.count += 1;
    node = child;
  }
  node.rows.push(row);
}

function emit(node: Node, label: string, depth: number, isOpen: IsOpen, lines: TreeLine[]): void {
  const [first] = node.rows;
  const [only] = node.children.values();
  if (first === undefined && node.children.size === 1 && only !== undefined) {
    emit(only, `${label}/${only.label}`, depth, isOpen, lines);
    return;
  }
  if (node.children.size === 0) {
    for (const row of node.rows) lines.push(leaf(row, label, depth));
    return;
  }
  const { path, count } = node;
  const open = isOpen(path, depth, count);
  const key = first === undefined ? `folder:${path}` : first.key;
  lines.push({ key, path, label, depth, row: first ?? null, isOpen: open, count });
  for (const row of node.rows.slice(1)) lines.push(leaf(row, label, depth));
  if (!open) return;
  for (const child of node.children.values()) emit(child, child.label, depth + 1, isOpen, lines);
}

function leaf(row: SnapshotRow, label: string, depth: number): TreeLine {
  return { key: row.key, path: row.path, label, depth, row, isOpen: null, count: 1 };
}
