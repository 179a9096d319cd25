/** The plugin connections of the data folder: remembered, never opened by themselves. */
import { access } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import type { Clock } from '../../../shared/clock.ts';
import type { CallInput } from '../../../shared/contract/contract.ts';
import {
  plugin as pluginShape,
  type Plugin,
  type PluginPlace,
  type PluginView,
} from '../../../shared/contract/plugin.ts';
import { OperatingError } from '../../../shared/failure.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { PrivateJson } from '../../store/private-file.ts';
import type { Feed } from '../feed.ts';
import type { LinkRegistry } from '../links.ts';
import type { Gse } from './gse.ts';
import { addressOf } from './plugin-diagnosis.ts';
import { PluginLink } from './plugin-link.ts';
import { contentBytes, previewPlugin } from './plugin-preview.ts';

export interface PluginLinksOptions {
  readonly gse: Pick<Gse, 'profiles' | 'audit'>;
  readonly dataFolder: string;
  /** Where the lab has its sockets. */
  readonly labFolder: string;
  readonly labPlaces: () => readonly PluginPlace[];
  readonly feed: Feed;
  readonly links: LinkRegistry;
  readonly clock: Clock;
}

const FILE = 'plugins.json';
const FILE_BYTES_MAX = 20 * 1024 * 1024;
const fileShape = v.strictObject({
  version: v.literal(1),
  plugins: v.pipe(v.array(pluginShape), v.maxLength(LIMITS.gsePluginsMax)),
});
const SECOND_MS = 1_000;

/** Where agents usually have them: docs/protocols/gse.md section 11.4. */
const USUAL: readonly (readonly [message: string, report: string])[] =
  process.platform === 'win32'
    ? [
        ['26000', '27000'],
        ['26001', '47000'],
      ]
    : [
        ['/var/run/gse2/agent/ipc.state.message', '/var/run/gse2/agent/ipc.state.report'],
        ['/var/run/gse/ipc.state.message', '/var/run/ipc.state.report'],
        ['/usr/local/gse/agent/lib/ipc.state.message', '/usr/local/gse/gseagent/ipc.state.report'],
      ];

export class PluginLinks {
  readonly #options: PluginLinksOptions;
  readonly #file: PrivateJson<typeof fileShape>;
  readonly #links = new Map<string, PluginLink>();
  readonly #listeners = new Set<() => void>();
  readonly #timer: NodeJS.Timeout;

