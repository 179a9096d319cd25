import { ArrowDown, ArrowUp } from 'lucide-react';
import { useRef } from 'react';
import type { CSSProperties, PointerEvent, ReactElement, ReactNode } from 'react';
import { useSettings } from '../../state/settings-slice.ts';
import { rowHeightPixels } from '../../state/density.ts';
import type { RowSort } from '../../state/cache-order.ts';
import { selectRow, sortBy, useCache, useCacheView } from '../../state/cache-slice.ts';
import styles from './rows-grid.module.css';
import { useAnchoredRows } from './use-anchored-rows.ts';

export interface GridColumn {
  readonly id: string;
  readonly label: string;
  readonly sort?: RowSort;
  /** Numbers stand at the end. */
  readonly isNumber?: boolean;
  /** For `grid-template-columns`. */
  readonly width: string;
  /** Left out where the list is narrower than this. */
  readonly fromRem?: number;
}

/** What a row says of itself beside its cells. */
export interface RowFacts {
  /** From 1, in a tree. */
  readonly level?: number;
  readonly isOpen?: boolean | null;
  /** Drawn as a tone; the words and signs are in the cells. */
  readonly kind?: string;
}

export interface RowsGridProps {
  readonly label: string;
  readonly isTree?: boolean;
  readonly columns: readonly GridColumn[];
  /** The rows by identity, in order. A new array is a new state of the list. */
  readonly keys: readonly string[];
  readonly orderKey: string;
  readonly factsOf?: (index: number) => RowFacts;
  /** One a column. */
  readonly cellsOf: (index: number) => readonly ReactNode[];
  readonly onActivate?: (index: number) => void;
}

type GridStyle = CSSProperties & { '--grid-columns': string; '--grid-row-height': string };

export function gridRowId(key: string): string {
  return `cache-row-${key}`;
}

/** A windowed list of equal rows with one selected; what the cells show is the caller's matter. */
export function RowsGrid(props: RowsGridProps): ReactElement {
  const { keys, cellsOf, factsOf, onActivate } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const rowHeightPx = useSettings(({ settings }) => rowHeightPixels(settings));
  const selectedKey = useCache((slice) => slice.selectedKey);
  const rows = useAnchoredRows({ scroller, keys, rowHeightPx, selectedKey, orderKey: props.orderKey });
  const widthRem = rows.widthPx / rootFontPx(rows.widthPx);
  const isShownAt = props.columns.map(({ fromRem = 0 }) => widthRem === 0 || widthRem >= fromRem);
  const columns = props.columns.filter((_, at) => isShownAt[at]);
  const style: GridStyle = {
    '--grid-columns': columns.map(({ width }) => width).join(' '),
    '--grid-row-height': `${rowHeightPx}px`,
  };
  const onPointerDown = (event: PointerEvent<HTMLDivElement>): void => {
    const index = indexOf(event.target);
    if (index !== null && event.button === 0) selectRow(keys[index] ?? null);
  };
  const drawn: ReactElement[] = [];
  for (let index = rows.range.from; index < rows.range.to; index += 1) {
    const key = keys[index];
    if (key === undefined) break;
    const facts = factsOf?.(index) ?? {};
    drawn.push(
      <div
        key={key}
        id={gridRowId(key)}
        role="row"
        data-index={index}
        data-key={key}
        data-kind={facts.kind}
        aria-rowindex={index + 2}
        aria-selected={key === selectedKey}
        aria-level={facts.level}
        aria-expanded={facts.isOpen ?? undefined}
        className={styles.row}
        style={{ transform: `translateY(${index * rowHeightPx}px)` }}
      >
        {cellsOf(index)
          .filter((_, at) => isShownAt[at])
          .map((cell, at) => (
            <div
              key={columns[at]?.id ?? at}
              role="gridcell"
              className={styles.cell}
              data-column={columns[at]?.id}
              data-number={columns[at]?.isNumber}
            >
              {cell}
            </div>
          ))}
      </div>,
    );
  }
  const isShown = selectedKey !== null && drawn.some(({ key }) => key === selectedKey);
  return (
    <div
      ref={scroller}
      id="cache-grid"
      role={props.isTree === true ? 'treegrid' : 'grid'}
      aria-label={props.label}
      aria-rowcount={keys.length + 1}
      aria-activedescendant={isShown ? gridRowId(selectedKey) : undefined}
      tabIndex={0}
      className={styles.grid}
      style={style}
      onScroll={rows.onScroll}
      onPointerMove={rows.onPointerMove}
      onPointerLeave={rows.onPointerLeave}
      onPointerDown={onPointerDown}
      onDoubleClick={(event) => {
        const index = indexOf(event.target);
        if (index !== null) onActivate?.(index);
      }}
    >
      <Head columns={columns} />
      <div role="rowgroup" className={styles.spacer} style={{ height: keys.length * rowHeightPx }}>
        {drawn}
      </div>
    </div>
  );
}

/** Zoom changes it, and with it the width of the list in pixels: read again when that changes. */
function rootFontPx(widthPx: number): number {
  return widthPx === 0 ? 16 : Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
}

function indexOf(target: EventTarget): number | null {
  if (!(target instanceof Element)) return null;
  const index = target.closest('[data-index]')?.getAttribute('data-index');
  return index === null || index === undefined ? null : Number(index);
}

function Head({ columns }: { readonly columns: readonly GridColumn[] }): ReactElement {
  const sort = useCacheView((slice) => slice.sort);
  const descending = useCacheView((slice) => slice.descending);
  return (
    <div role="row" aria-rowindex={1} className={styles.head}>
      {columns.map((column) => {
        const isSorted = column.sort === sort;
        const Arrow = descending ? ArrowDown : ArrowUp;
        const direction = descending ? 'descending' : 'ascending';
        return (
          <div
            key={column.id}
            role="columnheader"
            className={styles.headCell}
            data-number={column.isNumber}
            aria-sort={isSorted ? direction : undefined}
          >
            {column.sort === undefined ? (
              column.label
            ) : (
              <button type="button" className={styles.sort} onClick={() => sortBy(column.sort ?? 'path')}>
                {column.label}
                {isSorted ? <Arrow aria-hidden size="0.875em" /> : null}
              </button>
            )}
          </div>
        );
      })}
    </div>
  );
}
