/** What the operator does to rows of the Cache view. */
import type { SnapshotRow } from '../../../shared/contract/snapshots.ts';
import { shellQuote } from '../../../shared/shell-quote.ts';
import type { TextFunction } from '../../i18n/i18n.ts';
import { cacheBook, selectRow, serviceOf, setMode, useCache, useCacheView } from '../../state/cache-slice.ts';
import { narrowCache, setCacheFilter } from '../../state/cache-filter.ts';
import { fieldTerm } from '../../state/feed-filter.ts';
import { copyText } from '../../state/copy-text.ts';
import { showToast } from '../../state/toasts.ts';
import { gridViewport } from './grid-viewport.ts';

/** Selects the row and brings it into view; a filter that hides it is taken away. */
export function goToRow(key: string): void {
  selectRow(key);
  if (useCacheView.getState().mode !== 'table') setMode('table');
  const reveal = (): void => {
    const viewport = gridViewport();
    const index = viewport?.indexOf(key) ?? -1;
    if (index >= 0) viewport?.reveal(index);
  };
  if ((gridViewport()?.indexOf(key) ?? -1) < 0) setCacheFilter('');
  // The list is drawn first.
  requestAnimationFrame(() => requestAnimationFrame(reveal));
}

export function moveSelection(rows: number): void {
  const viewport = gridViewport();
  if (viewport === null || viewport.keys.length === 0) return;
  const { selectedKey } = useCache.getState();
  const at = selectedKey === null ? -1 : viewport.indexOf(selectedKey);
  const wanted = at < 0 ? viewport.top() : at + rows;
  const index = Math.min(viewport.keys.length - 1, Math.max(0, wanted));
  selectRow(viewport.keys[index] ?? null);
  viewport.reveal(index);
}

export function screenful(): number {
  return gridViewport()?.screenful() ?? 1;
}

export async function copyRow(text: TextFunction): Promise<void> {
  const row = selectedRow();
  if (row === null) return;
  const { hash, name, path, options, enabled, presentSince, unchangedSince } = row;
  const value = { hash, name, path, options, enabled, presentSince, unchangedSince };
  if (await copyText(JSON.stringify(value, null, 2), text)) showToast('ok', text('cache:command.copied'));
}

/** The line that asks the provider for this cgroup from a terminal. */
export async function copyRowAsCli(text: TextFunction): Promise<void> {
  const row = selectedRow();
  const service = serviceOf(useCache.getState());
  if (row === null || service === null) return;
  const place = ['--run', service.runFolder, '--service', service.service, '--hash', String(row.hash)];
  const line = ['signalbox', 'snapshot', 'lookup', ...place, '--', row.name].map(shellQuote).join(' ');
  if (await copyText(line, text)) showToast('ok', text('cache:command.copiedCli'));
}

/** Only the rows of this name, or all but them. */
export function narrowToName(exclude: boolean): void {
  const row = selectedRow();
  if (row !== null) narrowCache(fieldTerm('type', row.name), exclude);
}

function selectedRow(): SnapshotRow | null {
  const { selectedKey } = useCache.getState();
  return selectedKey === null ? null : (cacheBook().lastSeen(selectedKey)?.row ?? null);
}
