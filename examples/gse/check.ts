/** Runs the GSE examples against a lab of their own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Uplink } from '../../electron/lab/gse/agent-directory.ts';
import { FakeAgent, type AgentEvent } from '../../electron/lab/gse/fake-agent.ts';
import { GseLab } from '../../electron/lab/gse/gse-lab.ts';
import { SYSTEM_CLOCK as clock } from '../../electron/net/system-clock.ts';
import { until } from '../../tests/kit/raw-agent.ts';
import { reservePort } from '../../tests/kit/scripted-receiver.ts';
import { ROOT } from '../../tests/kit/serve-process.ts';
import { runCommand, type Example } from '../example-run.ts';

const WAIT_MS = 60_000;
const SLOT = { slotId: 10n, token: 'example-token', pluginName: 'example_plugin' };

/** `stop` removes what the examples left. */
export function gseExamples(): { examples: readonly Example[]; stop: () => Promise<void> } {
  const folders: string[] = [];
  const makeFolder = async (): Promise<string> => {
    const folder = await mkdtemp(join(tmpdir(), 'gse-example-'));
    folders.push(folder);
    return folder;
  };
  const examples: Example[] = [
    { name: 'gse/codec.ts', run: checkCodec },
    { name: 'gse/server.ts', run: async () => checkServer(await makeFolder()) },
    { name: 'gse/plugin.ts', run: async () => checkPlugin(await makeFolder()) },
    { name: 'gse/report.ts', run: async () => checkReport(await makeFolder()) },
  ];
  const stop = async (): Promise<void> => {
    for (const folder of folders) await rm(folder, { recursive: true, force: true });
  };
  return { examples, stop };
}

function runExample(name: string, ...args: readonly string[]): Promise<string> {
  return runCommand(process.execPath, [join(ROOT, 'examples/gse', name), ...args]);
}

function mustSay(text: string, wanted: string): void {
  if (!text.includes(wanted)) throw new Error(`it does not say "${wanted}" but: ${text}`);
}

async function checkCodec(): Promise<void> {
  const text = await runExample('codec.ts');
  mustSay(text, '"agent_id_list":["0:127.0.0.1"],"content":"ping"}');
  mustSay(text, '0:127.0.0.1 answers msg-1: pong');
}

async function checkServer(folder: string): Promise<void> {
  const port = await reservePort();
  const callbackUrl = `http://127.0.0.1:${port}/gse/callback`;
  const slot = { ...SLOT, callbackUrl };
  const lab = await GseLab.start({
    folder,
    port: 0,
    clock,
    slot,
    simulatedCount: 0,
    plugins: ['echo', 'silent'],
  });
  try {
    const [speaks = '', silent = ''] = lab.agentIds;
    const text = await runExample(
      'server.ts',
      lab.server.baseUrl,
      '10',
      SLOT.token,
      String(port),
      speaks,
      silent,
      'nobody',
    );
    mustSay(text, `${speaks}: ok`);
    mustSay(text, `${silent}: ok`);
    mustSay(text, 'nobody: failed no such agent');
    mustSay(text, `reply from ${speaks} to example-1: hello`);
    if (text.includes(`reply from ${silent}`)) throw new Error('the silent one answered');
  } finally {
    await lab.close();
  }
}

async function withAgent(
  folder: string,
  use: (agent: FakeAgent, uplinks: readonly Uplink[], events: readonly AgentEvent[]) => Promise<void>,
): Promise<void> {
  const uplinks: Uplink[] = [];
  const events: AgentEvent[] = [];
  const agent = new FakeAgent({
    info: {
      agentId: 'example-agent',
      version: 'v',
      cloudId: 0n,
      runMode: 1n,
      statusCode: 2n,
      status: 'running',
    },
    ip: '127.0.0.1',
    messageAddress: { path: join(folder, 'message') },
    reportAddress: { path: join(folder, 'report') },
    onUplink: (uplink) => void uplinks.push(uplink),
    onEvent: (event) => void events.push(event),
  });
  await agent.open();
  try {
    await use(agent, uplinks, events);
  } finally {
    await agent.close();
  }
}

function checkPlugin(folder: string): Promise<void> {
  return withAgent(folder, async (agent, uplinks) => {
    const running = runExample('plugin.ts', join(folder, 'message'), SLOT.pluginName);
    const [text] = await Promise.all([running, deliverOnceBound(agent)]);
    mustSay(text, 'agent example-agent sends m-1: hello');
    await until(() => uplinks.length === 1, WAIT_MS, 'the uplink');
    mustSay(Buffer.from(uplinks[0]?.content ?? []).toString(), 'got 5 bytes');
  });
}

async function deliverOnceBound(agent: FakeAgent): Promise<void> {
  await until(() => agent.isConnected(SLOT.pluginName), WAIT_MS, 'the plugin');
  agent.deliver('example-agent', { pluginName: SLOT.pluginName, messageId: 'm-1', content: 'hello' });
}

function checkReport(folder: string): Promise<void> {
  return withAgent(folder, async (_agent, _uplinks, events) => {
    await runExample('report.ts', join(folder, 'report'), '1000');
    await until(() => events.filter(({ kind }) => kind === 'report').length === 3, WAIT_MS, 'three reports');
  });
}
