import { createServer } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SYSTEM_CLOCK as clock } from '../../net/system-clock.ts';
import { AgentQueries } from '../../protocols/gse/agent-queries.ts';
import { openCallbackServer, type CallbackServer } from '../../protocols/gse/callback-server.ts';
import { DispatchClient } from '../../protocols/gse/dispatch-client.ts';
import { dispatchOutcome, type DispatchOutcome } from '../../protocols/gse/dispatch-outcome.ts';
import { NotAuthorizedError } from '../../protocols/gse/errors.ts';
import { MessageClient } from '../../protocols/gse/message-client.ts';
import { createAgentMessage, createAgentReport, type AgentMessage } from '../../protocols/gse/services.ts';
import { until } from '../../../tests/kit/raw-agent.ts';
import { LAB_CODES } from './agent-directory.ts';
import { simulatedAgentId, simulatedAgentIndex } from './agent-ids.ts';
import type { AgentFault } from './agent-faults.ts';
import { UplinkPoster } from '../../protocols/gse/uplink-poster.ts';
import { FakeAgent, type AgentEvent } from './fake-agent.ts';
import { GseLab, type GseLabOptions } from './gse-lab.ts';
import { SERVER_FAULTS_NONE } from './gse-server.ts';
import { simulatedFate } from './simulated-agents.ts';

const WAIT_MS = 30_000;
const slot = { slotId: 10n, token: 'lab-token', pluginName: 'lab_plugin' };
const behaviour = { failEvery: 10, silentEvery: 3, replyEvery: 1, replyAfterMsMin: 1, replyAfterMsMax: 20 };
let folder = '';
let cleanups: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gse-lab-'));
  cleanups = [() => rm(folder, { recursive: true, force: true })];
});
afterEach(async () => {
  for (const clean of cleanups.toReversed()) await clean();
});

interface Uplinked {
  readonly messageId: string;
  readonly agentId: string;
  readonly content: string;
}

async function startLab(
  options: Partial<GseLabOptions> = {},
): Promise<{ lab: GseLab; uplinks: Uplinked[]; server: CallbackServer }> {
  const uplinks: Uplinked[] = [];
  const server = await openCallbackServer({
    host: '127.0.0.1',
    port: 0,
    path: '/cb',
    clock,
    accept: ({ messageId, agentId, content }) =>
      Promise.resolve(void uplinks.push({ messageId, agentId, content })),
    refuse: () => Promise.resolve(),
  });
  cleanups.push(() => server.close());
  const lab = await GseLab.start({
    folder,
    port: 0,
    clock,
    slot: { ...slot, callbackUrl: server.url },
    simulatedCount: 100,
    behaviour,
    ...options,
  });
  cleanups.push(() => lab.close());
  return { lab, uplinks, server };
}

async function dispatch(
  lab: GseLab,
  agentIds: readonly string[],
  options: { token?: string; slotId?: bigint; appCode?: string } = {},
): Promise<DispatchOutcome> {
  const { token = slot.token, slotId = slot.slotId, appCode = 'code' } = options;
  const client = new DispatchClient({
    baseUrl: lab.server.baseUrl,
    slot: { slotId, token },
    auth: { appCode, appSecret: 's' },
  });
  try {
    const answer = await client
      .dispatch('m-1', Buffer.from('hello'), agentIds)
      .catch((error: unknown) => error);
    return dispatchOutcome(agentIds, answer as Error);
  } finally {
    await client.close();
  }
}

const states = ({ agents }: DispatchOutcome): string[] => [...agents.values()].map(({ state }) => state);

