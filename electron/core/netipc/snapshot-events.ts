/** What the feed hears of snapshot services: `src:netipc`. */
import type { ServiceState } from '../../../shared/contract/snapshots.ts';
import type { Clock } from '../../../shared/clock.ts';
import type { Severity } from '../../../shared/model/event.ts';
import type { NewEvent } from '../../store/event-store.ts';
import type { Feed } from '../feed.ts';
import type { Log } from '../log.ts';
import type { TrackedGeneration } from './generation-tracks.ts';
import type { SnapshotWatcher } from './snapshot-watcher.ts';

const NAMES_MAX = 10;
const LOST_STATES: readonly ServiceState[] = ['lost', 'auth_failed', 'incompatible', 'failed'];

export class SnapshotEvents {
  private readonly feed: Feed;
  private readonly clock: Clock;
  private readonly log: Log;

  constructor(feed: Feed, clock: Clock, log: Log) {
    this.feed = feed;
    this.clock = clock;
    this.log = log;
  }

  /** Refreshes that moved only the provider's number are no news. */
  generation(watcher: SnapshotWatcher, now: TrackedGeneration, before: TrackedGeneration): void {
    const { added, removed, changed, items, generation, number } = now.head;
    if (added + removed + changed === 0) return;
    const { service } = watcher.options;
    const names = { addedNames: newNames(now, before), removedNames: newNames(before, now) };
    const body = { service, number, generation, items, added, removed, changed, ...names };
    this.write(watcher, 'event', 'info', 'generation_changed', body);
  }

  state(watcher: SnapshotWatcher, state: ServiceState, before: ServiceState): void {
    const { reason, fix } = watcher.snapshot();
    const body = { service: watcher.options.service, state, before, reason, fix };
    if (before === 'ready' && LOST_STATES.includes(state)) {
      this.write(watcher, 'notice', 'warn', 'provider_lost', body);
    } else if (state === 'ready' && LOST_STATES.includes(before)) {
      this.write(watcher, 'notice', 'info', 'provider_back', body);
    }
  }

  private write(
    watcher: SnapshotWatcher,
    kind: 'event' | 'notice',
    severity: Severity,
    type: string,
    body: object,
  ): void {
    const { id, simulated, runFolder, service } = watcher.options;
    const event: NewEvent = {
      receivedAtMs: this.clock.wallMs(),
      source: 'netipc',
      kind,
      severity,
      type,
      host: '',
      link: id,
      peer: `${runFolder}/${service}.sock`,
      id: '',
      sentAtS: null,
      simulated,
      body: new TextEncoder().encode(JSON.stringify(body)),
      head: new Uint8Array(0),
    };
    this.feed.accept([event]).catch((error: unknown) => {
      // The store is full or failed; its own state says so on the screen.
      this.log.warn('snapshot_event_lost', { type, error });
    });
  }
}

/** The first names of `now` that `before` does not have. */
function newNames(now: TrackedGeneration, before: TrackedGeneration): string[] {
  const names: string[] = [];
  for (const item of now.generation.items) {
    if (names.length === NAMES_MAX) break;
    if (before.generation.index.position(item.hash, item.name) < 0)
      names.push(Buffer.from(item.name).toString('utf8'));
  }
  return names;
}
