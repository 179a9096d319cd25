/**
 * The lab of the console: emitters that speak the real protocol to a listener of their own. That listener and
 * nothing in the bytes says that an event is simulated, so what is stored is exactly what a real program
 * would have sent.
 */
import { join } from 'node:path';
import type { Clock } from '../../shared/clock.ts';
import type { LabState } from '../../shared/contract/app.ts';
import type { CallInput } from '../../shared/contract/contract.ts';
import { MimoLab } from '../lab/mimo-lab.ts';
import type { Feed } from './feed.ts';
import type { LinkRegistry } from './links.ts';
import type { Log } from './log.ts';
import { MimoLink } from './mimo-link.ts';

type LabWish = CallInput<'lab.set'>;
const LINK_ID = 'mimo-lab';
const LAB_DEFAULT: LabWish = { running: false, ratePerSecond: 5, bursts: true };

export interface LabOptions {
  readonly dataFolder: string;
  readonly feed: Feed;
  readonly links: LinkRegistry;
  readonly clock: Clock;
  readonly log: Log;
  /** Where the C emitter is; for tests. */
  readonly emitterPath?: string;
}

export class Lab {
  private readonly link: MimoLink;
  private readonly mimo: MimoLab;
  private readonly listeners = new Set<() => void>();
  private wish = LAB_DEFAULT;
  private closed = false;

  constructor(options: LabOptions) {
    const { feed, links, clock, log, dataFolder, emitterPath } = options;
    const label = 'MIMO lab (simulated)';
    this.link = new MimoLink({
      id: LINK_ID,
      label,
      port: 0,
      simulated: true,
      feed,
      links,
      clock,
      usePort: null,
    });
    links.onChange(({ start, state }) => {
      // Its listener came back by itself: perhaps on another port.
      if (start.id === LINK_ID && state === 'up') void this.emit();
    });
    this.mimo = new MimoLab({
      folder: join(dataFolder, 'lab'),
      clock,
      ...(emitterPath === undefined ? {} : { emitterPath }),
      onChange: () => this.changed(),
      onTrouble: (reason) => log.warn('lab_emitter_ended', { reason }),
    });
  }

  state(): LabState {
    const { running, ratePerSecond, bursts } = this.wish;
    const { emitter, reason, sent, failed } = this.mimo.status();
    return { running, emitter, emitterReason: reason, ratePerSecond, bursts, sent, failed };
  }

  start(): Promise<LabState> {
    return this.set({ ...this.wish, running: true });
  }

  async set(wish: LabWish): Promise<LabState> {
    if (this.closed) return this.state();
    this.wish = wish;
    if (wish.running) {
      await this.link.open();
      await this.emit();
    } else {
      await this.mimo.want(null);
      await this.link.close('the lab is off');
    }
    this.changed();
    return this.state();
  }

  onChange(listener: () => void): void {
    this.listeners.add(listener);
  }

  /** Idempotent. */
  async close(): Promise<void> {
    await this.set({ ...this.wish, running: false });
    this.closed = true;
    this.listeners.clear();
  }

  private async emit(): Promise<void> {
    const { running, ratePerSecond, bursts } = this.wish;
    const { endpoint } = this.link;
    if (running && endpoint !== null) await this.mimo.want({ endpoint, ratePerSecond, bursts });
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }
}
