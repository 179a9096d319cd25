/** Events and stores for tests: a folder of its own each, gone afterwards. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../shared/clock.ts';
import type { Expression } from '../../shared/filter/ast.ts';
import { parseFilter } from '../../shared/filter/parse.ts';
import type { EventRow } from '../../shared/model/event.ts';
import type { EventStore, NewEvent, PageQuery } from '../../electron/store/event-store.ts';
import { openEventStore } from '../../electron/store/open-event-store.ts';
import type { EventStoreOptions } from '../../electron/store/open-event-store.ts';

export const ANY_TIME = { fromMs: null, toMs: null };
export const EVERYTHING = { filter: null, range: ANY_TIME };
export const FROM_THE_END = Number.MAX_SAFE_INTEGER;
const START_MS = Date.UTC(2026, 0, 1);

export interface SteppedClock extends Clock {
  nowMs: number;
}

export function steppedClock(): SteppedClock {
  return {
    nowMs: START_MS,
    wallMs() {
      return this.nowMs;
    },
    monotonicMs: () => performance.now(),
  };
}

export function makeEvent(index: number, change: Partial<NewEvent> = {}): NewEvent {
  return {
    receivedAtMs: START_MS + index,
    source: 'mimo',
    kind: 'event',
    severity: 'info',
    type: `type_${index % 7}`,
    host: `node-${index % 3}`,
    link: 'mimo-9988',
    peer: '127.0.0.1:40522',
    id: `id-${index}`,
    sentAtS: null,
    simulated: false,
    body: Buffer.from(`{"index":${index}}`),
    head: Buffer.from('POST /mimo/events HTTP/1.1\r\n'),
    ...change,
  };
}

export function makeEvents(count: number, change: Partial<NewEvent> = {}): NewEvent[] {
  return Array.from({ length: count }, (_, index) => makeEvent(index, change));
}

export function filterOf(text: string): Expression | null {
  const parsed = parseFilter(text);
  if (!parsed.ok) throw new Error(`the test's filter does not parse: ${text}`);
  return parsed.expression;
}

export class StoreKit {
  readonly folder = mkdtempSync(join(tmpdir(), 'signalbox-store-'));
  readonly clock = steppedClock();
  readonly #open: EventStore[] = [];

  async open(change: Partial<EventStoreOptions> = {}): Promise<EventStore> {
    const store = await openEventStore({
      folder: this.folder,
      clock: this.clock,
      retentionDays: 30,
      retentionBytes: 1024 * 1024 * 1024,
      ...change,
    });
    this.#open.push(store);
    return store;
  }

  async end(): Promise<void> {
    for (const store of this.#open) await store.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Every matching row, page by page in one direction; ascending. */
export async function allRows(store: EventStore, query: Partial<PageQuery> = {}): Promise<EventRow[]> {
  const direction = query.direction ?? 'after';
  const pages: EventRow[][] = [];
  let anchorSeq = query.anchorSeq ?? (direction === 'after' ? 0 : FROM_THE_END);
  for (;;) {
    const page = await store.page({ ...EVERYTHING, rowsMax: 1_000, ...query, direction, anchorSeq });
    pages.push(page.rows);
    if (page.done) break;
    anchorSeq = page.nextAnchorSeq;
  }
  return (direction === 'after' ? pages : pages.reverse()).flat();
}

/** Waits for something the store does by itself. Fails after a generous while. */
export async function until(what: string, isSo: () => boolean, timeoutMs = 60_000): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  while (!isSo()) {
    if (performance.now() > deadlineMs) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
