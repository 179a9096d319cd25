/**
 * Keeps the live subscription of the present filter open and hands its items over once per animation frame.
 */
import type { SignalboxApi } from '../../shared/contract/api.ts';
import type { FeedLiveItem } from '../../shared/contract/feed.ts';
import type { Failure } from '../../shared/failure.ts';

const RETRY_MIN_MS = 250;
const RETRY_MAX_MS = 5_000;
/** Items kept for one frame; more means the page was asleep, and the oldest are then counted as skipped. */
const PENDING_ITEMS_MAX = 64;

export interface LiveListener {
  /** In order; `lost` never appears here: it is part of `skipped`. */
  onItems(items: readonly FeedLiveItem[]): void;
  onBreak(failure: Failure | null): void;
  /** The first item after a break is here. */
  onBack(): void;
}

/** Keeps the newest items; what goes is counted into the next one, so that the window knows of the hole. */
export function foldSurplus(items: readonly FeedLiveItem[], itemsMax: number): FeedLiveItem[] {
  const kept = items.slice(-itemsMax);
  const gone = items.slice(0, items.length - kept.length);
  const first = kept[0];
  if (gone.length === 0 || first === undefined) return kept;
  const lost = gone.reduce((sum, item) => sum + item.skipped + item.rows.length, 0);
  return [{ ...first, skipped: first.skipped + lost }, ...kept.slice(1)];
}

export class FeedLive {
  private readonly api: SignalboxApi;
  private readonly listener: LiveListener;
  private readonly nextFrame: (run: () => void) => void;
  private stopStream: () => void = () => undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private pending: FeedLiveItem[] = [];
  private generation = 0;
  private isBroken = false;
  private isScheduled = false;
  private retryMs = RETRY_MIN_MS;

  constructor(api: SignalboxApi, nextFrame: (run: () => void) => void, listener: LiveListener) {
    this.api = api;
    this.nextFrame = nextFrame;
    this.listener = listener;
  }

  /** Ends the subscription there was. */
  open(filter: string): void {
    this.close();
    const generation = this.generation;
    this.stopStream = this.api.subscribe(
      'feed.live',
      { filter },
      {
        onItems: (items, lost) => {
          if (generation === this.generation) this.take(items, lost);
        },
        onEnd: (failure) => {
          if (generation === this.generation) this.onEnd(filter, failure);
        },
      },
    );
  }

  close(): void {
    this.generation += 1;
    clearTimeout(this.timer);
    this.stopStream();
    this.stopStream = () => undefined;
    this.pending = [];
  }

  private take(items: readonly FeedLiveItem[], lost: number): void {
    items.forEach((item, index) => {
      this.pending.push(index === 0 && lost > 0 ? { ...item, skipped: item.skipped + lost } : item);
    });
    this.pending = foldSurplus(this.pending, PENDING_ITEMS_MAX);
    this.retryMs = RETRY_MIN_MS;
    if (this.isBroken) {
      this.isBroken = false;
      this.listener.onBack();
    }
    this.schedule();
  }

  private schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    this.nextFrame(() => {
      this.isScheduled = false;
      const items = this.pending;
      this.pending = [];
      if (items.length > 0) this.listener.onItems(items);
    });
  }

  private onEnd(filter: string, failure: Failure | null): void {
    this.isBroken = true;
    this.listener.onBreak(failure);
    const generation = this.generation;
    this.timer = setTimeout(() => {
      if (generation === this.generation) this.open(filter);
    }, this.retryMs);
    this.retryMs = Math.min(this.retryMs * 2, RETRY_MAX_MS);
  }
}
