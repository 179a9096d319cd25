/**
 * What the console writes into the feed about itself: state changes of links, times without a source, events
 * it turned away.
 */
import type { Clock } from '../../shared/clock.ts';
import { OperatingError } from '../../shared/failure.ts';
import type { Kind, Severity, Source } from '../../shared/model/event.ts';
import type { NewEvent } from '../store/event-store.ts';
import type { DropWatcher, Feed } from './feed.ts';
import type { Link, LinkStateName } from './links.ts';
import type { Log } from './log.ts';

const RETRY_MS = 1_000;

interface Notice {
  readonly kind: Extract<Kind, 'gap' | 'notice'>;
  readonly severity: Severity;
  readonly type: string;
  readonly link: string;
  readonly body: Readonly<Record<string, string | number>>;
}

interface DropCount {
  count: number;
  readonly source: Source;
  readonly link: string;
  readonly fromMs: number;
  toMs: number;
  code: string;
}

const DOWN_STATES: readonly LinkStateName[] = ['down', 'failed'];

export class Notices implements DropWatcher {
  private readonly feed: Feed;
  private readonly clock: Clock;
  private readonly log: Log;
  /** By source and link; held until the store takes rows again. */
  private readonly drops = new Map<string, DropCount>();
  private readonly downSinceMs = new Map<string, number>();
  private retryTimer: NodeJS.Timeout | null = null;
  private writing = false;
  private closed = false;

  constructor(feed: Feed, clock: Clock, log: Log) {
    this.feed = feed;
    this.clock = clock;
    this.log = log;
    feed.watchDrops(this);
  }

  dropped(events: readonly NewEvent[], error: unknown): void {
    const nowMs = this.clock.wallMs();
    for (const event of events) {
      if (event.source === 'console') continue;
      const key = `${event.source}/${event.link}`;
      const code = error instanceof OperatingError ? error.code : 'E_INTERNAL';
      const held = this.drops.get(key);
      if (held === undefined) {
        const { source, link } = event;
        this.drops.set(key, { count: 1, source, link, fromMs: nowMs, toMs: nowMs, code });
      } else {
        held.count += 1;
        held.toMs = nowMs;
        held.code = code;
      }
    }
    this.scheduleRetry();
  }

  /** The store takes rows: a good moment to tell what it did not take. */
  committed(): void {
    if (this.drops.size > 0 && this.retryTimer === null) this.scheduleRetry();
  }

  /** Writes a gap row for the time between the last event of an earlier run and now. */
  consoleWasOff(fromMs: number): void {
    const toMs = this.clock.wallMs();
    this.write({
      kind: 'gap',
      severity: 'info',
      type: 'console_off',
      link: '',
      body: { fromMs, toMs, reason: 'the console was not running' },
    });
  }

  linkChanged(link: Link, before: LinkStateName): void {
    const state = link.state;
    if (state === before) return;
    const { id, source } = link.start;
    if (DOWN_STATES.includes(state)) {
      if (!this.downSinceMs.has(id)) this.downSinceMs.set(id, this.clock.wallMs());
      if (before === 'up' || before === 'degraded') this.linkNotice(link, 'link_down', 'error');
      else if (state === 'failed') this.linkNotice(link, 'link_failed', 'error');
      return;
    }
    if (state === 'off') {
      this.downSinceMs.delete(id);
      return;
    }
    const fromMs = this.downSinceMs.get(id);
    if (state !== 'up' || fromMs === undefined) return;
    this.downSinceMs.delete(id);
    this.linkNotice(link, 'link_up', 'info');
    const body = { source, fromMs, toMs: this.clock.wallMs(), reason: 'the link was not up' };
    this.write({ kind: 'gap', severity: 'warn', type: 'source_down', link: id, body });
  }

  loopStalled(maxMs: number): void {
    this.tell('loop_stalled', `the thread that owns the sockets stood still for ${Math.round(maxMs)} ms`);
  }

  /** A warning that belongs to no link. */
  tell(type: string, reason: string): void {
    this.log.warn(type, { reason });
    this.write({ kind: 'notice', severity: 'warn', type, link: '', body: { reason } });
  }

  close(): void {
    this.closed = true;
    if (this.retryTimer !== null) clearTimeout(this.retryTimer);
    this.retryTimer = null;
  }

  private linkNotice(link: Link, type: string, severity: Severity): void {
    const { id, label } = link.start;
    this.log.info(type, { link: id, reason: link.reason });
    this.write({
      kind: 'notice',
      severity,
      type,
      link: id,
      body: { label, state: link.state, reason: link.reason },
    });
  }

  private scheduleRetry(): void {
    if (this.closed) return;
    this.retryTimer ??= setTimeout(() => {
      this.retryTimer = null;
      void this.writeDrops();
    }, RETRY_MS);
  }

  /** Never rejects: while the store refuses, the counts are kept and the next try is set. */
  private async writeDrops(): Promise<void> {
    if (this.writing || this.drops.size === 0) return;
    this.writing = true;
    const told = [...this.drops.values()];
    this.drops.clear();
    try {
      await this.feed.offer(told.map((drop) => this.dropRow(drop)));
    } catch {
      // Any store failure: put the counts back, they are told when it recovers.
      for (const drop of told) this.putBack(drop);
      this.scheduleRetry();
    } finally {
      this.writing = false;
    }
  }

  private putBack(drop: DropCount): void {
    const key = `${drop.source}/${drop.link}`;
    const newer = this.drops.get(key);
    const merged =
      newer === undefined ? drop : { ...newer, count: newer.count + drop.count, fromMs: drop.fromMs };
    this.drops.set(key, merged);
  }

  private dropRow(drop: DropCount): NewEvent {
    const { source, count, fromMs, toMs, code, link } = drop;
    const body = {
      source,
      dropped: count,
      fromMs,
      toMs,
      code,
      reason: 'the store could not take them; senders got 503',
    };
    return this.row({ kind: 'gap', severity: 'error', type: 'events_dropped', link, body });
  }

  private write(notice: Notice): void {
    if (this.closed) return;
    this.feed.accept([this.row(notice)]).catch((error: unknown) => {
      // The store is full or failed; the store's own state says so on the screen.
      this.log.warn('notice_lost', { type: notice.type, error });
    });
  }

  private row(notice: Notice): NewEvent {
    return {
      receivedAtMs: this.clock.wallMs(),
      source: 'console',
      kind: notice.kind,
      severity: notice.severity,
      type: notice.type,
      host: '',
      link: notice.link,
      peer: '',
      id: '',
      sentAtS: null,
      simulated: false,
      body: new TextEncoder().encode(JSON.stringify(notice.body)),
      head: new Uint8Array(0),
    };
  }
}
