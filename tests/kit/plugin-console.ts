/** A console that acts as a plugin, with what tests ask of it all the time. Real sockets, a data folder of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CallInput } from '../../shared/contract/contract.ts';
import type { Plugin, PluginSocketView, PluginView, TrafficRow } from '../../shared/contract/plugin.ts';
import { openConsole, type Console } from '../../electron/core/console.ts';
import { encodeKeepaliveAnswer } from '../../electron/protocols/gse/socket-messages.ts';
import { consoleOptions } from './console-options.ts';
import { RawAgent } from './raw-agent.ts';

const WAIT_MS = 60_000;
const INFO = { agentId: 'agent-9', version: 'v2', cloudId: 3n, runMode: 0n, statusCode: 4n, status: 'busy' };
export const PLUGIN_ID = 'one';
export const PLUGIN_BASE: Plugin = {
  id: PLUGIN_ID,
  pluginName: 'lab_echo',
  pluginVersion: 'v1.2.3',
  profileId: '',
  messageAt: '',
  reportAt: '',
  keepaliveMs: 500,
  sdkExact: false,
  answer: { mode: 'off', text: '' },
};

/** A console with everything of GSE, at a port of its own. Whoever opens it closes it and removes its folder. */
export function openGseConsole(dataFolder: string, lab: boolean): Promise<Console> {
  return openConsole(consoleOptions(dataFolder, { lab, gse: true }));
}

/** Call `clean()` after each test and `close()` at the end, whatever happened. */
export class PluginConsole {
  readonly core: Console;
  readonly folder: string;
  readonly #cleanups: (() => Promise<void>)[] = [];

  private constructor(core: Console, folder: string) {
    this.core = core;
    this.folder = folder;
  }

  static async start(lab: boolean): Promise<PluginConsole> {
    const folder = mkdtempSync(join(tmpdir(), 'signalbox-plugin-'));
    return new PluginConsole(await openGseConsole(folder, lab), folder);
  }

  afterwards(clean: () => Promise<void>): void {
    this.#cleanups.push(clean);
  }

  async clean(): Promise<void> {
    for (const clean of this.#cleanups.splice(0).toReversed()) await clean();
    for (const { plugin } of await this.views())
      await this.core.calls['plugin.remove']({ pluginId: plugin.id });
  }

  async close(): Promise<void> {
    await this.core.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async views(): Promise<PluginView[]> {
    let stop: () => void = () => undefined;
    const item = await new Promise<{ plugins: PluginView[] }>((resolve) => {
      stop = this.core.streams['plugin.list'](
        {},
        { hasRoom: () => true, onRoom: () => undefined, push: resolve, end: () => undefined },
      );
    });
    stop();
    return item.plugins;
  }

  async view(): Promise<PluginView> {
    const found = (await this.views()).find(({ plugin }) => plugin.id === PLUGIN_ID);
    if (found === undefined) throw new Error('no such connection');
    return found;
  }

  /** The stream is asked again and again; each answer takes its own time. */
  async eventually(what: string, isSo: (found: PluginView) => boolean): Promise<PluginView> {
    const endMs = performance.now() + WAIT_MS;
    for (;;) {
      const found = await this.view();
      if (isSo(found)) return found;
      if (performance.now() > endMs) throw new Error(`never happened: ${what}: ${JSON.stringify(found)}`);
    }
  }

  act(action: CallInput<'plugin.act'>['action']): Promise<unknown> {
    return this.core.calls['plugin.act']({ pluginId: PLUGIN_ID, action });
  }

  async rows(): Promise<TrafficRow[]> {
    return (await this.core.calls['plugin.rows']({ pluginId: PLUGIN_ID, after: 0, rowsMax: 1_000 })).rows;
  }

  async connectTo(change: Partial<Plugin>): Promise<void> {
    await this.core.calls['plugin.write']({ plugin: { ...PLUGIN_BASE, ...change } });
    await this.act('connect');
  }

  /** An agent that answers the first keepalive unless told not to, and does nothing else by itself. */
  async rawAgent(isAnswering = true): Promise<RawAgent> {
    const agent = await RawAgent.start();
    this.afterwards(() => agent.close());
    if (isAnswering)
      agent.onConnection = (connection) => void connection.write(encodeKeepaliveAnswer(INFO, 1n));
    return agent;
  }
}

export function socketOf(found: PluginView, kind: PluginSocketView['kind'] = 'message'): PluginSocketView {
  const socket = found.sockets.find((one) => one.kind === kind);
  if (socket === undefined) throw new Error(`no ${kind} socket`);
  return socket;
}

export const isUp = (found: PluginView): boolean => found.sockets.every(({ state }) => state === 'up');
