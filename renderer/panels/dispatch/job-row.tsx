import { memo } from 'react';
import type { ReactElement } from 'react';
import { AGENT_RUNNING, type AgentState } from '../../../shared/contract/dispatch-agents.ts';
import type { JobRow } from '../../../shared/contract/dispatch-jobs.ts';
import grid from '../../components/grid.module.css';
import { cellText } from '../../components/shown-text.ts';
import { coreText } from '../../i18n/core-text.ts';
import { formatAge } from '../../i18n/format-age.ts';
import { formatCount } from '../../i18n/format-number.ts';
import { useText } from '../../i18n/i18n.ts';
import { useApi } from '../../state/api.ts';
import { openAgent, openReply, pickRow, useJob } from '../../state/dispatch-job.ts';
import { useNow } from '../../state/now.ts';
import { agentStateText } from './agent-state-text.ts';
import styles from './job-rows.module.css';
import type { RowWords } from './job-row-words.ts';
import { OutcomeMark } from './outcome-mark.tsx';

interface RowProps {
  readonly index: number;
  /** Undefined until its page is here. */
  readonly row: JobRow | undefined;
  readonly heightPx: number;
  readonly words: RowWords;
}

/** Drawn again only when its row changed: while a job runs most of them have not. */
export const Row = memo(function Row({ index, row, heightPx, words }: RowProps): ReactElement {
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
      {row === undefined ? <div role="gridcell" className={grid.cell} /> : <Cells row={row} words={words} />}
    </div>
  );
});

interface CellProps {
  readonly row: JobRow;
  readonly words: RowWords;
}

function Cells({ row, words }: CellProps): ReactElement {
  const isPicked = useJob((slice) => slice.pickedRows.has(row.row));
  const id = cellText(row.agentId);
  // What an agent or a server said stays in its words; why we know nothing are our own.
  const isOurs = row.outcome === 'unknown' || row.outcome === 'not_sent';
  const said = cellText(isOurs ? coreText(row.text) : row.text);
  return (
    <>
      <div role="gridcell" className={grid.cell}>
        <input
          type="checkbox"
          className={styles.pick}
          tabIndex={-1}
          aria-label={words.pick(id)}
          checked={isPicked}
          onChange={() => pickRow(row.row)}
        />
      </div>
      <div role="gridcell" className={grid.cell} title={id}>
        {id}
      </div>
      <div role="gridcell" className={grid.cell}>
        <AgentButton row={row} words={words} />
      </div>
      <div role="gridcell" className={grid.cell}>
        <OutcomeMark outcome={row.outcome} word={words.outcome[row.outcome]} />
      </div>
      <div role="gridcell" className={grid.cell}>
        <ReplyAfter row={row} words={words} />
      </div>
      <div role="gridcell" className={grid.cell}>
        {cellText(row.code)}
      </div>
      <div role="gridcell" className={grid.cell} title={said}>
        {said}
      </div>
      <div role="gridcell" className={grid.cell}>
        {formatCount(row.request + 1)}
      </div>
    </>
  );
}

/** What the server said of the agent when it was asked; a press asks for all that is known. */
function AgentButton({ row, words }: CellProps): ReactElement {
  const api = useApi();
  const open = (): void => void openAgent(api, row.agentId);
  const id = cellText(row.agentId);
  if (row.agent !== null) return <AgentStateButton state={row.agent} id={id} onOpen={open} />;
  return (
    <button
      type="button"
      tabIndex={-1}
      className={styles.agent}
      aria-label={`– ${words.openAgent(id)}`}
      onClick={open}
    >
      –
    </button>
  );
}

interface AgentStateProps {
  readonly state: AgentState;
  readonly id: string;
  readonly onOpen: () => void;
}

/** With its age, for it is not asked again by itself. */
function AgentStateButton({ state, id, onOpen }: AgentStateProps): ReactElement {
  const text = useText();
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

function ReplyAfter({ row, words }: CellProps): ReactElement | null {
  const api = useApi();
  const hasReplied = row.repliedAfterMs !== null;
  const seq = hasReplied ? row.replySeq : row.otherSeq;
  if (!hasReplied && seq === null) return null;
  const shown = hasReplied ? words.afterMs(formatCount(row.repliedAfterMs ?? 0)) : words.otherUplink;
  if (seq === null) return <>{shown}</>;
  return (
    <button
      type="button"
      tabIndex={-1}
      className={styles.reply}
      aria-label={`${shown}, ${words.openReply(cellText(row.agentId))}`}
      onClick={() => void openReply(api, seq)}
    >
      {shown}
    </button>
  );
}
