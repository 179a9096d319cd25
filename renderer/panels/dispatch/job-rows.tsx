import { useEffect, useRef } from 'react';
import type { CSSProperties, PointerEvent, ReactElement } from 'react';
import type { JobRow, JobSummary } from '../../../shared/contract/dispatch.ts';
import { classNames } from '../../components/class-names.ts';
import grid from '../../components/grid.module.css';
import { EmptyState } from '../../components/empty-state.tsx';
import { cellText } from '../../components/shown-text.ts';
import { useWindowing } from '../../components/use-windowing.ts';
import { formatCount } from '../../i18n/format-number.ts';
import { useText } from '../../i18n/i18n.ts';
import { useApi } from '../../state/api.ts';
import { rowHeightPixels } from '../../state/density.ts';
import { openReply, pickRow, pointRow, rowAt, useJob, wantRows } from '../../state/dispatch-job.ts';
import { useSettings } from '../../state/settings-slice.ts';
import styles from './job-rows.module.css';
import { OutcomeMark } from './outcome-mark.tsx';

type RowStyle = CSSProperties & { '--row-px': string };
const COLUMNS = ['pick', 'agent', 'outcome', 'reply', 'code', 'text', 'batch'] as const;

/** Windowed: a job may have 50 000 targets, of which a screenful is drawn and a few pages are here. */
export function JobRows({ job }: { readonly job: JobSummary }): ReactElement {
  const text = useText();
  const scroller = useRef<HTMLDivElement>(null);
  const heightPx = useSettings(({ settings }) => rowHeightPixels(settings));
  const outcome = useJob((slice) => slice.outcome);
  const rowIndex = useJob((slice) => slice.rowIndex);
  const rowNumber = useJob((slice) => slice.rowNumber);
  const failure = useJob((slice) => slice.rowsFailure);
  useJob((slice) => slice.version);
  const count = outcome === null ? job.targets : job.counts[outcome];
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
  const drawn: ReactElement[] = [];
  for (let index = range.from; index < range.to; index += 1) {
    const row = rowAt(index);
    drawn.push(<Row key={row?.row ?? `at-${index}`} index={index} row={row} heightPx={heightPx} />);
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
            {failure === null ? undefined : `${failure.code} ${failure.message}`}
          </EmptyState>
        </div>
      )}
    </div>
  );
}

interface RowProps {
  readonly index: number;
  /** Undefined until its page is here. */
  readonly row: JobRow | undefined;
  readonly heightPx: number;
}

function Row({ index, row, heightPx }: RowProps): ReactElement {
  const isPointed = useJob((slice) => row !== undefined && slice.rowNumber === row.row);
  return (
    <div
      id={row === undefined ? undefined : `job-row-${row.row}`}
      role="row"
      data-index={index}
      aria-rowindex={index + 2}
      aria-selected={isPointed}
      className={grid.row}
      style={{ transform: `translateY(${index * heightPx}px)` }}
    >
      {row === undefined ? <div role="gridcell" className={grid.cell} /> : <Cells row={row} />}
    </div>
  );
}

function Cells({ row }: { readonly row: JobRow }): ReactElement {
  const text = useText();
  const isPicked = useJob((slice) => slice.pickedRows.has(row.row));
  const id = cellText(row.agentId);
  return (
    <>
      <div role="gridcell" className={grid.cell}>
        <input
          type="checkbox"
          className={styles.pick}
          tabIndex={-1}
          aria-label={text('dispatch:job.pick', { id })}
          checked={isPicked}
          onChange={() => pickRow(row.row)}
        />
      </div>
      <div role="gridcell" className={grid.cell} title={id}>
        {id}
      </div>
      <div role="gridcell" className={grid.cell}>
        <OutcomeMark outcome={row.outcome} />
      </div>
      <div role="gridcell" className={grid.cell}>
        <ReplyAfter row={row} />
      </div>
      <div role="gridcell" className={grid.cell}>
        {cellText(row.code)}
      </div>
      <div role="gridcell" className={grid.cell} title={cellText(row.text)}>
        {cellText(row.text)}
      </div>
      <div role="gridcell" className={grid.cell}>
        {formatCount(row.request + 1)}
      </div>
    </>
  );
}

function ReplyAfter({ row }: { readonly row: JobRow }): ReactElement | null {
  const text = useText();
  const api = useApi();
  if (row.repliedAfterMs === null) return null;
  const after = text('dispatch:job.afterMs', { n: formatCount(row.repliedAfterMs) });
  const { replySeq } = row;
  if (replySeq === null) return <>{after}</>;
  return (
    <button
      type="button"
      tabIndex={-1}
      className={styles.reply}
      aria-label={`${after}, ${text('dispatch:job.openReply', { id: cellText(row.agentId) })}`}
      onClick={() => void openReply(api, replySeq)}
    >
      {after}
    </button>
  );
}
