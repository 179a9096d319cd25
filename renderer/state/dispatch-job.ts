/** The job that is shown: its state as it comes, its rows as they are scrolled to, what is picked of them. */
import { create } from 'zustand';
import type { SignalboxApi } from '../../shared/contract/api.ts';
import type { CallInput, CallOutput } from '../../shared/contract/contract.ts';
import type { AgentDetails } from '../../shared/contract/dispatch-agents.ts';
import type { JobRow, JobSummary, Outcome } from '../../shared/contract/dispatch-jobs.ts';
import type { Failure, Result } from '../../shared/failure.ts';
import type { EventDetail } from '../../shared/model/event.ts';
import { UNDO_MS } from './dispatch-session.ts';
import { showJob } from './dispatch-slice.ts';
import { JobPages } from './job-pages.ts';
import { oncePerFrame } from './once-per-frame.ts';
import { watchStream } from './watch-stream.ts';

export type JobAction = CallInput<'jobs.act'>['action'];

export interface JobSlice {
  readonly job: JobSummary | null;
  /** Its targets, or the requests they went out in. */
  readonly side: 'targets' | 'requests';
  /** Group that is shown; null = all. */
  readonly outcome: Outcome | null;
  /** Counts every change of the rows. */
  readonly version: number;
  readonly rowsFailure: Failure | null;
  /** Number of the target under the keyboard. */
  readonly rowNumber: number | null;
  /** Position of that row in the list. */
  readonly rowIndex: number;
  readonly pickedRows: ReadonlySet<number>;
  readonly reply: JobReplyState;
  /** What the server knows of one agent; takes the place of the reply. */
  readonly agent: JobAgentState | null;
  /** Outcomes or rows whose retry is being confirmed. */
  readonly retry: RetryWish | null;
}
export type JobReplyState =
  | { readonly state: 'none' }
  | { readonly state: 'loading'; readonly seq: number }
  | { readonly state: 'here'; readonly seq: number; readonly detail: EventDetail }
  | { readonly state: 'failed'; readonly seq: number; readonly failure: Failure };
export interface JobAgentState {
  readonly agentId: string;
  /** Null while it is asked for. */
  readonly answer: Result<AgentDetails> | null;
}
export interface RetryWish {
  readonly outcomes: CallInput<'jobs.retry'>['outcomes'];
  readonly rows: readonly number[] | null;
  readonly targets: number;
  readonly mayRepeat: boolean;
}

/** How often rows in view are asked for while the job goes on. */
const ROWS_ROUND_MS = 250;

const START: JobSlice = {
  job: null,
  side: 'targets',
  outcome: null,
  version: 0,
  rowsFailure: null,
  rowNumber: null,
  rowIndex: 0,
  pickedRows: new Set(),
  reply: { state: 'none' },
  agent: null,
  retry: null,
};
export const useJob = create<JobSlice>(() => START);

let pages: JobPages | null = null;

/** Follows one job; the returned function lets it go. */
export function openJob(api: SignalboxApi, jobId: string): () => void {
  const own = new JobPages({
    roundMs: ROWS_ROUND_MS,
    load: async (outcome, from, rowsMax) => api.call('jobs.rows', { jobId, outcome, from, rowsMax }),
    onChange: (rowsFailure) => useJob.setState(({ version }) => ({ version: version + 1, rowsFailure })),
  });
  pages = own;
  useJob.setState({ ...START, version: useJob.getState().version + 1 });
  const take = oncePerFrame((job: JobSummary) => {
    useJob.setState({ job });
    own.outdate();
  });
  const stop = watchStream(api, 'jobs.state', { jobId }, { onItem: take });
  return () => {
    stop();
    own.stop();
    if (pages === own) pages = null;
  };
}

export function rowAt(index: number): JobRow | undefined {
  return pages?.at(index);
}
export function wantRows(from: number, to: number): void {
  pages?.want(from, to);
}

