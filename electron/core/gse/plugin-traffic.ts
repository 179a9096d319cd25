/** What went over the sockets of one plugin connection: the newest lines here, everything with its bytes in the feed. */
import type { TrafficRow } from '../../../shared/contract/plugin.ts';
import { OperatingError } from '../../../shared/failure.ts';
import { LIMITS } from '../../../shared/limits.ts';
import type { Kind, Severity } from '../../../shared/model/event.ts';
import { Ring } from '../../../shared/ring.ts';
import { previewOf } from '../../store/preview.ts';
import type { NewEvent } from '../../store/event-store.ts';
import type { Feed } from '../feed.ts';

export interface Passed {
  readonly state: TrafficRow['state'];
  readonly socket: TrafficRow['socket'];
  readonly atMs: number;
  readonly messageId: string;
  /** Header and info; what is known of a frame that was refused. */
  readonly head: Uint8Array;
  readonly content: Uint8Array;
  readonly detail: string;
  readonly auto: boolean;
  /** Of the feed: what it is called there. */
  readonly type: string;
  readonly agentId: string;
}

export interface PluginTrafficOptions {
  readonly feed: Feed;
  readonly simulated: boolean;
  readonly linkId: string;
  readonly peer: string;
  readonly changed: () => void;
}

const FEED: Readonly<Record<TrafficRow['state'], readonly [Kind, Severity]>> = {
  received: ['event', 'info'],
  skipped: ['refused', 'warn'],
  sent: ['notice', 'info'],
  not_sent: ['notice', 'warn'],
  unknown: ['notice', 'error'],
};

export class PluginTraffic {
  readonly #options: PluginTrafficOptions;
  readonly #rows = new Ring<TrafficRow>(LIMITS.gsePluginTrafficRowsMax);
  #count = 0;
  #unstored = 0;
  #unstoredBytes = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(options: PluginTrafficOptions) {
    this.#options = options;
  }

  get bounds(): { oldest: number; newest: number } {
    return { oldest: this.#count === 0 ? 0 : this.#count - this.#rows.length + 1, newest: this.#count };
  }

  /** The newest `rowsMax` of those after `after`, in order. */
  rows(after: number, rowsMax: number): TrafficRow[] {
    const wanted = Math.min(this.#rows.length, Math.max(0, this.#count - after), rowsMax);
    const found: TrafficRow[] = [];
    for (let index = this.#rows.length - wanted; index < this.#rows.length; index += 1) {
      const row = this.#rows.at(index);
      if (row !== undefined) found.push(row);
    }
    return found;
  }

  /**
   * `stored` says whether it is in the store. `room` resolves at once while the store keeps up, else when there is room again:
   * whoever reads the socket waits for it.
   */
  add(passed: Passed): { readonly stored: Promise<boolean>; readonly room: Promise<void> } {
    this.#unstored += 1;
    this.#unstoredBytes += passed.head.length + passed.content.length;
    const stored = this.#store(passed);
    const room = this.#isAbove(1)
      ? new Promise<void>((resolve) => this.#waiting.push(resolve))
      : Promise.resolve();
    return { stored, room };
  }

  #isAbove(share: number): boolean {
    const { gsePluginUnstoredFramesMax: framesMax, gsePluginUnstoredBytesMax: bytesMax } = LIMITS;
    return this.#unstored >= framesMax * share || this.#unstoredBytes >= bytesMax * share;
  }

  async #store(passed: Passed): Promise<boolean> {
    let seq: number | null = null;
    let lost = '';
    try {
      const [row] = await this.#options.feed.accept([this.#event(passed)]);
      seq = row?.seq ?? null;
    } catch (error) {
      // The store is full, broken or busy: the feed has counted it as dropped.
      if (!(error instanceof OperatingError)) throw error;
      lost = `not stored: ${error.message}`;
    }
    this.#unstored -= 1;
    this.#unstoredBytes -= passed.head.length + passed.content.length;
    this.#keep(passed, seq, lost);
    if (!this.#isAbove(0.5)) for (const resolve of this.#waiting.splice(0)) resolve();
    return seq !== null;
  }

  #keep(passed: Passed, seq: number | null, lost: string): void {
    const { state, socket, atMs, messageId, head, content, detail, auto } = passed;
    const idMax = LIMITS.gsePluginMessageIdCharactersMax;
    this.#count += 1;
    this.#rows.push({
      n: this.#count,
      atMs,
      state,
      socket,
      messageId: messageId.slice(0, idMax),
      isIdCut: messageId.length > idMax,
      bytes: state === 'skipped' ? head.length + content.length : content.length,
      preview: previewOf(content),
      detail: [detail, lost].filter((text) => text !== '').join('; '),
      auto,
      seq,
    });
    this.#options.changed();
  }

  #event({ state, atMs, messageId, head, content, type, agentId }: Passed): NewEvent {
    const { linkId, peer, simulated } = this.#options;
    const [kind, severity] = FEED[state];
    return {
      source: 'gse',
      kind,
      severity,
      type,
      host: agentId,
      link: linkId,
      peer,
      id: messageId,
      sentAtS: null,
      simulated,
      receivedAtMs: atMs,
      head,
      body: content,
    };
  }
}
