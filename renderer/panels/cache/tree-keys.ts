/** Left and right in the tree: close, open, go to the parent. */
import type { TreeLine } from '../../state/cache-tree.ts';
import { selectRow, togglePath, useCache } from '../../state/cache-slice.ts';

let lines: readonly TreeLine[] = [];

export function setTreeLines(next: readonly TreeLine[]): void {
  lines = next;
}

export function closeOrParent(): void {
  const at = selectedIndex();
  const line = lines[at];
  if (line === undefined) return;
  if (line.isOpen === true) {
    togglePath(line.path);
    return;
  }
  const parent = lines.slice(0, at).findLast(({ depth }) => depth < line.depth);
  if (parent !== undefined) selectRow(parent.key);
}

export function openOrChild(): void {
  const at = selectedIndex();
  const line = lines[at];
  if (line === undefined || line.isOpen === null) return;
  const child = lines[at + 1];
  if (!line.isOpen) togglePath(line.path);
  else if (child !== undefined) selectRow(child.key);
}

function selectedIndex(): number {
  const { selectedKey } = useCache.getState();
  return lines.findIndex(({ key }) => key === selectedKey);
}
