// Agents and GSE servers that are killed at each step: docs/protocols/gse.md sections 7 and 2.5,
// docs/THREATS.md H1 and H2.
import { fork, type ChildProcess } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SYSTEM_CLOCK as clock } from '../../electron/net/system-clock.ts';
import { OperatingError } from '../../shared/failure.ts';
import { DispatchClient } from '../../electron/protocols/gse/dispatch-client.ts';
import { dispatchOutcome, type AgentState } from '../../electron/protocols/gse/dispatch-outcome.ts';
import { SendError } from '../../electron/protocols/gse/errors.ts';
import { MessageClient } from '../../electron/protocols/gse/message-client.ts';
import { reservePort } from '../kit/scripted-receiver.ts';
import { until } from '../kit/raw-agent.ts';

const CHILD = join(dirname(fileURLToPath(import.meta.url)), 'gse-child.ts');
const WAIT_MS = 60_000;
let folder = '';
let children: Child[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gse-kill-'));
});
afterEach(async () => {
  for (const child of children) await child.kill();
  children = [];
  await rm(folder, { recursive: true, force: true });
});

class Child {
  readonly said: string[] = [];
  readonly process: ChildProcess;

  constructor(...args: readonly string[]) {
    this.process = fork(CHILD, args, { execArgv: [] });
    this.process.on('message', (event) => {
      if (typeof event === 'string') this.said.push(event);
    });
    children.push(this);
  }

  says(start: string): Promise<void> {
    return until(
      () => this.said.some((event) => event.startsWith(start)),
      WAIT_MS,
      `"${start}" of the child`,
    );
  }

  rest(start: string): string[] {
    return this.said.filter((event) => event.startsWith(start)).map((event) => event.slice(start.length + 1));
  }

  async kill(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const gone = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill('SIGKILL');
    await gone;
  }
}

/** Descriptors of this process; the kernel frees them a moment after a close. */
function descriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

function pluginAt(path: string, received: string[]): MessageClient {
  return new MessageClient({
    address: { path },
    pluginName: 'chaos_plugin',
    pluginVersion: 'v',
    clock,
    rules: { reconnectMs: 100, keepaliveMs: 200 },
    onMessage: ({ messageId }) => void received.push(messageId),
  });
}

describe('an agent that is killed', () => {
  it.each(['accepted', 'half', 'deaf', 'good'])(
    'at the step "%s" is followed by the next one',
    async (step) => {
      const path = join(folder, 'socket');
      const received: string[] = [];
      const client = pluginAt(path, received);
      try {
        const first = new Child('agent', path, step);
        await first.says('listening');
        await client.launch({ timeoutMs: WAIT_MS });
        await first.says('reached');
        const pending = client
          .sendMessage('lost', Buffer.alloc(4 * 1024 * 1024))
          .catch((error: unknown) => error);
        await first.kill();
        const outcome = await pending;
        // Taken by the system before the end, or an error that says how little is known.
        expect(outcome === undefined || outcome instanceof SendError).toBe(true);
        await until(() => client.state === 'reconnecting', WAIT_MS, 'the loss');
        await expect(client.sendMessage('x', Buffer.alloc(1))).rejects.toBeInstanceOf(OperatingError);
        const second = new Child('agent', path, 'good');
        await second.says('reached');
        second.process.send('welcome');
        await until(() => received.includes('welcome'), WAIT_MS, 'a message of the next agent');
        await client.sendMessage('answer', Buffer.alloc(1));
        await second.says('uplink answer');
        expect(second.rest('uplink')).toEqual(['answer']);
      } finally {
        if (client.state !== 'idle') await client.terminate();
      }
    },
  );

  it('or stopped while it should read is dropped after the write deadline, and found again', async () => {
    const path = join(folder, 'socket');
    const received: string[] = [];
    const client = pluginAt(path, received);
    try {
      const agent = new Child('agent', path, 'good');
      await agent.says('listening');
      await client.launch({ timeoutMs: WAIT_MS });
      await agent.says('reached');
      agent.process.kill('SIGSTOP');
      const error: unknown = await client
        .sendMessage('big', Buffer.alloc(16 * 1024 * 1024))
        .catch((cause: unknown) => cause);
      expect(error).toMatchObject({ name: 'SendError', code: 'E_DEADLINE' });
      agent.process.kill('SIGCONT');
      await until(() => agent.rest('reached').length >= 2, WAIT_MS, 'the next registration');
      agent.process.send('again');
      await until(() => received.includes('again'), WAIT_MS, 'a message afterwards');
      expect(agent.rest('uplink')).toEqual([]);
    } finally {
      if (client.state !== 'idle') await client.terminate();
    }
  });

  it('a hundred connections later has cost no descriptor', async () => {
    const path = join(folder, 'socket');
    const agent = new Child('agent', path, 'good');
    await agent.says('listening');
    const before = descriptors();
    for (let turn = 0; turn < 100; turn += 1) {
      const client = pluginAt(path, []);
      await client.launch({ timeoutMs: WAIT_MS });
      await client.terminate();
    }
    await until(() => descriptors() <= before, WAIT_MS, 'the descriptors to be free');
  });
});

describe('a GSE server that is killed', () => {
  const cases: readonly (readonly [step: string, state: AgentState])[] = [
    ['accepted', 'unknown'],
    ['read', 'unknown'],
    ['half', 'unknown'],
    ['answered', 'ok'],
  ];

  it.each(cases)('at the step "%s" leaves the targets %s; nothing is sent twice', async (step, state) => {
    const first = new Child('server', step);
    await first.says('port');
    const client = clientTo(Number(first.rest('port')[0]));
    try {
      const sending = client
        .dispatch('once', Buffer.from('x'.repeat(100_000)), ['A'])
        .catch((error: unknown) => error);
      await first.says('reached');
      if (step === 'answered') await sending;
      await first.kill();
      const answer = (await sending) as Error;
      expect(dispatchOutcome(['A'], answer).agents.get('A')?.state).toBe(state);
      expect(first.rest('request')).toEqual(step === 'accepted' ? [] : ['once']);
    } finally {
      await client.close();
    }
    const second = new Child('server', 'answered');
    await second.says('port');
    const next = clientTo(Number(second.rest('port')[0]));
    try {
      expect((await next.dispatch('next', Buffer.from('x'), ['A'])).code).toBe(0n);
      await second.says('request');
      expect(second.rest('request')).toEqual(['next']);
    } finally {
      await next.close();
    }
  });

  it('before anything was sent leaves them not sent', async () => {
    const client = clientTo(await reservePort());
    try {
      const answer: unknown = await client
        .dispatch('m', Buffer.from('x'), ['A'])
        .catch((error: unknown) => error);
      expect(dispatchOutcome(['A'], answer as Error).agents.get('A')?.state).toBe('not_sent');
    } finally {
      await client.close();
    }
  });
});

function clientTo(port: number): DispatchClient {
  return new DispatchClient({
    baseUrl: `http://127.0.0.1:${port}`,
    slot: { slotId: 1n, token: 't' },
    auth: { appCode: '', appSecret: '' },
    timeoutMs: WAIT_MS,
  });
}
