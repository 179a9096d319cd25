/**
 * One MIMO listener as a link: opens, tells why it cannot, tries again by itself, and turns what it receives
 * into events.
 */
import type { Clock } from '../../shared/clock.ts';
import { OperatingError } from '../../shared/failure.ts';
import { backoffMs } from '../net/backoff.ts';
import { freePortNear } from '../net/port-holder.ts';
import { openMimoListener } from '../protocols/mimo/listener.ts';
import type { MimoListener, MimoReceived, MimoRefused } from '../protocols/mimo/listener.ts';
import { MIMO_PATH } from '../protocols/mimo/messages.ts';
import type { Feed } from './feed.ts';
import type { Link, LinkAction, LinkRegistry } from './links.ts';

const HOST = '127.0.0.1';

export interface MimoLinkOptions {
  readonly id: string;
  readonly label: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly simulated: boolean;
  readonly feed: Feed;
  readonly links: LinkRegistry;
  readonly clock: Clock;
  /** The operator wants another port for this link; null where the port is not the operator's to choose. */
  readonly usePort: ((port: number) => Promise<void>) | null;
}

export class MimoLink {
  private readonly options: MimoLinkOptions;
  private readonly link: Link;
  private listener: MimoListener | null = null;
  private opening: Promise<void> | null = null;
  private retryTimer: NodeJS.Timeout | null = null;
  private failures = 0;
  private wanted = false;

  constructor(options: MimoLinkOptions) {
    this.options = options;
    this.link = options.links.add({
      id: options.id,
      source: 'mimo',
      label: options.label,
      address: addressOf(options.port),
      simulated: options.simulated,
      act: (action, port) => this.act(action, port),
    });
  }

  /** Where a sender finds it, while it listens. */
  get endpoint(): string | null {
    return this.listener === null ? null : `http://${HOST}:${this.listener.port}${MIMO_PATH}`;
  }

  /** Tries now, and again by itself until it listens or is closed. Resolves after the first try. */
  open(): Promise<void> {
    this.wanted = true;
    if (this.listener !== null) return Promise.resolve();
    if (this.retryTimer !== null) clearTimeout(this.retryTimer);
    this.retryTimer = null;
    this.opening ??= this.tryOpen().finally(() => {
      this.opening = null;
    });
    return this.opening;
  }

  /** Idempotent. */
  async close(reason: string): Promise<void> {
    this.wanted = false;
    if (this.retryTimer !== null) clearTimeout(this.retryTimer);
    this.retryTimer = null;
    await this.opening;
    const listener = this.listener;
    this.listener = null;
    if (this.link.state !== 'off') this.link.set({ state: 'off', reason, actions: this.actions('open') });
    await listener?.close();
  }

  private async tryOpen(): Promise<void> {
    const { port, clock } = this.options;
    if (this.failures === 0) this.link.set({ state: 'opening', reason: '', actions: [] });
    try {
      const listener = await openMimoListener({
        host: HOST,
        port,
        clock,
        accept: (received) => this.accept(received),
        refuse: (refused) => this.refuse(refused),
      });
      this.listener = listener;
      this.failures = 0;
      const address = addressOf(listener.port);
      this.link.set({ state: 'up', reason: '', address, actions: this.actions('close') });
    } catch (error) {
      // E_ADDRESS_IN_USE, E_ADDRESS, E_PERMISSION: the operator can act, and we try again.
      if (!(error instanceof OperatingError)) throw error;
      await this.failed(error);
    }
  }

  private async failed(error: OperatingError): Promise<void> {
    const inUse = error.code === 'E_ADDRESS_IN_USE' && this.options.usePort !== null;
    const portOffer = inUse ? await freePortNear(this.options.port) : null;
    this.failures += 1;
    const { message: reason } = error;
    const offer: LinkAction[] = portOffer === null ? [] : ['use_port'];
    const actions = this.actions('retry', ...offer, 'close');
    this.link.set({ state: 'failed', reason, fix: error.fix ?? '', actions, portOffer });
    if (!this.wanted) return;
    this.retryTimer = setTimeout(
      () => {
        this.retryTimer = null;
        void this.open();
      },
      backoffMs(this.failures, Math.random()),
    );
  }

  /** A listener the lab owns is opened and closed by the lab's own switch. */
  private actions(...actions: LinkAction[]): LinkAction[] {
    return this.options.usePort === null ? actions.filter((action) => action === 'retry') : actions;
  }

  private async act(action: LinkAction, port: number | null): Promise<void> {
    if (action === 'close') return this.close('closed by the operator');
    if (action !== 'use_port') {
      this.failures = 0;
      return this.open();
    }
    if (port === null) throw new OperatingError('E_INPUT', 'use_port needs a port');
    await this.options.usePort?.(port);
  }

  private async accept(received: MimoReceived): Promise<void> {
    const { receivedAtMs, severity, event, host, peer, sentAtS, body, head } = received;
    this.link.count(1);
    const { id: link, simulated } = this.options;
    const from = { source: 'mimo', kind: 'event', link, peer, simulated } as const;
    await this.options.feed.accept([
      { ...from, receivedAtMs, severity, type: event, host, id: '', sentAtS, body, head },
    ]);
  }

  private async refuse(refused: MimoRefused): Promise<void> {
    const { receivedAtMs, peer, body, head, failure } = refused;
    this.link.count(1);
    const { id: link, simulated } = this.options;
    const from = { source: 'mimo', kind: 'refused', severity: 'warn', link, peer, simulated } as const;
    const row = { ...from, receivedAtMs, type: failure.code, host: '', id: '', sentAtS: null, body, head };
    await this.options.feed.accept([row]);
  }
}

function addressOf(port: number): string {
  return port === 0 ? `${HOST}, any free port` : `${HOST}:${port}`;
}
