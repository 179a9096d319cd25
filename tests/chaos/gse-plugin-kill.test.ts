// Agents killed under a console that acts as a plugin: every step, the next agent is found, nothing is sent twice, nothing is lost
// without saying so (docs/protocols/gse.md section 7).
import { fork, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { PluginView } from '../../shared/contract/plugin.ts';
import { openConsole, type Console } from '../../electron/core/console.ts';
import { consoleOptions } from '../kit/console-options.ts';
import { until } from '../kit/raw-agent.ts';

const CHILD = join(dirname(fileURLToPath(import.meta.url)), 'gse-child.ts');
const WAIT_MS = 60_000;
const PLUGIN_ID = 'one';
let folder = '';
let core: Console;
let children: Child[] = [];

class Child {
  readonly said: string[] = [];
  readonly process: ChildProcess;

  constructor(path: string, step: string) {
    this.process = fork(CHILD, ['agent', path, step], { execArgv: [] });
    this.process.on('message', (event) => void (typeof event === 'string' ? this.said.push(event) : 0));
    children.push(this);
  }

  says(event: string): Promise<void> {
    return until(() => this.said.includes(event), WAIT_MS, `"${event}" of the agent`);
  }

  async kill(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const gone = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill('SIGKILL');
    await gone;
  }
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gse-plugin-kill-'));
  core = await openConsole(consoleOptions(join(folder, 'data')));
});
afterEach(async () => {
  for (const child of children) await child.kill();
  children = [];
  await core.close();
  await rm(folder, { recursive: true, force: true });
});

async function eventually(what: string, isSo: (found: PluginView) => boolean): Promise<PluginView> {
  const endMs = performance.now() + WAIT_MS;
  for (;;) {
    // With no reports to stop it changes nothing, and answers with all connections.
    const { plugins } = await core.calls['plugin.act']({ pluginId: PLUGIN_ID, action: 'report_stop' });
    const [found] = plugins;
    if (found !== undefined && isSo(found)) return found;
    if (performance.now() > endMs) throw new Error(`never happened: ${what}: ${JSON.stringify(found)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

it.each(['accepted', 'half', 'deaf', 'good'])(
  'an agent killed at the step "%s" is told as down, and the next one is registered with',
  async (step) => {
    const path = join(folder, 'socket');
    const first = new Child(path, step);
    await first.says('listening');
    await core.calls['plugin.write']({
      plugin: {
        id: PLUGIN_ID,
        pluginName: 'chaos_plugin',
        pluginVersion: 'v',
        profileId: '',
        messageAt: path,
        reportAt: '',
        keepaliveMs: 500,
        sdkExact: false,
        answer: { mode: 'off', text: '' },
      },
    });
    await core.calls['plugin.act']({ pluginId: PLUGIN_ID, action: 'connect' });
    await first.says('reached');
    const isAnswering = step === 'good';
    if (isAnswering) await eventually('up', ({ sockets }) => sockets[0]?.state === 'up');
    await first.kill();
    const lost = await eventually('the loss', ({ sockets }) =>
      ['down', 'failed'].includes(sockets[0]?.state ?? ''),
    );
    // An agent that never answered was never up: that is another word than lost.
    expect(lost.sockets[0]?.state).toBe(isAnswering ? 'down' : 'failed');
    expect(lost.agent === null ? true : lost.agent.stale).toBe(true);
    const content = { mode: 'text', text: 'x' } as const;
    const sent = await core.calls['plugin.send']({ pluginId: PLUGIN_ID, messageId: 'lost', content });
    expect(sent.outcome).toBe('not_sent');
    const second = new Child(path, 'good');
    await second.says('reached');
    // What the first agent left may have rows of its own.
    const { rows: earlier } = await eventually('up again', ({ sockets }) => sockets[0]?.state === 'up');
    second.process.send('welcome');
    await eventually('a message', ({ rows }) => rows.newest > earlier.newest);
    const answer = await core.calls['plugin.send']({ pluginId: PLUGIN_ID, messageId: 'answer', content });
    expect(answer.outcome).toBe('sent');
    await second.says('uplink answer');
    expect(second.said.filter((event) => event.startsWith('uplink'))).toEqual(['uplink answer']);
    const { rows } = await core.calls['plugin.rows']({ pluginId: PLUGIN_ID, after: 0, rowsMax: 100 });
    const told = rows
      .filter(({ state }) => state !== 'skipped')
      .map(({ state, messageId }) => [state, messageId]);
    expect(told).toEqual([
      ['not_sent', 'lost'],
      ['received', 'welcome'],
      ['sent', 'answer'],
    ]);
  },
);
