import { afterEach, describe, expect, it } from 'vitest';
import { SYSTEM_CLOCK as clock } from '../../net/system-clock.ts';
import { RawAgent, until } from '../../../tests/kit/raw-agent.ts';
import type { ConnectionEvent } from './agent-connection.ts';
import { CallbackQueue } from './callback-queue.ts';
import { NotConnectedError } from './errors.ts';
import { MessageClient, type MessageClientOptions } from './message-client.ts';
import { ReportClient } from './report-client.ts';
import { encodeReportAnswer, ReportFrameReader } from './report-frames.ts';
import { encodeDownlink, encodeKeepaliveAnswer } from './socket-messages.ts';

const WAIT_MS = 20_000;
const cleanups: (() => Promise<void>)[] = [];
const INFO = { agentId: 'a', version: 'v', cloudId: 3n, runMode: 1n, statusCode: 2n, status: 'running' };

afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean();
});

async function startAgent(): Promise<RawAgent> {
  const agent = await RawAgent.start();
  cleanups.push(() => agent.close());
  return agent;
}

function messageClient(options: Partial<MessageClientOptions> & Pick<MessageClientOptions, 'address'>): {
  client: MessageClient;
  events: ConnectionEvent[];
} {
  const events: ConnectionEvent[] = [];
  const client = new MessageClient({
    pluginName: 'p',
    pluginVersion: 'v',
    clock,
    onMessage: () => undefined,
    onEvent: (event) => void events.push(event),
    ...options,
  });
  cleanups.push(async () => {
    if (client.state !== 'idle') await client.terminate();
  });
  return { client, events };
}

describe('the message client', () => {
  it('goes on after a callback that throws', async () => {
    const agent = await startAgent();
    const seen: string[] = [];
    const onMessage = ({ messageId }: { messageId: string }): Promise<void> => {
      seen.push(messageId);
      if (messageId === 'sync') throw new Error('of the application');
      return messageId === 'async' ? Promise.reject(new Error('of the application')) : Promise.resolve();
    };
    const { client, events } = messageClient({ address: { path: agent.path }, onMessage });
    await client.launch();
    const frames = ['sync', 'async', 'fine'].map((id) => encodeDownlink(id, Buffer.alloc(0), 1n));
    await (await agent.connection(1)).write(Buffer.concat(frames));
    await until(() => seen.length === 3, WAIT_MS, 'three messages');
    await until(
      () => events.filter(({ kind }) => kind === 'callback_failed').length === 2,
      WAIT_MS,
      'two events',
    );
    expect(client.state).toBe('connected');
  });

  it('stops reading while too much waits, loses nothing, and hears of the agent all the while', async () => {
    const agent = await startAgent();
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    let count = 0;
    const { client } = messageClient({
      address: { path: agent.path },
      onMessage: async () => {
        count += 1;
        await gate;
      },
    });
    await client.launch();
    const connection = await agent.connection(1);
    await connection.write(encodeKeepaliveAnswer(INFO, 1n));
    const flood = Buffer.concat(
      Array.from({ length: 500 }, (_, index) => encodeDownlink(`m${index}`, Buffer.alloc(4_096), 1n)),
    );
    for (let turn = 0; turn < 8; turn += 1) connection.socket.write(flood);
    await until(() => count === 1, WAIT_MS, 'the first message');
    // 16 MiB were written; with the first message unanswered most of them stay in the sockets and at the
    // agent.
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(connection.socket.writableLength).toBeGreaterThan(0);
    expect(client.agentInfo().agentId).toBe('a');
    release();
    await until(() => count === 4_000, WAIT_MS, 'all messages');
  });

  it('marks what it knows of an agent that is gone', async () => {
    const agent = await startAgent();
    const { client, events } = messageClient({ address: { path: agent.path } });
    await client.launch();
    const connection = await agent.connection(1);
    await connection.write(encodeKeepaliveAnswer(INFO, 1n));
    await until(() => knows(client), WAIT_MS, 'the agent info');
    expect(client.agentInfo()).toMatchObject({ ...INFO, isStale: false });
    await agent.stopListening();
    await until(() => client.state === 'reconnecting', WAIT_MS, 'the loss');
    expect(client.agentInfo()).toMatchObject({ agentId: 'a', isStale: true });
    await expect(client.sendMessage('x', Buffer.alloc(0))).rejects.toBeInstanceOf(NotConnectedError);
    expect(events.map(({ kind }) => kind)).toContain('lost');
  });

  it('tells of a frame that was cut off, and what there was of it', async () => {
    const agent = await startAgent();
    const { client, events } = messageClient({ address: { path: agent.path } });
    await client.launch();
    const connection = await agent.connection(1);
    const cut = encodeDownlink('m', Buffer.alloc(10), 1n).subarray(0, 40);
    await connection.write(cut);
    connection.socket.end();
    await agent.connection(2);
    const errors = events.flatMap((event) => (event.kind === 'protocol' ? [event.error] : []));
    expect(errors).toMatchObject([{ subCode: 'truncated', firstBytesHex: cut.toString('hex') }]);
  });

  it('hands nothing over after terminate', async () => {
    const agent = await startAgent();
    let count = 0;
    const { client } = messageClient({
      address: { path: agent.path },
      onMessage: async () => {
        count += 1;
        await client.terminate();
      },
    });
    await client.launch();
    const frames = [1, 2, 3].map((index) => encodeDownlink(`m${index}`, Buffer.alloc(0), 1n));
    await (await agent.connection(1)).write(Buffer.concat(frames));
    await until(() => client.state === 'idle', WAIT_MS, 'the end');
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(count).toBe(1);
  });
});

