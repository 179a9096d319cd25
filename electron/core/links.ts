/**
 * Every link of the console with its state, why it is so and what the operator can do. Newest state changes
 * are kept.
 */
import type { Clock } from '../../shared/clock.ts';
import type { LinkState } from '../../shared/contract/app.ts';
import type { Source } from '../../shared/model/event.ts';
import { OperatingError } from '../../shared/failure.ts';
import { LIMITS } from '../../shared/limits.ts';
import { RateWindow } from './rate-window.ts';

export type LinkStateName = LinkState['state'];
export type LinkAction = LinkState['actions'][number];

const SPARKLINE_SECONDS = 60;

export interface LinkStart {
  readonly id: string;
  readonly source: Source;
  readonly label: string;
  readonly address: string;
  readonly simulated: boolean;
  /** Carries out an action of the operator. Fails with OperatingError. */
  act(action: LinkAction, port: number | null): Promise<void>;
}

export interface LinkChange {
  readonly state: LinkStateName;
  readonly reason: string;
  readonly fix?: string;
  readonly actions: readonly LinkAction[];
  readonly portOffer?: number | null;
  readonly address?: string;
}

export class Link {
  readonly start: LinkStart;
  private readonly clock: Clock;
  private readonly onChange: (link: Link, before: LinkStateName) => void;
  private readonly rate: RateWindow;
  private readonly sparkline: number[] = Array.from({ length: SPARKLINE_SECONDS }, () => 0);
  private readonly history: { atMs: number; state: LinkStateName; reason: string }[] = [];
  private change: LinkChange = { state: 'off', reason: '', actions: [] };
  private sinceMs: number;
  private messages = 0;
  private messagesAtSecond = 0;
  private lastMessageAtMs: number | null = null;

  constructor(start: LinkStart, clock: Clock, onChange: (link: Link, before: LinkStateName) => void) {
    this.start = start;
    this.clock = clock;
    this.onChange = onChange;
    this.rate = new RateWindow(clock.monotonicMs());
    this.sinceMs = clock.wallMs();
  }

  get state(): LinkStateName {
    return this.change.state;
  }

  get reason(): string {
    return this.change.reason;
  }

  get stateSinceMs(): number {
    return this.sinceMs;
  }

  set(change: LinkChange): void {
    const before = this.change;
    this.change = change;
    if (before.state !== change.state) this.sinceMs = this.clock.wallMs();
    if (before.state !== change.state || before.reason !== change.reason) {
      this.history.unshift({ atMs: this.clock.wallMs(), state: change.state, reason: change.reason });
      this.history.length = Math.min(this.history.length, LIMITS.linkHistoryEntriesMax);
    }
    this.onChange(this, before.state);
  }

  count(messages: number): void {
    this.messages += messages;
    this.lastMessageAtMs = this.clock.wallMs();
    this.rate.add(messages, this.clock.monotonicMs());
  }

  /** Called once a second. */
  second(): void {
    this.sparkline.shift();
    this.sparkline.push(this.messages - this.messagesAtSecond);
    this.messagesAtSecond = this.messages;
  }

  snapshot(): LinkState {
    const { id, source, label, address, simulated } = this.start;
    return {
      id,
      source,
      label,
      address: this.change.address ?? address,
      state: this.change.state,
      reason: this.change.reason,
      fix: this.change.fix ?? '',
      actions: [...this.change.actions],
      portOffer: this.change.portOffer ?? null,
      sinceMs: this.sinceMs,
      ratePerSecond: this.rate.lastFull(this.clock.monotonicMs()),
      sparkline: [...this.sparkline],
      messages: this.messages,
      lastMessageAtMs: this.lastMessageAtMs,
      simulated,
      history: this.history.map((entry) => ({ ...entry })),
    };
  }
}

export type LinkListener = (link: Link, before: LinkStateName) => void;

export class LinkRegistry {
  private readonly clock: Clock;
  private readonly links = new Map<string, Link>();
  private readonly listeners = new Set<LinkListener>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  add(start: LinkStart): Link {
    const link = new Link(start, this.clock, (changed, before) => {
      for (const listener of this.listeners) listener(changed, before);
    });
    this.links.set(start.id, link);
    return link;
  }

  remove(id: string): void {
    const link = this.links.get(id);
    if (link === undefined) return;
    this.links.delete(id);
    for (const listener of this.listeners) listener(link, link.state);
  }

  onChange(listener: LinkListener): () => void {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  second(): void {
    for (const link of this.links.values()) link.second();
  }

  /** Real ones first. */
  list(): LinkState[] {
    const links = [...this.links.values()].map((link) => link.snapshot());
    return [...links.filter((link) => !link.simulated), ...links.filter((link) => link.simulated)];
  }

  async act(id: string, action: LinkAction, port: number | null): Promise<void> {
    const link = this.links.get(id);
    if (link === undefined) throw new OperatingError('E_NOT_FOUND', `there is no link ${id}`);
    if (!link.snapshot().actions.includes(action)) {
      throw new OperatingError('E_UNSUPPORTED', `${id} is ${link.state}; ${action} does nothing for it now`);
    }
    await link.start.act(action, port);
  }
}
