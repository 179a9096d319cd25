import { memo, useEffect, useMemo, useRef } from 'react';
import type { CSSProperties, MouseEvent, PointerEvent, ReactElement } from 'react';
import { classNames } from '../../components/class-names.ts';
import grid from '../../components/grid.module.css';
import { EmptyState } from '../../components/empty-state.tsx';
import { useWindowing } from '../../components/use-windowing.ts';
import { failureText } from '../../i18n/core-text.ts';
import { useText } from '../../i18n/i18n.ts';
import { rowHeightPixels } from '../../state/density.ts';
import { pointRow, rowAt, useJob, wantRows } from '../../state/dispatch-job.ts';
import { useSettings } from '../../state/settings-slice.ts';
import { Row } from './job-row.tsx';
import { rowWordsOf } from './job-row-words.ts';
import styles from './job-rows.module.css';

type RowStyle = CSSProperties & { '--row-px': string };
const COLUMNS = ['pick', 'agent', 'state', 'outcome', 'reply', 'code', 'text', 'batch'] as const;

/** Windowed: a job may have 50 000 targets, of which a screenful is drawn and a few pages are here. */
export const JobRows = memo(function JobRows(): ReactElement {
  const text = useText();
  const scroller = useRef<HTMLDivElement>(null);
  const heightPx = useSettings(({ settings }) => rowHeightPixels(settings));
  const outcome = useJob((slice) => slice.outcome);
  const rowIndex = useJob((slice) => slice.rowIndex);
  const rowNumber = useJob((slice) => slice.rowNumber);
  const failure = useJob((slice) => slice.rowsFailure);
  useJob((slice) => slice.version);
  const count = useJob(({ job }) => (outcome === null ? job?.targets : job?.counts[outcome])) ?? 0;
  const { range, onScroll, reveal } = useWindowing(scroller, heightPx, count);
  // Another group begins at its first target.
  useEffect(() => {
    if (scroller.current !== null) scroller.current.scrollTop = 0;
  }, [outcome]);
  useEffect(() => wantRows(range.from, range.to), [range.from, range.to, outcome]);
  useEffect(() => {
    if (rowNumber !== null) reveal(rowIndex);
  }, [rowNumber, rowIndex, reveal]);
  const onPointerDown = (event: PointerEvent<HTMLDivElement>): void => {
    const at = event.target instanceof Element ? event.target.closest('[data-index]') : null;
    const index = at?.getAttribute('data-index');
    if (event.button === 0 && index !== null && index !== undefined) pointRow(Number(index));
  };
  // The keyboard stays with the list: a button under the pointer soon belongs to another row.
  const onMouseDown = (event: MouseEvent<HTMLDivElement>): void => {
    if (!(event.target instanceof Element) || event.target.closest('[data-index]') === null) return;
    event.preventDefault();
    scroller.current?.focus({ preventScroll: true });
  };
  const words = useMemo(() => rowWordsOf(text), [text]);
  const slots = slotsFor(range.to - range.from);
  const drawn: ReactElement[] = [];
  for (let index = range.from; index < range.to; index += 1) {
    drawn.push(
      <Row key={index % slots} index={index} row={rowAt(index)} heightPx={heightPx} words={words} />,
    );
  }
  const style: RowStyle = { '--row-px': `${heightPx}px` };
  return (
    <div className={styles.rows}>
      <div
        ref={scroller}
        role="grid"
        aria-label={text('dispatch:job.rows')}
        aria-rowcount={count + 1}
        aria-activedescendant={rowNumber === null ? undefined : `job-row-${rowNumber}`}
        tabIndex={0}
        className={classNames(grid.grid, styles.grid)}
        style={style}
        onScroll={onScroll}
        onPointerDown={onPointerDown}
        onMouseDown={onMouseDown}
      >
        <div role="row" aria-rowindex={1} className={grid.head}>
          {COLUMNS.map((column) => (
            <div key={column} role="columnheader" className={grid.headCell}>
              {text(`dispatch:job.column.${column}`)}
            </div>
          ))}
        </div>
        <div role="rowgroup" className={grid.spacer} style={{ height: count * heightPx }}>
          {drawn}
        </div>
      </div>
      {failure === null && count > 0 ? null : (
        <div className={styles.over}>
          <EmptyState title={text(failure === null ? 'dispatch:job.noRows' : 'dispatch:job.loadFailed')}>
            {failure === null ? undefined : failureText(failure)}
          </EmptyState>
        </div>
      )}
    </div>
  );
});

const SLOTS_MIN = 64;
/** A row that scrolls out lends its elements to one that scrolls in: new text in old cells is much cheaper than new cells. */
function slotsFor(rows: number): number {
  return Math.max(SLOTS_MIN, 2 ** Math.ceil(Math.log2(Math.max(1, rows))));
}
