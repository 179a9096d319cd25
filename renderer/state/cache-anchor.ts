/** Keeps a row where it is on the screen when rows come and go around it. */

/**
 * Where the row at `anchorIndex` of the old list stands in the new one; when it is gone, the nearest row
 * after it, else before it, that stayed. Null when none did.
 */
export function survivor(
  oldKeys: readonly string[],
  anchorIndex: number,
  newIndexOf: (key: string) => number,
): { readonly oldIndex: number; readonly newIndex: number } | null {
  const ahead = scan(oldKeys, anchorIndex, 1, newIndexOf);
  return ahead ?? scan(oldKeys, anchorIndex - 1, -1, newIndexOf);
}

function scan(
  oldKeys: readonly string[],
  from: number,
  step: 1 | -1,
  newIndexOf: (key: string) => number,
): { readonly oldIndex: number; readonly newIndex: number } | null {
  for (let oldIndex = from; oldIndex >= 0 && oldIndex < oldKeys.length; oldIndex += step) {
    const newIndex = newIndexOf(oldKeys[oldIndex] ?? '');
    if (newIndex >= 0) return { oldIndex, newIndex };
  }
  return null;
}

export interface Looked {
  readonly scrollTopPx: number;
  readonly heightPx: number;
  readonly rowHeightPx: number;
  /** Distance of the pointer from the top of the rows in view, or null when it is elsewhere. */
  readonly pointerPx: number | null;
  /** Index of the selected row, or -1. */
  readonly selectedIndex: number;
}

/** The row that must not move: the one under the pointer, else the selected one in view, else the topmost. */
export function anchorIndex(look: Looked, count: number): number {
  const { scrollTopPx, heightPx, rowHeightPx, pointerPx, selectedIndex } = look;
  const clamp = (index: number): number => Math.min(Math.max(0, index), Math.max(0, count - 1));
  if (pointerPx !== null && pointerPx >= 0 && pointerPx < heightPx)
    return clamp(Math.floor((scrollTopPx + pointerPx) / rowHeightPx));
  const selectedTopPx = selectedIndex * rowHeightPx;
  const isSelectedInView =
    selectedIndex >= 0 && selectedTopPx + rowHeightPx > scrollTopPx && selectedTopPx < scrollTopPx + heightPx;
  return isSelectedInView ? selectedIndex : clamp(Math.floor(scrollTopPx / rowHeightPx));
}