describe('the GSE lab', () => {
  it('takes a message to three agents; two answer and one is silent', async () => {
    const { lab, uplinks } = await startLab();
    expect(lab.agentIds).toEqual([
      '0:10.0.0.1',
      '0200000000ffee000000011700000000001n',
      '0200000000ffee000000021700000000001n',
    ]);
    expect(states(await dispatch(lab, lab.agentIds))).toEqual(['ok', 'ok', 'ok']);
    await until(
      () => uplinks.length === 2 && lab.plugins[2]?.received === 1,
      WAIT_MS,
      'two answers and one silence',
    );
    expect(uplinks.map(({ agentId }) => agentId).toSorted()).toEqual(lab.agentIds.slice(0, 2).toSorted());
    expect(uplinks.every(({ messageId, content }) => messageId === 'm-1' && content === 'hello')).toBe(true);
    await until(() => lab.uplinks.counters().taken === 2, WAIT_MS, 'the counters');
    expect(lab.uplinks.counters()).toEqual({ taken: 2, lost: 0, homeless: 0, dropped: 0, waiting: 0 });
  });

  it('does with simulated agents what their numbers say', async () => {
    const { lab, uplinks } = await startLab();
    const ids = lab.simulated.ids();
    const outcome = await dispatch(lab, ids);
    const fates = ids.map((_, index) => simulatedFate(index, behaviour));
    expect(states(outcome)).toEqual(fates.map((fate) => (fate === 'fails' ? 'failed' : 'ok')));
    const answering = ids.filter((_, index) => fates[index] === 'replies');
    expect(answering.length).toBe(60);
    await until(() => uplinks.length === answering.length, WAIT_MS, 'the answers');
    expect(uplinks.map(({ agentId }) => agentId).toSorted()).toEqual(answering.toSorted());
  });

  it('tells ids from numbers and back', () => {
    expect(simulatedAgentId(0).length).toBe(36);
    for (const index of [0, 1, 49_999, 2 ** 32 - 1])
      expect(simulatedAgentIndex(simulatedAgentId(index))).toBe(index);
    for (const id of ['', '0:127.0.0.1', '02000000005254zzzzzzzz1700000000000n'])
      expect(simulatedAgentIndex(id)).toBeNull();
  });

  it('refuses unknown slots, wrong tokens and unknown agents', async () => {
    const { lab } = await startLab();
    const agentIds = ['nobody', lab.agentIds[0] ?? ''];
    expect((await dispatch(lab, agentIds, { slotId: 11n })).agents.get('nobody')).toMatchObject({
      state: 'unknown',
      code: '1',
    });
    expect((await dispatch(lab, agentIds, { token: 'x' })).agents.get('nobody')).toMatchObject({
      state: 'unknown',
      code: '2',
    });
    const mixed = await dispatch(lab, agentIds);
    expect(states(mixed)).toEqual(['failed', 'ok']);
    expect(mixed.agents.get('nobody')?.code).toBe(String(LAB_CODES.agentUnknown));
  });

  it('checks the gateway header when told to', async () => {
    const { lab } = await startLab({ authorization: '{"bk_app_code": "code", "bk_app_secret": "s"}' });
    expect(states(await dispatch(lab, lab.agentIds))).toEqual(['ok', 'ok', 'ok']);
    const wrong = await dispatch(lab, lab.agentIds, { appCode: 'other' });
    expect([...wrong.agents.values()][0]).toMatchObject({ state: 'failed', code: '1640101' });
    expect([...(await dispatch(lab, lab.agentIds, { appCode: '' })).agents.values()][0]?.code).toBe(
      '1640001',
    );
  });

  it('injects failures, gateway errors and slowness', async () => {
    const { lab } = await startLab();
    lab.server.setFaults({ ...SERVER_FAULTS_NONE, failing: /^0:/ });
    expect(states(await dispatch(lab, lab.agentIds))).toEqual(['failed', 'ok', 'ok']);
    lab.server.setFaults({
      gateway: { status: 504, code: 1650401, when: 'after' },
      latencyMs: 10,
      failing: null,
    });
    const before = lab.server.counters().delivered;
    const lost = await dispatch(lab, lab.agentIds);
    expect(states(lost)).toEqual(['unknown', 'unknown', 'unknown']);
    expect(lost.reply?.requestId).not.toBe('');
    expect(lab.server.counters().delivered).toBe(before + 3);
    lab.server.setFaults({
      gateway: { status: 429, code: 1642902, when: 'before' },
      latencyMs: 0,
      failing: null,
    });
    expect(states(await dispatch(lab, lab.agentIds))).toEqual(['failed', 'failed', 'failed']);
    expect(lab.server.counters().delivered).toBe(before + 3);
  });

  it('posts duplicates, out of order, and repeats what was not taken, when told to', async () => {
    const { lab, uplinks, server } = await startLab();
    lab.uplinks.setFaults({ copies: 2, outOfOrder: true, repeats: 0 });
    const uplink = { pluginName: slot.pluginName, agentId: 'a', content: Buffer.alloc(0) };
    lab.uplinks.send(['1', '2'].map((messageId) => ({ ...uplink, messageId })));
    await until(() => uplinks.length === 4, WAIT_MS, 'four callbacks');
    expect(uplinks.map(({ messageId }) => messageId).toSorted()).toEqual(['1', '1', '2', '2']);
    lab.uplinks.setFaults({ copies: 1, outOfOrder: false, repeats: 3 });
    await server.close();
    lab.uplinks.send([
      { ...uplink, messageId: '3' },
      { ...uplink, pluginName: 'nobody', messageId: '4' },
    ]);
    await until(() => lab.uplinks.counters().lost === 1, WAIT_MS, 'the loss');
    expect(lab.uplinks.counters().homeless).toBe(1);
  });

  it('answers list_agent_state and list_agent_info', async () => {
    const { lab } = await startLab();
    const queries = new AgentQueries({ baseUrl: lab.server.baseUrl, auth: { appCode: '', appSecret: '' } });
    cleanups.push(() => queries.close());
    const ids = [...lab.agentIds, 'nobody'];
    const found = await queries.listAgentState(ids);
    expect([...found.keys()]).toEqual(lab.agentIds);
    expect(found.get(lab.agentIds[0] ?? '')).toMatchObject({
      status_code: 2n,
      run_mode: 1n,
      version: 'v2.1.6-lab',
    });
    expect((await queries.listAgentInfo(ids)).get(lab.agentIds[1] ?? '')?.bk_os_type).toBe('linux');
    expect((await queries.listAgentState(['nobody'])).size).toBe(0);
    const many = await queries.listAgentState(
      Array.from({ length: 1_500 }, (_, index) => simulatedAgentId(index)),
    );
    expect(many.size).toBe(100);
  });

  it('leaves nothing behind', async () => {
    const { lab } = await startLab();
    await lab.close();
    await lab.close();
    const again = await GseLab.start({
      folder,
      port: 0,
      clock,
      slot: { ...slot, callbackUrl: null },
      simulatedCount: 0,
    });
    await again.close();
  });
});

