/** The uplink callback listener of one profile as a link: what it takes and what it refuses goes to the feed with its raw bytes. */
import type { Clock } from '../../../shared/clock.ts';
import type { GseProfile } from '../../../shared/contract/dispatch-profiles.ts';
import { OperatingError } from '../../../shared/failure.ts';
import { backoffMs } from '../../net/backoff.ts';
import { freePortNear } from '../../net/port-holder.ts';
import {
  createCallbackPath,
  openCallbackServer,
  type CallbackServer,
  type UplinkReceived,
  type UplinkRefused,
} from '../../protocols/gse/callback-server.ts';
import type { Feed } from '../feed.ts';
import type { Link, LinkAction, LinkRegistry } from '../links.ts';
import type { RecentUplinks } from './recent-uplinks.ts';

export interface CallbackLinkOptions {
  readonly profile: GseProfile;
  readonly simulated: boolean;
  readonly feed: Feed;
  readonly links: LinkRegistry;
  readonly clock: Clock;
  readonly recent: RecentUplinks;
  /** After the uplink is stored; must not throw. */
  readonly stored: (uplink: UplinkReceived, seq: number) => void;
  /** The operator wants another port; null for the lab's. */
  readonly usePort: ((port: number) => Promise<void>) | null;
  readonly changed: () => void;
}

const LOOPBACK: readonly string[] = ['127.0.0.1', 'localhost', '::1'];

export class CallbackLink {
  readonly #options: CallbackLinkOptions;
  readonly #link: Link;
  readonly #path: string;
  #server: CallbackServer | null = null;
  #retry: NodeJS.Timeout | null = null;
  #failures = 0;
  #isWanted = false;
  #opening: Promise<void> | null = null;

  constructor(options: CallbackLinkOptions) {
    const { profile, simulated } = options;
    this.#options = options;
    this.#path = profile.callback.path === '' ? createCallbackPath() : profile.callback.path;
    this.#link = options.links.add({
      id: linkIdOf(profile.id),
      source: 'gse',
      label: `GSE uplinks ${profile.label}`,
      address: `${profile.callback.host}:${profile.callback.port}${this.#path}`,
      simulated,
      act: (action, port) => this.#act(action, port),
    });
  }

  /** What to register at the GSE server; null while it does not listen. */
  get url(): string | null {
    const { hostNames } = this.#options.profile.callback;
    const [name] = hostNames;
    if (this.#server === null) return null;
    return name === undefined ? this.#server.url : `http://${name}:${this.#server.port}${this.#path}`;
  }

  get path(): string {
    return this.#path;
  }

  /** Tries now, and again by itself. Resolves after the first try. */
  open(): Promise<void> {
    this.#isWanted = true;
    if (this.#server !== null) return Promise.resolve();
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#retry = null;
    this.#opening ??= this.#tryOpen().finally(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  /** Idempotent. */
  async close(reason: string): Promise<void> {
    this.#isWanted = false;
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#retry = null;
    await this.#opening;
    const server = this.#server;
    this.#server = null;
    if (this.#link.state !== 'off') this.#link.set({ state: 'off', reason, actions: this.#actions('open') });
    await server?.close();
    this.#options.changed();
  }

  async #tryOpen(): Promise<void> {
    const { clock, profile } = this.#options;
    const { host, port, alwaysOk, allowedPeers, hostNames } = profile.callback;
    if (this.#failures === 0) this.#link.set({ state: 'opening', reason: '', actions: [] });
    try {
      this.#server = await openCallbackServer({
        host,
        port,
        path: this.#path,
        alwaysOk,
        allowedPeers,
        clock,
        ...(LOOPBACK.includes(host) ? undefined : { network: { hostNames } }),
        accept: (received) => this.#accept(received),
        refuse: (refused) => this.#refuse(refused),
      });
      this.#failures = 0;
      const address = `${host}:${this.#server.port}${this.#path}`;
      this.#link.set({ state: 'up', reason: '', address, actions: this.#actions('close') });
    } catch (error) {
      // E_ADDRESS_IN_USE, E_ADDRESS, E_PERMISSION, E_INPUT: the operator can act, and we try again.
      if (!(error instanceof OperatingError)) throw error;
      await this.#failed(error);
    }
    this.#options.changed();
  }

  async #failed(error: OperatingError): Promise<void> {
    const canMove = error.code === 'E_ADDRESS_IN_USE' && this.#options.usePort !== null;
    const portOffer = canMove ? await freePortNear(this.#options.profile.callback.port) : null;
    this.#failures += 1;
    const offer: LinkAction[] = portOffer === null ? [] : ['use_port'];
    const actions = this.#actions('retry', ...offer, 'close');
    this.#link.set({ state: 'failed', reason: error.message, fix: error.fix ?? '', actions, portOffer });
    if (!this.#isWanted) return;
    this.#retry = setTimeout(
      () => {
        this.#retry = null;
        void this.open();
      },
      backoffMs(this.#failures, Math.random()),
    );
  }

  #actions(...actions: LinkAction[]): LinkAction[] {
    return this.#options.usePort === null ? actions.filter((action) => action === 'retry') : actions;
  }

  async #act(action: LinkAction, port: number | null): Promise<void> {
    if (action === 'close') return this.close('closed by the operator');
    if (action !== 'use_port') {
      this.#failures = 0;
      return this.open();
    }
    if (port === null) throw new OperatingError('E_INPUT', 'use_port needs a port');
    await this.#options.usePort?.(port);
  }

  async #accept(received: UplinkReceived): Promise<void> {
    const { receivedAtMs, peer, body, head, messageId, agentId } = received;
    const { profile, simulated, feed, recent } = this.#options;
    this.#link.count(1);
    const [slot] = profile.slots;
    const plugin =
      profile.slots.length === 1 && slot !== undefined && slot.pluginName !== '' ? slot.pluginName : 'uplink';
    const isRepeat = recent.isRepeat(agentId, messageId, body);
    const [row] = await feed.accept([
      {
        source: 'gse',
        kind: 'event',
        severity: 'info',
        type: isRepeat ? `${plugin} (repeat)` : plugin,
        host: agentId,
        link: this.#link.start.id,
        peer,
        id: messageId,
        sentAtS: null,
        simulated,
        receivedAtMs,
        body,
        head,
      },
    ]);
    // Only what is stored counts as seen: a sender that was told 503 comes again.
    recent.note(agentId, messageId, body);
    if (row !== undefined) this.#options.stored(received, row.seq);
  }

  async #refuse({ receivedAtMs, peer, body, head, failure }: UplinkRefused): Promise<void> {
    const { simulated, feed } = this.#options;
    this.#link.count(1);
    const from = {
      source: 'gse',
      kind: 'refused',
      severity: 'warn',
      link: this.#link.start.id,
      peer,
      simulated,
    } as const;
    await feed.accept([
      { ...from, receivedAtMs, type: failure.code, host: '', id: '', sentAtS: null, body, head },
    ]);
  }
}

export function linkIdOf(profileId: string): string {
  return `gse-${profileId}`;
}
