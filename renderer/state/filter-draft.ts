/**
 * A filter box's memory: what is being typed, what is in force, and what was used before. An invalid text
 * never takes force.
 */
import { create } from 'zustand';
import type { StoreApi, UseBoundStore } from 'zustand';
import type { FilterError } from '../../shared/filter/filter-error.ts';
import { parseFilter } from '../../shared/filter/parse.ts';

const HISTORY_MAX = 30;
/** Typing is not a query a key: the text takes force after this rest, or at once with Enter. */
const REST_MS = 400;

export interface FilterSlice {
  readonly draft: string;
  /** The last valid text. */
  readonly active: string;
  /** Of the draft; empty when it is valid. */
  readonly errors: readonly FilterError[];
  /** Newest first. */
  readonly history: readonly string[];
}

export interface FilterDraft {
  readonly use: UseBoundStore<StoreApi<FilterSlice>>;
  readonly type: (draft: string) => void;
  /** Enter: takes force now and is remembered. False when the draft is invalid. */
  readonly apply: () => boolean;
  readonly set: (text: string) => void;
}

export function createFilterDraft(): FilterDraft {
  const use = create<FilterSlice>(() => ({ draft: '', active: '', errors: [], history: [] }));
  let restTimer: ReturnType<typeof setTimeout> | undefined;
  const type = (draft: string): void => {
    const parsed = parseFilter(draft);
    clearTimeout(restTimer);
    use.setState({ draft, errors: parsed.ok ? [] : parsed.errors });
    if (parsed.ok) restTimer = setTimeout(() => use.setState({ active: draft.trim() }), REST_MS);
  };
  const apply = (): boolean => {
    const { draft, errors, history } = use.getState();
    clearTimeout(restTimer);
    if (errors.length > 0) return false;
    const active = draft.trim();
    use.setState({ active, history: remember(history, active) });
    return true;
  };
  const set = (text: string): void => {
    type(text);
    apply();
  };
  return { use, type, apply, set };
}

function remember(history: readonly string[], text: string): readonly string[] {
  if (text === '') return history;
  return [text, ...history.filter((other) => other !== text)].slice(0, HISTORY_MAX);
}