export function showOutcome(outcome: Outcome | null): void {
  pages?.show(outcome);
  useJob.setState({ outcome, side: 'targets', rowNumber: null, rowIndex: 0 });
}

export function showRequests(): void {
  useJob.setState({ side: 'requests', rowNumber: null, rowIndex: 0 });
}

export function pointRow(rowIndex: number): void {
  const row = rowAt(rowIndex);
  if (row !== undefined) useJob.setState({ rowNumber: row.row, rowIndex });
}

export function pickRow(row: number): void {
  const pickedRows = new Set(useJob.getState().pickedRows);
  if (!pickedRows.delete(row)) pickedRows.add(row);
  useJob.setState({ pickedRows });
}
export function pickNone(): void {
  useJob.setState({ pickedRows: new Set() });
}

export function wishRetry(retry: RetryWish | null): void {
  useJob.setState({ retry });
}

export async function actOnJob(api: SignalboxApi, jobId: string, action: JobAction): Promise<Failure | null> {
  const result = await api.call('jobs.act', { jobId, action });
  if (!result.ok) return result.failure;
  if (useJob.getState().job?.jobId === jobId) useJob.setState({ job: result.value });
  return null;
}

/** Shows the new job when it worked. */
export async function retryJob(
  api: SignalboxApi,
  jobId: string,
  wish: RetryWish,
  confirm: CallInput<'jobs.retry'>['confirm'],
): Promise<Failure | null> {
  const { outcomes, rows, mayRepeat } = wish;
  const result = await api.call('jobs.retry', {
    jobId,
    outcomes: [...outcomes],
    rows: rows === null ? null : [...rows],
    mayRepeat,
    confirm,
    undoMs: UNDO_MS,
  });
  if (!result.ok) return result.failure;
  wishRetry(null);
  showJob(result.value.jobId);
  return null;
}

export async function idsOf(
  api: SignalboxApi,
  jobId: string,
  outcome: Outcome | null,
): Promise<readonly string[] | Failure> {
  const result = await api.call('jobs.ids', { jobId, outcome });
  return result.ok ? result.value.ids : result.failure;
}

/** Asks the server which agents of a group run; the rows show it then. */
export async function checkGroup(
  api: SignalboxApi,
  { jobId, profileId }: JobSummary,
  outcome: Outcome | null,
): Promise<Result<CallOutput<'dispatch.agents.check'>>> {
  const ids = await api.call('jobs.ids', { jobId, outcome });
  if (!ids.ok) return ids;
  const setId = ids.value.set?.setId;
  if (setId === undefined)
    return { ok: false, failure: { code: 'E_NOT_FOUND', message: 'there is no target in this group' } };
  const result = await api.call('dispatch.agents.check', { profileId, setId });
  if (useJob.getState().job?.jobId === jobId) pages?.outdate();
  return result;
}

export async function openReply(api: SignalboxApi, seq: number): Promise<void> {
  useJob.setState({ reply: { state: 'loading', seq }, agent: null });
  const result = await api.call('feed.event', { seq });
  const { reply } = useJob.getState();
  if (reply.state === 'none' || reply.seq !== seq) return;
  useJob.setState({
    reply: result.ok
      ? { state: 'here', seq, detail: result.value }
      : { state: 'failed', seq, failure: result.failure },
  });
}
/** Asks list_agent_info of the server of the job that is shown. */
export async function openAgent(api: SignalboxApi, agentId: string): Promise<void> {
  const profileId = useJob.getState().job?.profileId;
  if (profileId === undefined) return;
  useJob.setState({ agent: { agentId, answer: null }, reply: { state: 'none' } });
  const answer = await api.call('dispatch.agent.info', { profileId, agentId });
  if (useJob.getState().agent?.agentId !== agentId) return;
  useJob.setState({ agent: { agentId, answer } });
  pages?.outdate();
}
export function closeAgent(): void {
  useJob.setState({ agent: null });
}

export function closeReply(): void {
  useJob.setState({ reply: { state: 'none' } });
}
