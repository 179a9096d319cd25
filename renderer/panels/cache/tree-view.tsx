import { ChevronDown, ChevronRight } from 'lucide-react';
import { useMemo } from 'react';
import type { ReactElement } from 'react';
import type { SnapshotRow } from '../../../shared/contract/snapshots.ts';
import { cellText } from '../../components/shown-text.ts';
import { formatCount } from '../../i18n/format-number.ts';
import { useText } from '../../i18n/i18n.ts';
import { useCacheFilter } from '../../state/cache-filter.ts';
import { setInspector, togglePath, useCache, useCacheView } from '../../state/cache-slice.ts';
import { treeLines } from '../../state/cache-tree.ts';
import type { IsOpen, TreeLine } from '../../state/cache-tree.ts';
import { nameText } from './row-cells.tsx';
import { RowsGrid } from './rows-grid.tsx';
import type { GridColumn } from './rows-grid.tsx';
import { factCells, factColumns } from './table-view.tsx';
import { setTreeLines } from './tree-keys.ts';
import styles from './tree-view.module.css';
import { useKeptNumbers } from './use-rows.ts';

/** A folder of more rows than this starts closed, unless it is at the root. */
const START_ROWS_MAX = 200;
const START_DEPTH_MAX = 2;
/** Decided when a folder is first seen: later refreshes must neither open nor close it. */
const started = new Map<string, boolean>();
const STARTED_MAX = 20_000;

function startsOpen(path: string, depth: number, count: number): boolean {
  const known = started.get(path);
  if (known !== undefined) return known;
  const isOpen = depth === 0 || (depth < START_DEPTH_MAX && count <= START_ROWS_MAX);
  if (started.size < STARTED_MAX) started.set(path, isOpen);
  return isOpen;
}

/** The rows below each other as their paths say. */
export function TreeView({ rows }: { readonly rows: readonly SnapshotRow[] }): ReactElement {
  const text = useText();
  const numbers = useKeptNumbers();
  const toggled = useCacheView((slice) => slice.toggledPaths);
  const order = useCacheView((slice) => `${slice.sort} ${slice.descending}`);
  const serviceId = useCache((slice) => slice.headServiceId);
  const isFiltered = useCacheFilter((slice) => slice.active !== '');
  const lines = useMemo(() => {
    const isOpen: IsOpen = (path, depth, count) =>
      (isFiltered || startsOpen(path, depth, count)) !== toggled.has(path);
    return treeLines(rows, isOpen);
  }, [rows, toggled, isFiltered]);
  const keys = useMemo(() => {
    setTreeLines(lines);
    return lines.map(({ key }) => key);
  }, [lines]);
  const columns: readonly GridColumn[] = [
    { id: 'tree', label: text('cache:column.tree'), sort: 'path', width: 'minmax(14rem, 2fr)' },
    { id: 'name', label: text('cache:column.name'), sort: 'name', width: 'minmax(6rem, 1fr)' },
    ...factColumns(text),
  ];
  return (
    <RowsGrid
      isTree
      label={text('cache:grid.tree')}
      columns={columns}
      keys={keys}
      orderKey={`${serviceId} ${order}`}
      factsOf={(index) => {
        const line = lines[index];
        return line === undefined ? {} : { level: line.depth + 1, isOpen: line.isOpen };
      }}
      onActivate={(index) => {
        const line = lines[index];
        if (line === undefined) return;
        if (line.isOpen === null) setInspector(true);
        else togglePath(line.path);
      }}
      cellsOf={(index) => {
        const line = lines[index];
        if (line === undefined) return [];
        const { row } = line;
        const path = <PathCell key="path" line={line} />;
        return row === null ? [path] : [path, nameText(row), ...factCells(row, numbers)];
      }}
    />
  );
}

function PathCell({ line }: { readonly line: TreeLine }): ReactElement {
  const text = useText();
  const { isOpen, path, label, depth, row } = line;
  const Chevron = isOpen === true ? ChevronDown : ChevronRight;
  return (
    <span className={styles.path} style={{ paddingInlineStart: `${depth}rem` }}>
      {isOpen === null ? (
        <span className={styles.chevron} />
      ) : (
        <button
          type="button"
          tabIndex={-1}
          className={styles.chevron}
          aria-label={text(isOpen ? 'cache:grid.close' : 'cache:grid.open', { path: cellText(path) })}
          onClick={() => togglePath(path)}
        >
          <Chevron aria-hidden size="0.875rem" />
        </button>
      )}
      <span className={styles.label} data-row={row !== null}>
        {cellText(label)}
      </span>
      {isOpen === null ? null : (
        <span className={styles.count}>{text('cache:grid.count', { n: formatCount(below(line)) })}</span>
      )}
    </span>
  );
}

function below({ count, row }: TreeLine): number {
  return row === null ? count : count - 1;
}
