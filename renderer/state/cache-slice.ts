/** The Cache view as data: services as last told, which generation is drawn, what is selected. */
import { create } from 'zustand';
import type { GenerationHead, SnapshotService } from '../../shared/contract/snapshots.ts';
import type { Failure } from '../../shared/failure.ts';
import { CacheBook } from './cache-book.ts';
import type { RowOrder, RowSort } from './cache-order.ts';
import type { Pin } from './cache-time.ts';

export const CACHE_MODES = ['table', 'tree', 'compare'] as const;
export type CacheMode = (typeof CACHE_MODES)[number];
export const CACHE_TABS = ['summary', 'wire', 'history'] as const;
export type CacheTab = (typeof CACHE_TABS)[number];

export interface CacheSlice {
  /** Null until told. */
  readonly services: readonly SnapshotService[] | null;
  /** Since when nothing is heard of them, or null. */
  readonly staleSinceMs: number | null;
  readonly serviceId: string | null;
  /** Service whose action is under way. */
  readonly busyServiceId: string | null;
  /** Of the rows drawn; null while there are none. */
  readonly head: GenerationHead | null;
  /** Service the drawn rows belong to. */
  readonly headServiceId: string | null;
  /** What was in force at the moment asked for may not be kept any more. */
  readonly isForgotten: boolean;
  readonly pin: Pin | null;
  /** Counts every change of the rows. */
  readonly version: number;
  readonly status: 'loading' | 'ready' | 'failed';
  readonly failure: Failure | null;
  readonly selectedKey: string | null;
}

export const useCache = create<CacheSlice>(() => ({
  services: null,
  staleSinceMs: null,
  serviceId: null,
  busyServiceId: null,
  head: null,
  headServiceId: null,
  isForgotten: false,
  pin: null,
  version: 0,
  status: 'loading',
  failure: null,
  selectedKey: null,
}));

export interface CacheViewSlice extends RowOrder {
  readonly mode: CacheMode;
  /** Paths opened or closed against the rule of the tree. */
  readonly toggledPaths: ReadonlySet<string>;
  readonly isInspectorOpen: boolean;
  readonly tab: CacheTab;
  readonly inspectorWidthPx: number;
}

export const CACHE_INSPECTOR_PX_MIN = 320;
export const CACHE_INSPECTOR_PX_MAX = 1_000;

export const useCacheView = create<CacheViewSlice>(() => ({
  mode: 'table',
  sort: 'path',
  descending: false,
  toggledPaths: new Set(),
  isInspectorOpen: false,
  tab: 'summary',
  inspectorWidthPx: 540,
}));

/** The rows themselves; `version` tells of their changes. */
let book = new CacheBook();
export function cacheBook(): CacheBook {
  return book;
}
export function freshBook(): CacheBook {
  book = new CacheBook();
  return book;
}

export function serviceOf(slice: CacheSlice): SnapshotService | null {
  return slice.services?.find(({ id }) => id === slice.serviceId) ?? null;
}

export function selectRow(selectedKey: string | null): void {
  if (useCache.getState().selectedKey !== selectedKey) useCache.setState({ selectedKey });
}

export function setMode(mode: CacheMode): void {
  useCacheView.setState({ mode });
}

/** The same column once more turns the order round. */
export function sortBy(sort: RowSort): void {
  const before = useCacheView.getState();
  useCacheView.setState({ sort, descending: before.sort === sort && !before.descending });
}

export function togglePath(path: string): void {
  const toggledPaths = new Set(useCacheView.getState().toggledPaths);
  if (!toggledPaths.delete(path)) toggledPaths.add(path);
  useCacheView.setState({ toggledPaths });
}

export function setInspector(isInspectorOpen: boolean): void {
  useCacheView.setState({ isInspectorOpen });
}

export function setTab(tab: CacheTab): void {
  useCacheView.setState({ tab });
}

export function setInspectorPx(widthPx: number): void {
  const inspectorWidthPx = Math.min(
    CACHE_INSPECTOR_PX_MAX,
    Math.max(CACHE_INSPECTOR_PX_MIN, Math.round(widthPx)),
  );
  useCacheView.setState({ inspectorWidthPx });
}