  private constructor(options: PluginLinksOptions) {
    this.#options = options;
    this.#file = new PrivateJson(join(options.dataFolder, FILE), fileShape, FILE_BYTES_MAX);
    options.gse.profiles.onChange(() => this.#closeLocked());
    this.#timer = setInterval(() => this.#second(), SECOND_MS);
  }

  /** A file that is damaged is told through `trouble` and never rewritten. */
  static async open(options: PluginLinksOptions, trouble: (text: string) => void): Promise<PluginLinks> {
    const all = new PluginLinks(options);
    try {
      const found = await all.#file.load();
      for (const plugin of found?.plugins ?? []) all.#links.set(plugin.id, all.#make(plugin));
    } catch (error) {
      if (!(error instanceof OperatingError)) throw error;
      trouble(`${error.message}. ${error.fix ?? ''}`.trim());
    }
    return all;
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  list(): { plugins: PluginView[] } {
    return { plugins: [...this.#links.values()].map((link) => link.view()) };
  }

  /** Fails with E_NOT_FOUND. */
  get(pluginId: string): PluginLink {
    const link = this.#links.get(pluginId);
    if (link === undefined) throw new OperatingError('E_NOT_FOUND', `there is no connection ${pluginId}`);
    return link;
  }

  /** Makes or replaces one; one that was connected connects anew. Fails with E_INPUT, E_LIMIT and as a file does. */
  async write(plugin: Plugin): Promise<void> {
    checkPlaces(plugin);
    const before = this.#links.get(plugin.id);
    if (before === undefined && this.#links.size >= LIMITS.gsePluginsMax)
      throw new OperatingError('E_LIMIT', `at most ${LIMITS.gsePluginsMax} connections`, {
        fix: 'Remove one.',
      });
    const others = this.#plugins().filter(({ id }) => id !== plugin.id);
    await this.#options.gse.audit.note('plugin written', `${plugin.id}: ${plugin.pluginName}`);
    await this.#file.save({ version: 1, plugins: [...others, plugin] });
    const wasWanted = before?.isWanted === true;
    await before?.close('changed by the operator');
    before?.forget();
    const link = this.#make(plugin);
    this.#links.set(plugin.id, link);
    if (wasWanted && this.#lockOf(plugin) === '') link.open();
    this.#changed();
  }

  async remove(pluginId: string): Promise<void> {
    const link = this.get(pluginId);
    await this.#options.gse.audit.note('plugin removed', pluginId);
    await this.#file.save({ version: 1, plugins: this.#plugins().filter(({ id }) => id !== pluginId) });
    await link.close('removed by the operator');
    link.forget();
    this.#links.delete(pluginId);
    this.#changed();
  }

  /** Fails with E_READ_ONLY for everything that writes to the agent, E_DISCONNECTED. */
  async act({ pluginId, action }: CallInput<'plugin.act'>): Promise<void> {
    const link = this.get(pluginId);
    if (action === 'report_stop') return link.stopReports();
    if (action === 'disconnect') return link.close('closed by the operator');
    this.#needUnlocked(link.plugin);
    if (action === 'keepalive') return link.keepalive();
    const { pluginName, messageAt, reportAt } = link.plugin;
    const places = [messageAt, reportAt].filter((place) => place !== '').join(' and ');
    await this.#options.gse.audit.note('plugin connected', `${pluginName} to ${places}`);
    link.open();
  }

  preview(input: CallInput<'plugin.preview'>): ReturnType<typeof previewPlugin> {
    return previewPlugin(input, this.get(input.pluginId).view(), this.#options.clock.wallMs());
  }

  /** Fails with E_READ_ONLY, E_INPUT; what the agent and the system do stands in the answer. */
  async send({ pluginId, messageId, content }: CallInput<'plugin.send'>): ReturnType<PluginLink['send']> {
    const link = this.get(pluginId);
    this.#needUnlocked(link.plugin);
    if (messageId === '') throw new OperatingError('E_INPUT', 'the message id is empty');
    const bytes = contentBytes(content);
    await this.#options.gse.audit.note(
      'plugin uplink',
      `${link.plugin.pluginName}, message ${messageId}, ${bytes.length} bytes`,
    );
    return link.send(messageId, bytes, false);
  }

  /** Fails with E_READ_ONLY, E_INPUT, E_UNSUPPORTED, E_DISCONNECTED. */
  async report({ pluginId, content, ...input }: CallInput<'plugin.report'>): Promise<void> {
    const link = this.get(pluginId);
    this.#needUnlocked(link.plugin);
    const bytes = contentBytes(content);
    const { dataId, perSecond, total } = input;
    const much = total === 0 ? 'until stopped' : String(total);
    await this.#options.gse.audit.note(
      'plugin reports',
      `${link.plugin.pluginName}, data id ${dataId}, ${bytes.length} bytes, ${perSecond} a second, ${much}`,
    );
    link.startReports(input, bytes);
  }

  /** The lab's first: a newcomer has no other. */
  async places(): Promise<PluginPlace[]> {
    const usual = await Promise.all(
      USUAL.map(async ([messageAt, reportAt]): Promise<PluginPlace> => {
        const present = (await isThere(messageAt)) || (await isThere(reportAt));
        return { kind: 'usual', messageAt, reportAt, pluginName: '', agentId: '', present, answers: null };
      }),
    );
    return [...this.#options.labPlaces(), ...usual];
  }

  /** Idempotent. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all([...this.#links.values()].map((link) => link.close('the console stops')));
  }

  #make(plugin: Plugin): PluginLink {
    const { feed, links, clock, labFolder } = this.#options;
    return new PluginLink({
      plugin,
      simulated: [plugin.messageAt, plugin.reportAt].some((place) => dirname(place) === labFolder),
      feed,
      links,
      clock,
      lock: () => this.#lockOf(plugin),
      act: (action) => this.act({ pluginId: plugin.id, action }),
      changed: () => this.#changed(),
    });
  }

  #plugins(): Plugin[] {
    return [...this.#links.values()].map(({ plugin }) => plugin);
  }

  /** A profile that is gone locks too: what it allowed is not known. */
  #lockOf({ profileId }: Plugin): string {
    if (profileId === '') return '';
    const found = this.#options.gse.profiles.list().find(({ profile }) => profile.id === profileId);
    if (found === undefined) return `its profile ${profileId} is not there`;
    return found.profile.readOnly ? `${found.profile.label} is locked read-only` : '';
  }

  #needUnlocked(plugin: Plugin): void {
    const locked = this.#lockOf(plugin);
    if (locked === '') return;
    throw new OperatingError('E_READ_ONLY', locked, {
      fix: 'Unlock the profile, or give the connection another one.',
    });
  }

  /** A lock that comes while it is connected ends it: every keepalive acts on the agent. */
  #closeLocked(): void {
    for (const link of this.#links.values()) {
      const locked = this.#lockOf(link.plugin);
      if (link.isWanted && locked !== '') void link.close(locked);
    }
    this.#changed();
  }

  #second(): void {
    let isAny = false;
    for (const link of this.#links.values()) {
      if (!link.isWanted) continue;
      link.second();
      isAny = true;
    }
    if (isAny) this.#changed();
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

function checkPlaces({ messageAt, reportAt }: Plugin): void {
  const places = [messageAt, reportAt].filter((place) => place !== '');
  if (places.length === 0)
    throw new OperatingError('E_INPUT', 'there is neither a message nor a report socket', {
      fix: 'Give one.',
    });
  for (const place of places) {
    const address = addressOf(place);
    const isGood = 'port' in address ? address.port > 0 : place.startsWith('/') && !place.includes('\0');
    if (isGood) continue;
    throw new OperatingError('E_INPUT', `${place} is neither an absolute path nor a port`, {
      fix: 'Write a path from the root, or a port from 1 to 65535.',
    });
  }
  if (messageAt !== '' && messageAt === reportAt)
    throw new OperatingError('E_INPUT', 'message and report socket are the same', {
      fix: 'An agent has two sockets.',
    });
}

async function isThere(place: string): Promise<boolean> {
  if (!place.startsWith('/')) return false;
  try {
    await access(place);
    return true;
  } catch {
    // ENOENT, or a folder that does not let us look.
    return false;
  }
}
