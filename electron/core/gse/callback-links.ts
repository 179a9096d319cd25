/** The callback listeners of all profiles, kept equal to what the profiles want; and the lab, whose server posts to one of them. */
import { join } from 'node:path';
import type { Clock } from '../../../shared/clock.ts';
import type { GseProfile } from '../../../shared/contract/dispatch-profiles.ts';
import type { PluginPlace } from '../../../shared/contract/plugin.ts';
import { OperatingError } from '../../../shared/failure.ts';
import type { UplinkReceived } from '../../protocols/gse/callback-server.ts';
import type { Feed } from '../feed.ts';
import type { LinkRegistry } from '../links.ts';
import type { Log } from '../log.ts';
import { CallbackLink, linkIdOf } from './callback-link.ts';
import type { Gse } from './gse.ts';
import { labProfile, startGseLab, type RunningGseLab } from './gse-lab-peer.ts';
import { LAB_PROFILE_ID } from './profiles.ts';
import { RecentUplinks } from './recent-uplinks.ts';

export interface CallbackLinksOptions {
  readonly gse: Gse;
  /** For the lab's sockets. */
  readonly runFolder: string;
  readonly feed: Feed;
  readonly links: LinkRegistry;
  readonly clock: Clock;
  readonly log: Log;
}

interface Open {
  readonly wish: string;
  readonly link: CallbackLink;
}

export class CallbackLinks {
  readonly #options: CallbackLinksOptions;
  readonly #open = new Map<string, Open>();
  readonly #recent = new RecentUplinks();
  #lab: { readonly link: CallbackLink; readonly running: RunningGseLab } | null = null;
  #turn: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: CallbackLinksOptions) {
    this.#options = options;
  }

  /** Opens what is new or changed and closes what is gone; one change after the other. */
  reconcile(): Promise<void> {
    return this.#next(() => this.#reconcile());
  }

  wantLab(isWanted: boolean): Promise<void> {
    return this.#next(() => (isWanted ? this.#startLab() : this.#stopLab()));
  }

  urlOf(profileId: string): string | null {
    if (profileId === LAB_PROFILE_ID) return this.#lab?.link.url ?? null;
    return this.#open.get(profileId)?.link.url ?? null;
  }

  /** The agents of the lab with sockets, for the form's first suggestion. */
  labAgentIds(): readonly string[] {
    return this.#lab?.running.agentIds ?? [];
  }

  /** Of the lab's sockets, whether it runs or not. */
  get labFolder(): string {
    return join(this.#options.runFolder, 'gse');
  }

  /** The sockets of the lab's agents, for whoever acts as a plugin. */
  labPlaces(): readonly PluginPlace[] {
    return this.#lab?.running.places ?? [];
  }

  async close(): Promise<void> {
    await this.#next(() => this.#stopLab());
    this.#isClosed = true;
    await this.#turn;
    await Promise.all([...this.#open.values()].map(({ link }) => link.close('the console stops')));
  }

  #next(work: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(() => (this.#isClosed ? undefined : work()));
    return this.#turn;
  }

  async #reconcile(): Promise<void> {
    const { gse, links } = this.#options;
    const wanted = gse.profiles
      .list()
      .filter(({ profile, simulated }) => !simulated && profile.callback.enabled);
    const wishes = new Map(wanted.map(({ profile }) => [profile.id, profile]));
    for (const [id, { wish, link }] of this.#open) {
      const profile = wishes.get(id);
      if (profile !== undefined && wishOf(profile) === wish) continue;
      await link.close('no longer wanted');
      this.#open.delete(id);
      links.remove(linkIdOf(id));
    }
    for (const profile of wishes.values()) {
      if (this.#open.has(profile.id)) continue;
      const link = this.#link(profile, false);
      this.#open.set(profile.id, { wish: wishOf(profile), link });
      await link.open();
      await this.#keepPath(profile, link);
    }
  }

  /** A path that was made up must be the same after a restart: it is registered at the server. */
  async #keepPath(profile: GseProfile, link: CallbackLink): Promise<void> {
    if (profile.callback.path !== '') return;
    const kept = { ...profile, callback: { ...profile.callback, path: link.path } };
    this.#open.set(profile.id, { wish: wishOf(kept), link });
    await this.#options.gse.profiles.write(kept);
  }

  async #startLab(): Promise<void> {
    if (this.#lab !== null) return;
    const { gse, clock, log, links } = this.#options;
    const link = this.#link(labProfile(''), true);
    await link.open();
    try {
      const running = await startGseLab(this.labFolder, clock, link.url);
      this.#lab = { link, running };
      gse.profiles.setLab(running.borrowed);
    } catch (error) {
      // No room for sockets, or no port: the lab's other parts run all the same.
      if (!(error instanceof OperatingError)) throw error;
      log.warn('gse_lab_not_started', { reason: error.message });
      await link.close(`the lab did not start: ${error.message}`);
      links.remove(linkIdOf(LAB_PROFILE_ID));
    }
  }

  async #stopLab(): Promise<void> {
    const lab = this.#lab;
    if (lab === null) return;
    this.#lab = null;
    this.#options.gse.profiles.setLab(null);
    await lab.running.close();
    await lab.link.close('the lab is off');
    this.#options.links.remove(linkIdOf(LAB_PROFILE_ID));
  }

  #link(profile: GseProfile, simulated: boolean): CallbackLink {
    const { feed, links, clock, gse } = this.#options;
    return new CallbackLink({
      profile,
      simulated,
      feed,
      links,
      clock,
      recent: this.#recent,
      stored: (uplink, seq) => void this.#match(uplink, seq),
      usePort: simulated ? null : (port) => this.#usePort(profile.id, port),
      changed: () => gse.profiles.changed(),
    });
  }

  async #usePort(profileId: string, port: number): Promise<void> {
    const { profiles } = this.#options.gse;
    const profile = profiles.get(profileId);
    await profiles.write({ ...profile, callback: { ...profile.callback, port } });
  }

  async #match(uplink: UplinkReceived, seq: number): Promise<void> {
    try {
      await this.#options.gse.jobs.match(uplink, seq);
    } catch (error) {
      // The file of the job cannot be read: the uplink is in the feed all the same.
      if (!(error instanceof OperatingError)) throw error;
      this.#options.log.warn('uplink_not_matched', { reason: error.message });
    }
  }
}

function wishOf({ callback, label, slots }: GseProfile): string {
  return JSON.stringify([callback, label, slots]);
}
