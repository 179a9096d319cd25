import { ArrowDown, ArrowUp } from 'lucide-react';
import { memo, useMemo, useRef } from 'react';
import type { CSSProperties, PointerEvent, ReactElement, ReactNode } from 'react';
import { classNames } from '../../components/class-names.ts';
import grid from '../../components/grid.module.css';
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
  readonly level?: number | undefined;
  readonly isOpen?: boolean | null;
  /** Drawn as a tone; the words and signs are in the cells. */
  readonly kind?: string | undefined;
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

interface GridRowProps extends Pick<RowFacts, 'kind' | 'level'> {
  readonly rowKey: string;
  readonly index: number;
  readonly topPx: number;
  readonly isSelected: boolean;
  readonly isOpen: boolean | undefined;
  readonly columns: readonly GridColumn[];
  readonly cells: readonly ReactNode[];
  /** `1` for each column that is shown. */
  readonly shownAt: string;
}

/** While the list only scrolls, rows that stay in view are not drawn again. */
const GridRow = memo(function GridRow(props: GridRowProps): ReactElement {
  const { rowKey, index, topPx, columns, shownAt } = props;
  return (
    <div
      id={gridRowId(rowKey)}
      role="row"
      data-index={index}
      data-key={rowKey}
      data-kind={props.kind}
      aria-rowindex={index + 2}
      aria-selected={props.isSelected}
      aria-level={props.level}
      aria-expanded={props.isOpen}
      className={classNames(grid.row, styles.row)}
      style={{ transform: `translateY(${topPx}px)` }}
    >
      {props.cells
        .filter((_, at) => shownAt[at] === '1')
        .map((cell, at) => (
          <div
            key={columns[at]?.id ?? at}
            role="gridcell"
            className={classNames(grid.cell, styles.cell)}
            data-column={columns[at]?.id}
            data-number={columns[at]?.isNumber}
          >
            {cell}
          </div>
        ))}
    </div>
  );
});

/** The cells of each row, made once for as long as the list's data are the same. */
function useKept(cellsOf: RowsGridProps['cellsOf']): RowsGridProps['cellsOf'] {
  return useMemo(() => {
    const kept = new Map<number, readonly ReactNode[]>();
    return (index) => {
      const cells = kept.get(index) ?? cellsOf(index);
      kept.set(index, cells);
      return cells;
    };
  }, [cellsOf]);
}

/** A windowed list of equal rows with one selected; what the cells show is the caller's matter. */
export function RowsGrid(props: RowsGridProps): ReactElement {
  const { keys, cellsOf, factsOf, onActivate } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const rowHeightPx = useSettings(({ settings }) => rowHeightPixels(settings));
  const selectedKey = useCache((slice) => slice.selectedKey);
  const rows = useAnchoredRows({ scroller, keys, rowHeightPx, selectedKey, orderKey: props.orderKey });
  const widthRem = rows.widthPx / rootFontPx(rows.widthPx);
  const shownAt = props.columns
    .map(({ fromRem = 0 }) => (widthRem === 0 || widthRem >= fromRem ? '1' : '0'))
    .join('');
  const columns = useMemo(
    () => props.columns.filter((_, at) => shownAt[at] === '1'),
    [props.columns, shownAt],
  );
  const style: GridStyle = {
    '--grid-columns': columns.map(({ width }) => width).join(' '),
    '--grid-row-height': `${rowHeightPx}px`,
  };
  const onPointerDown = (event: PointerEvent<HTMLDivElement>): void => {
    const index = indexOf(event.target);
    if (index !== null && event.button === 0) selectRow(keys[index] ?? null);
  };
  const cells = useKept(cellsOf);
  const drawn: ReactElement[] = [];
  for (let index = rows.range.from; index < rows.range.to; index += 1) {
    const key = keys[index];
    if (key === undefined) break;
    const facts = factsOf?.(index);
    drawn.push(
      <GridRow
        key={key}
        rowKey={key}
        index={index}
        topPx={index * rowHeightPx}
        isSelected={key === selectedKey}
        level={facts?.level}
        isOpen={facts?.isOpen ?? undefined}
        kind={facts?.kind}
        columns={columns}
        cells={cells(index)}
        shownAt={shownAt}
      />,
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
      className={grid.grid}
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
      <div role="rowgroup" className={grid.spacer} style={{ height: keys.length * rowHeightPx }}>
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
    <div role="row" aria-rowindex={1} className={grid.head}>
      {columns.map((column) => {
        const isSorted = column.sort === sort;
        const Arrow = descending ? ArrowDown : ArrowUp;
        const direction = descending ? 'descending' : 'ascending';
        return (
          <div
            key={column.id}
            role="columnheader"
            className={classNames(grid.headCell, styles.headCell)}
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
