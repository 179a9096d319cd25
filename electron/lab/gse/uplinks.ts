/** Uplinks on their way to callback URLs: docs/protocols/gse.md section 10, "Uplink". */
import { encodeUplink } from '../../protocols/gse/dispatch-messages.ts';
import { UplinkPoster, type UplinkPosted } from '../../protocols/gse/uplink-poster.ts';
import type { Uplink } from './agent-directory.ts';

export interface UplinkFaults {
  /** Every callback is posted this many times; 1 = as it should be. */
  readonly copies: number;
  /** Neighbouring callbacks of a plugin change places; one that stays alone goes after HELD_MS. */
  readonly outOfOrder: boolean;
  /** How often a callback that was not answered 200 is repeated. */
  readonly repeats: number;
}

export const UPLINK_FAULTS_NONE: UplinkFaults = { copies: 1, outOfOrder: false, repeats: 0 };

export interface UplinkCounters {
  /** Answered 200. */
  readonly taken: number;
  /** Answered something else, or not at all; after the repeats. */
  readonly lost: number;
  /** No slot with a callback URL belongs to the plugin. */
  readonly homeless: number;
  /** Beyond the bound of the queue. */
  readonly dropped: number;
  readonly waiting: number;
}

const TIMEOUT_MS = 5_000;
const AT_ONCE_MAX = 16;
const WAITING_MAX = 200_000;
const HELD_MS = 500;

interface Waiting {
  readonly url: string;
  readonly uplink: Uplink;
}

/** What became of one try to post a callback. */
export interface UplinkTried {
  readonly url: string;
  readonly uplink: Uplink;
  readonly posted: UplinkPosted;
}

/** The callbacks of a plugin of an agent leave one after the other, those of different ones side by side. */
export class Uplinks {
  readonly #poster = new UplinkPoster(TIMEOUT_MS);
  readonly #urlOf: (pluginName: string) => string | null;
  readonly #onTried: ((tried: UplinkTried) => void) | null;
  #faults = UPLINK_FAULTS_NONE;
  /** What waits, by source; a source with an entry is being served or stands in `#sources`. */
  readonly #lines = new Map<string, Waiting[]>();
  #sources: string[] = [];
  #next = 0;
  #waiting = 0;
  #running = 0;
  #isClosed = false;
  readonly #held = new Map<string, { readonly waiting: Waiting; readonly timer: NodeJS.Timeout }>();
  readonly #counts = { taken: 0, lost: 0, homeless: 0, dropped: 0 };

  /** `urlOf` gives the callback URL of the slot of a plugin, or null; `onTried` hears of every try. */
  constructor(
    urlOf: (pluginName: string) => string | null,
    onTried: ((tried: UplinkTried) => void) | null = null,
  ) {
    this.#urlOf = urlOf;
    this.#onTried = onTried;
  }

  setFaults(faults: UplinkFaults): void {
    this.#faults = faults;
  }

  counters(): UplinkCounters {
    return { ...this.#counts, waiting: this.#waiting + this.#held.size + this.#running };
  }

  send(uplinks: readonly Uplink[]): void {
    for (const uplink of uplinks) {
      const url = this.#urlOf(uplink.pluginName);
      if (url === null) this.#counts.homeless += 1;
      else if (this.#faults.outOfOrder) this.#swap({ url, uplink });
      else this.#enqueue({ url, uplink });
    }
    this.#start();
  }

  /** Resolves when nothing is under way any more; what waits is forgotten. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { timer } of this.#held.values()) clearTimeout(timer);
    this.#held.clear();
    this.#lines.clear();
    this.#sources = [];
    this.#next = 0;
    this.#waiting = 0;
    await this.#poster.close();
  }

  /** Holds back the first of two. */
  #swap(waiting: Waiting): void {
    const source = sourceOf(waiting);
    const earlier = this.#held.get(source);
    if (earlier === undefined) {
      const late = (): void => {
        this.#held.delete(source);
        this.#enqueue(waiting);
        this.#start();
      };
      this.#held.set(source, { waiting, timer: setTimeout(late, HELD_MS) });
      return;
    }
    clearTimeout(earlier.timer);
    this.#held.delete(source);
    this.#enqueue(waiting);
    this.#enqueue(earlier.waiting);
  }

  #enqueue(waiting: Waiting): void {
    const source = sourceOf(waiting);
    for (let copy = 0; copy < this.#faults.copies; copy += 1) {
      if (this.#isClosed || this.#waiting >= WAITING_MAX) {
        this.#counts.dropped += 1;
        continue;
      }
      this.#waiting += 1;
      const line = this.#lines.get(source);
      if (line !== undefined) line.push(waiting);
      else {
        this.#lines.set(source, [waiting]);
        this.#sources.push(source);
      }
    }
  }

  #start(): void {
    while (this.#running < AT_ONCE_MAX && this.#next < this.#sources.length) {
      this.#running += 1;
      void this.#work();
    }
  }

  async #work(): Promise<void> {
    for (let source = this.#take(); source !== undefined; source = this.#take()) await this.#serve(source);
    this.#running -= 1;
  }

  #take(): string | undefined {
    const source = this.#sources[this.#next];
    if (source === undefined) {
      this.#sources = [];
      this.#next = 0;
      return undefined;
    }
    this.#next += 1;
    return source;
  }

  /** All that waits of one source as it is now; what comes meanwhile stands behind the other sources. */
  async #serve(source: string): Promise<void> {
    const batch = this.#lines.get(source)?.splice(0) ?? [];
    for (const waiting of batch) {
      if (this.#isClosed) return;
      this.#waiting -= 1;
      await this.#post(waiting);
    }
    const line = this.#lines.get(source);
    if (line?.length === 0) this.#lines.delete(source);
    else if (line !== undefined) this.#sources.push(source);
  }

  async #post({ url, uplink }: Waiting): Promise<void> {
    const body = encodeUplink(uplink.messageId, uplink.agentId, uplink.content);
    for (let attempt = 0; !this.#isClosed && attempt <= this.#faults.repeats; attempt += 1) {
      const posted = await this.#poster.post(url, body);
      if (!this.#isClosed) this.#onTried?.({ url, uplink, posted });
      if ('status' in posted && posted.status === 200) {
        this.#counts.taken += 1;
        return;
      }
    }
    this.#counts.lost += 1;
  }
}

function sourceOf({ uplink: { agentId, pluginName } }: Waiting): string {
  return `${agentId}\n${pluginName}`;
}
