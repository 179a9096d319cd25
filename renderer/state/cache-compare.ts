/** Two generations beside each other: the shown one against another, anew with each refresh. */
import { create } from 'zustand';
import type { SignalboxApi } from '../../shared/contract/api.ts';
import type { SnapshotDiff, SnapshotDiffRow } from '../../shared/contract/snapshots.ts';
import type { Failure } from '../../shared/failure.ts';
import { LIMITS } from '../../shared/limits.ts';
import { useCacheFilter } from './cache-filter.ts';
import { serviceOf, useCache, useCacheView } from './cache-slice.ts';
import { useTime } from './time-slice.ts';

/** More lines than this are not fetched; the head still counts them all. */
export const COMPARE_ROWS_MAX = 20_000;

export interface CompareSlice {
  /** `previous`: the one before the shown one, whichever that is. */
  readonly base: 'previous' | number;
  readonly changesOnly: boolean;
  /** The last answer, with all its rows; stays until the next is whole. */
  readonly result: SnapshotDiff | null;
  /** Service and numbers the result belongs to. */
  readonly resultOf: string;
  readonly failure: Failure | null;
}

export const useCompare = create<CompareSlice>(() => ({
  base: 'previous',
  changesOnly: true,
  result: null,
  resultOf: '',
  failure: null,
}));

export function setCompareBase(base: CompareSlice['base']): void {
  useCompare.setState({ base });
}

export function setChangesOnly(changesOnly: boolean): void {
  useCompare.setState({ changesOnly });
}

/** Number of the generation compared with, or null when there is none. */
export function baseNumber(
  base: CompareSlice['base'],
  shownNumber: number,
  kept: readonly number[],
): number | null {
  if (base !== 'previous') return kept.includes(base) ? base : null;
  return kept.findLast((number) => number < shownNumber) ?? null;
}

interface Question {
  readonly serviceId: string;
  readonly from: number;
  readonly to: number;
  readonly filter: string;
  readonly changesOnly: boolean;
}

/** Keeps the comparison up to date while it is shown. Returns the function that ends it. */
export function watchCompare(api: SignalboxApi): () => void {
  let isStopped = false;
  let isBusy = false;
  const work = async (): Promise<void> => {
    if (isBusy) return;
    isBusy = true;
    let answered = '';
    for (;;) {
      const question = currentQuestion();
      const resultOf = JSON.stringify(question);
      if (isStopped || question === null || resultOf === answered) break;
      if (resultOf === useCompare.getState().resultOf && useCompare.getState().failure === null) break;
      const answer = await ask(api, question);
      answered = resultOf;
      if (isStopped) break;
      useCompare.setState('failure' in answer ? answer : { result: answer, resultOf, failure: null });
    }
    isBusy = false;
  };
  const again = (): void => void work();
  const stops = [
    useCache.subscribe(again),
    useTime.subscribe(again),
    useCacheFilter.subscribe(again),
    useCompare.subscribe(again),
  ];
  again();
  return () => {
    isStopped = true;
    for (const stop of stops) stop();
  };
}

function currentQuestion(): Question | null {
  const slice = useCache.getState();
  const { base, changesOnly } = useCompare.getState();
  const service = serviceOf(slice);
  if (service === null || slice.head === null || slice.headServiceId !== service.id) return null;
  if (useCacheView.getState().mode !== 'compare') return null;
  const kept = service.generations.map(({ number }) => number);
  const from = baseNumber(base, slice.head.number, kept);
  if (from === null || !kept.includes(slice.head.number)) return null;
  const filter = useCacheFilter.getState().active;
  return { serviceId: service.id, from, to: slice.head.number, filter, changesOnly };
}

async function ask(
  api: SignalboxApi,
  question: Question,
): Promise<SnapshotDiff | { readonly failure: Failure }> {
  const rows: SnapshotDiffRow[] = [];
  for (;;) {
    const result = await api.call('snapshots.diff', {
      ...question,
      offset: rows.length,
      rowsMax: LIMITS.pageRowsMax,
    });
    if (!result.ok) return { failure: result.failure };
    rows.push(...result.value.rows);
    const isWhole = result.value.rows.length === 0 || rows.length >= result.value.matched;
    if (isWhole || rows.length >= COMPARE_ROWS_MAX) return { ...result.value, rows };
  }
}