function knows(client: MessageClient): boolean {
  try {
    return client.agentInfo().agentId !== '';
  } catch {
    // Expected: not authorized yet.
    return false;
  }
}

describe('the report client', () => {
  it('reads both spellings of the cloud id and sends the time as asked', async () => {
    const agent = await startAgent();
    const client = new ReportClient({
      address: { path: agent.path },
      clock: { ...clock, wallMs: () => 1_745_678_552_999 },
      timeUnit: 'seconds',
    });
    cleanups.push(() => client.terminate());
    await client.launch();
    const connection = await agent.connection(1);
    await connection.write(encodeReportAnswer(10, Buffer.from('{"cloudid":7,"bk_agent_id":"r"}')));
    await until(() => client.agentInfo().agentId === 'r', WAIT_MS, 'the answer');
    expect(client.agentInfo()).toEqual({ agentId: 'r', cloudId: 7n });
    await client.reportData(1_000, Buffer.from('report sample 0'));
    const frames = (): readonly { type: number }[] =>
      new ReportFrameReader().push(connection.received).frames;
    await until(() => frames().length >= 2, WAIT_MS, 'the report');
    expect(frames().at(-1)).toMatchObject({ type: 0xc01, dataId: 1_000, time: 1_745_678_552 });
  });
});

describe('a callback queue', () => {
  it('is full at its bound and drained at half of it, by frames and by bytes', async () => {
    const told: string[] = [];
    const gates: (() => void)[] = [];
    const queue = new CallbackQueue({
      framesMax: 4,
      bytesMax: 100,
      full: () => void told.push('full'),
      drained: () => void told.push('drained'),
      failed: () => undefined,
    });
    const push = (bytes: number): void =>
      queue.push(bytes, () => new Promise((resolve) => gates.push(resolve)));
    const finishOne = async (): Promise<void> => {
      gates.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    };
    for (let index = 0; index < 5; index += 1) push(1);
    expect(told).toEqual(['full']);
    await finishOne();
    expect(told).toEqual(['full']);
    await finishOne();
    expect(told).toEqual(['full', 'drained']);
    push(100);
    expect(told).toEqual(['full', 'drained', 'full']);
    queue.clear();
    expect(told.at(-1)).toBe('drained');
    await finishOne();
    expect(queue.isBusy).toBe(false);
  });
});
