import { memo, useEffect, useRef } from 'react';
import type { CSSProperties, MouseEvent, PointerEvent, ReactElement } from 'react';
import { AGENT_RUNNING, type AgentState } from '../../../shared/contract/dispatch-agents.ts';
import type { JobRow } from '../../../shared/contract/dispatch-jobs.ts';
import { classNames } from '../../components/class-names.ts';
import grid from '../../components/grid.module.css';
import { EmptyState } from '../../components/empty-state.tsx';
import { cellText } from '../../components/shown-text.ts';
import { useWindowing } from '../../components/use-windowing.ts';
import { coreText, failureText } from '../../i18n/core-text.ts';
import { formatAge } from '../../i18n/format-age.ts';
import { formatCount } from '../../i18n/format-number.ts';
import { useText } from '../../i18n/i18n.ts';
import type { TextFunction } from '../../i18n/i18n.ts';
import { useApi } from '../../state/api.ts';
import { rowHeightPixels } from '../../state/density.ts';
import {
  openAgent,
  openReply,
  pickRow,
  pointRow,
  rowAt,
  useJob,
  wantRows,
} from '../../state/dispatch-job.ts';
import { useNow } from '../../state/now.ts';
import { useSettings } from '../../state/settings-slice.ts';
import { agentStateText } from './agent-state-text.ts';
import styles from './job-rows.module.css';
import { OutcomeMark } from './outcome-mark.tsx';

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
  const slots = slotsFor(range.to - range.from);
  const drawn: ReactElement[] = [];
  for (let index = range.from; index < range.to; index += 1) {
    drawn.push(<Row key={index % slots} index={index} row={rowAt(index)} heightPx={heightPx} text={text} />);
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

interface RowProps {
  readonly index: number;
  /** Undefined until its page is here. */
  readonly row: JobRow | undefined;
  readonly heightPx: number;
  readonly text: TextFunction;
}

/** Drawn again only when its row changed: while a job runs most of them have not. */
const Row = memo(function Row({ index, row, heightPx, text }: RowProps): ReactElement {
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
      {row === undefined ? <div role="gridcell" className={grid.cell} /> : <Cells row={row} text={text} />}
    </div>
  );
});

interface CellProps {
  readonly row: JobRow;
  readonly text: TextFunction;
}

function Cells({ row, text }: CellProps): ReactElement {
  const isPicked = useJob((slice) => slice.pickedRows.has(row.row));
  const id = cellText(row.agentId);
  // What an agent or a server said stays in its words; why we know nothing are our own.
  const isOurs = row.outcome === 'unknown' || row.outcome === 'not_sent';
  const words = cellText(isOurs ? coreText(row.text) : row.text);
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
        <AgentButton row={row} text={text} />
      </div>
      <div role="gridcell" className={grid.cell}>
        <OutcomeMark outcome={row.outcome} text={text} />
      </div>
      <div role="gridcell" className={grid.cell}>
        <ReplyAfter row={row} text={text} />
      </div>
      <div role="gridcell" className={grid.cell}>
        {cellText(row.code)}
      </div>
      <div role="gridcell" className={grid.cell} title={words}>
        {words}
      </div>
      <div role="gridcell" className={grid.cell}>
        {formatCount(row.request + 1)}
      </div>
    </>
  );
}

/** What the server said of the agent when it was asked; a press asks for all that is known. */
function AgentButton({ row, text }: CellProps): ReactElement {
  const api = useApi();
  const open = (): void => void openAgent(api, row.agentId);
  const id = cellText(row.agentId);
  if (row.agent !== null) return <AgentStateButton state={row.agent} id={id} text={text} onOpen={open} />;
  return (
    <button
      type="button"
      tabIndex={-1}
      className={styles.agent}
      aria-label={`– ${text('dispatch:job.openAgent', { id })}`}
      onClick={open}
    >
      –
    </button>
  );
}

interface AgentStateProps {
  readonly state: AgentState;
  readonly id: string;
  readonly text: TextFunction;
  readonly onOpen: () => void;
}

/** With its age, for it is not asked again by itself. */
function AgentStateButton({ state, id, text, onOpen }: AgentStateProps): ReactElement {
  const age = useNow(({ nowMs }) => formatAge(Math.max(0, nowMs - state.atMs), text));
  const word = agentStateText(state.statusCode, text);
  return (
    <button
      type="button"
      tabIndex={-1}
      className={styles.agent}
      title={text('dispatch:job.agentState', { state: word, age })}
      aria-label={`${word} ${age}, ${text('dispatch:job.openAgent', { id })}`}
      onClick={onOpen}
    >
      <span className={state.statusCode === AGENT_RUNNING ? undefined : styles.notRunning}>{word}</span>{' '}
      <span className={styles.age}>{age}</span>
    </button>
  );
}

function ReplyAfter({ row, text }: CellProps): ReactElement | null {
  const api = useApi();
  const hasReplied = row.repliedAfterMs !== null;
  const seq = hasReplied ? row.replySeq : row.otherSeq;
  if (!hasReplied && seq === null) return null;
  const words = hasReplied
    ? text('dispatch:job.afterMs', { n: formatCount(row.repliedAfterMs ?? 0) })
    : text('dispatch:job.otherUplink');
  if (seq === null) return <>{words}</>;
  return (
    <button
      type="button"
      tabIndex={-1}
      className={styles.reply}
      aria-label={`${words}, ${text('dispatch:job.openReply', { id: cellText(row.agentId) })}`}
      onClick={() => void openReply(api, seq)}
    >
      {words}
    </button>
  );
}