describe('a lab agent', () => {
  async function startAgent(events: AgentEvent[] = []): Promise<FakeAgent> {
    const agent = new FakeAgent({
      info: {
        agentId: 'tcp-agent',
        version: 'v',
        cloudId: 5n,
        runMode: 0n,
        statusCode: 2n,
        status: 'running',
      },
      ip: '10.0.0.9',
      messageAddress: { port: 0 },
      reportAddress: { port: 0 },
      onUplink: () => undefined,
      onEvent: (event) => void events.push(event),
    });
    await agent.open();
    cleanups.push(() => agent.close());
    return agent;
  }

  it('speaks TCP as on Windows: registration, restart, another id, reports', async () => {
    const events: AgentEvent[] = [];
    const agent = await startAgent(events);
    const received: string[] = [];
    const plugin = createAgentMessage({
      address: agent.messageAddress ?? { port: 0 },
      pluginName: 'p',
      pluginVersion: 'v',
      onMessage: ({ messageId }) => void received.push(messageId),
      rules: { keepaliveMs: 50 },
    });
    await plugin.launch({ timeoutMs: WAIT_MS });
    cleanups.push(() => plugin.terminate());
    await until(() => agent.isConnected('p'), WAIT_MS, 'the registration');
    expect(agent.deliver('tcp-agent', { pluginName: 'p', messageId: 'm', content: '磁' })).toBeNull();
    await until(() => received.includes('m'), WAIT_MS, 'the message');
    agent.changeId('other-id');
    await until(() => knownId(plugin) === 'other-id', WAIT_MS, 'the new id');
    expect(agent.deliver('tcp-agent', { pluginName: 'p', messageId: 'm', content: '' })).toBeUndefined();
    const report = createAgentReport({ address: agent.reportAddress ?? { port: 0 } });
    await report.launch({ timeoutMs: WAIT_MS });
    cleanups.push(() => report.terminate());
    await until(() => report.getAgentInfo().agentId === 'other-id', WAIT_MS, 'the sync answer');
    expect(report.getAgentInfo().cloudId).toBe(5n);
    await report.reportData(7, Buffer.alloc(3));
    await until(() => events.some(({ kind }) => kind === 'report'), WAIT_MS, 'the report');
  });

  it('hands messages to the latest connection of a name, and to the one before when that has gone', async () => {
    const agent = await startAgent();
    const received: string[] = [];
    const connect = async (who: string): Promise<MessageClient> => {
      const client = new MessageClient({
        address: agent.messageAddress ?? { port: 0 },
        pluginName: 'p',
        pluginVersion: 'v',
        clock,
        rules: { keepaliveMs: 600_000 },
        onMessage: () => void received.push(who),
      });
      await client.launch({ timeoutMs: WAIT_MS });
      cleanups.push(async () => (client.state === 'idle' ? undefined : client.terminate()));
      await registered(client);
      return client;
    };
    // Its answer says that the agent has looked at the keepalive.
    const registered = async (client: MessageClient): Promise<void> => {
      const before = client.counts.framesIn;
      await client.keepalive();
      await until(() => client.counts.framesIn > before, WAIT_MS, 'an answer');
    };
    const deliver = (): unknown =>
      agent.deliver('tcp-agent', { pluginName: 'p', messageId: 'm', content: '' });
    const first = await connect('first');
    const second = await connect('second');
    await registered(first);
    await registered(first);
    deliver();
    await until(() => received.length === 1, WAIT_MS, 'the message');
    await second.terminate();
    await until(() => !agent.isConnected('p'), WAIT_MS, 'the end of the second');
    await registered(first);
    deliver();
    await until(() => received.length === 2, WAIT_MS, 'the next message');
    expect(received).toEqual(['second', 'first']);
  });

  it.each([{ kind: 'byte_by_byte' as const }, { kind: 'delay' as const, ms: 30 }, { kind: 'glue' as const }])(
    'is understood all the same with the fault %o',
    async (fault) => {
      const agent = await startAgent();
      await agent.setFault(fault);
      const received: string[] = [];
      const plugin = createAgentMessage({
        address: agent.messageAddress ?? { port: 0 },
        pluginName: 'p',
        pluginVersion: 'v',
        onMessage: ({ messageId }) => void received.push(messageId),
      });
      await plugin.launch({ timeoutMs: WAIT_MS });
      cleanups.push(() => plugin.terminate());
      await until(() => agent.isConnected('p'), WAIT_MS, 'the registration');
      for (const messageId of ['1', '2', '3'])
        agent.deliver('tcp-agent', { pluginName: 'p', messageId, content: '' });
      await until(() => received.length >= 3, WAIT_MS, 'the messages');
      expect(received).toEqual(['1', '2', '3']);
    },
  );

  const faults: readonly AgentFault[] = [
    { kind: 'refuse' },
    { kind: 'accept_and_close' },
    { kind: 'no_keepalive_answers' },
    { kind: 'malformed', bytes: Buffer.from('deadbeef9008000600000000000000010000001b', 'hex') },
    { kind: 'cut', atByte: 30 },
    { kind: 'stop_reading' },
  ];

  it.each(faults)('serves a plugin that lived through the fault $kind', async (fault) => {
    const path = join(folder, 'faulty');
    const agent = new FakeAgent({
      info: { agentId: 'f', version: 'v', cloudId: 0n, runMode: 1n, statusCode: 2n, status: '' },
      ip: '10.0.0.9',
      messageAddress: { path },
      reportAddress: null,
      onUplink: () => undefined,
    });
    cleanups.push(() => agent.close());
    await agent.setFault(fault);
    const received: string[] = [];
    const plugin = createAgentMessage({
      address: { path },
      pluginName: 'p',
      pluginVersion: 'v',
      onMessage: ({ messageId }) => void received.push(messageId),
      rules: { reconnectMs: 50, keepaliveMs: 50 },
    });
    const launching = plugin.launch({ timeoutMs: WAIT_MS });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(() => plugin.getAgentInfo()).toThrow('not authorized');
    await agent.setFault(null);
    await launching;
    cleanups.push(() => plugin.terminate());
    await until(() => agent.isConnected('p'), WAIT_MS, 'the registration');
    const deliver = (): boolean =>
      agent.deliver('f', { pluginName: 'p', messageId: 'm', content: '' }) === null;
    await until(() => (deliver(), received.length > 0), WAIT_MS, 'a message');
    await until(() => knownId(plugin) === 'f', WAIT_MS, 'the agent info');
  });
});

/** '' before the first keepalive response. */
function knownId(plugin: AgentMessage): string {
  try {
    return plugin.getAgentInfo().agentId;
  } catch (error) {
    if (!(error instanceof NotAuthorizedError)) throw error;
    return '';
  }
}

it('takes the status of a callback and does not wait for the end of a body that has none', async () => {
  const trickles: NodeJS.Timeout[] = [];
  const server = createServer((_request, response) => {
    response.writeHead(200);
    trickles.push(setInterval(() => response.write('x'), 20));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  const poster = new UplinkPoster(200);
  try {
    expect(await poster.post(`http://127.0.0.1:${port}/`, Buffer.from('{}'))).toEqual({ status: 200 });
  } finally {
    for (const trickle of trickles) clearInterval(trickle);
    await poster.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});
