import { useMemo } from 'react';
import type { ReactElement, ReactNode } from 'react';
import type { SnapshotRow } from '../../../shared/contract/snapshots.ts';
import { useText } from '../../i18n/i18n.ts';
import type { TextFunction } from '../../i18n/i18n.ts';
import { cacheBook, setInspector, useCache, useCacheView } from '../../state/cache-slice.ts';
import { optionsText } from './diff-content.ts';
import { HistoryStrip } from './history-strip.tsx';
import { EnabledMark, PathText, nameText } from './row-cells.tsx';
import { RowsGrid } from './rows-grid.tsx';
import type { GridColumn } from './rows-grid.tsx';
import { useKeptNumbers } from './use-rows.ts';

/** Columns both the table and the tree have, with their cells. */
export function factColumns(text: TextFunction): readonly GridColumn[] {
  return [
    {
      id: 'hash',
      label: text('cache:column.hash'),
      sort: 'hash',
      isNumber: true,
      width: '6.25rem',
      fromRem: 32,
    },
    {
      id: 'options',
      label: text('cache:column.options'),
      sort: 'options',
      isNumber: true,
      width: '4.75rem',
      fromRem: 40,
    },
    { id: 'enabled', label: text('cache:column.enabled'), sort: 'enabled', width: '4.75rem' },
    {
      id: 'since',
      label: text('cache:column.since'),
      sort: 'since',
      isNumber: true,
      width: '4.5rem',
      fromRem: 48,
    },
    { id: 'history', label: text('cache:column.history'), width: '8.75rem', fromRem: 54 },
  ];
}

export function factCells(row: SnapshotRow, numbers: readonly number[]): readonly ReactNode[] {
  return [
    row.hash,
    optionsText(row.options),
    <EnabledMark key="enabled" enabled={row.enabled} />,
    `#${row.presentSince}`,
    <HistoryStrip key="history" marks={cacheBook().historyOf(row.key, numbers)} />,
  ];
}

/** One line a row. */
export function TableView({ rows }: { readonly rows: readonly SnapshotRow[] }): ReactElement {
  const text = useText();
  const numbers = useKeptNumbers();
  const order = useCacheView((slice) => `${slice.sort} ${slice.descending}`);
  const serviceId = useCache((slice) => slice.headServiceId);
  const keys = useMemo(() => rows.map(({ key }) => key), [rows]);
  const columns: readonly GridColumn[] = [
    { id: 'name', label: text('cache:column.name'), sort: 'name', width: 'minmax(8rem, 1fr)' },
    { id: 'path', label: text('cache:column.path'), sort: 'path', width: 'minmax(10rem, 1.6fr)' },
    ...factColumns(text),
  ];
  return (
    <RowsGrid
      label={text('cache:grid.table')}
      columns={columns}
      keys={keys}
      orderKey={`${serviceId} ${order}`}
      onActivate={() => setInspector(true)}
      cellsOf={(index) => {
        const row = rows[index];
        return row === undefined
          ? []
          : [nameText(row), <PathText key="path" row={row} />, ...factCells(row, numbers)];
      }}
    />
  );
}
