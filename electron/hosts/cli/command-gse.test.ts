import { mkdtemp, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Failure } from '../../../shared/failure.ts';
import { GseLab } from '../../lab/gse/gse-lab.ts';
import { encodeKeepaliveRequest, encodeRespond } from '../../protocols/gse/socket-messages.ts';
import { UplinkPoster } from '../../protocols/gse/uplink-poster.ts';
import { FakeAgent } from '../../lab/gse/fake-agent.ts';
import { reservePort } from '../../../tests/kit/scripted-receiver.ts';
import { until } from '../../../tests/kit/raw-agent.ts';
import { SYSTEM_CLOCK } from '../../net/system-clock.ts';
import { gseSend, type GseSendOptions } from './command-gse-send.ts';
import { gseLab } from './command-gse-lab.ts';
import { LAB_FAULTS_NONE, labFaults } from './gse-lab-faults.ts';
import { slotNumber } from './slot-number.ts';
import { gsePlugin, gseReport } from './command-gse-plugin.ts';
import { gseCallback } from './command-gse-watch.ts';
import { exitCodeOf } from './exit-codes.ts';
import type { Output } from './output.ts';

const WAIT_MS = 30_000;
const AGENT = {
  info: { agentId: 'a', version: '', cloudId: 0n, runMode: 1n, statusCode: 2n, status: '' },
  ip: '',
} as const;
let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gse-cli-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Said extends Output {
  readonly lines: string[];
  readonly values: unknown[];
  readonly notes: string[];
  readonly failures: Failure[];
}

function collected(): Said {
  const said = {
    lines: [] as string[],
    values: [] as unknown[],
    notes: [] as string[],
    failures: [] as Failure[],
  };
  return {
    ...said,
    isJson: false,
    line: (text) => void said.lines.push(text),
    json: (value) => void said.values.push(value),
    note: (text) => void said.notes.push(text),
    failure: (failure) => {
      said.failures.push(failure);
      return exitCodeOf(failure.code);
    },
    room: () => Promise.resolve(),
  };
}

const SLOT = { slotId: 10n, token: 't' };

function sendOptions(baseUrl: string, targets: readonly string[], output: Output): GseSendOptions {
  return {
    gateway: { baseUrl, slot: SLOT, auth: { appCode: '', appSecret: '' } },
    spec: {
      id: 'cli',
      parentId: null,
      createdAtMs: 0,
      profile: '',
      targets,
      messageId: 'cli-{{uuid}}',
      content: { text: 'hello' },
      variables: {},
      rolling: '',
      multi: false,
      requestTargetsMax: 1_000,
      concurrency: 1,
      delayMs: 0,
      onFailure: 'continue',
      replyTimeoutMs: null,
    },
    callback: null,
    signal: new AbortController().signal,
    output,
  };
}

describe('signalbox send', () => {
  it('ends by what became of the targets, and shows answers and silence', async () => {
    const port = await reservePort();
    const slot = { ...SLOT, pluginName: 'p', callbackUrl: `http://127.0.0.1:${port}/cb` };
    const lab = await GseLab.start({ folder, port: 0, clock: SYSTEM_CLOCK, slot, simulatedCount: 0 });
    try {
      const good = collected();
      const plain = sendOptions(lab.server.baseUrl, lab.agentIds, good);
      expect(await gseSend(plain)).toBe(0);
      expect(good.notes).toEqual(['3 ok']);
      const [first = '', second = '', silent = ''] = lab.agentIds;
      const waiting = collected();
      const callback = { host: '127.0.0.1', port, path: '/cb' };
      const spec = { ...plain.spec, replyTimeoutMs: 2_000 };
      expect(await gseSend({ ...plain, spec, callback, output: waiting })).toBe(1);
      expect(waiting.notes).toEqual(['2 replied, 1 silent']);
      expect(waiting.lines).toContain(`${silent} silent`);
      expect(waiting.lines.filter((line) => line.endsWith('answered: hello')).toSorted()).toEqual(
        [first, second].map((id) => `${id} answered: hello`).toSorted(),
      );
      const bad = collected();
      expect(await gseSend(sendOptions(lab.server.baseUrl, ['nobody', first], bad))).toBe(1);
      expect(bad.lines).toContain('nobody failed: 101 no such agent');
    } finally {
      await lab.close();
    }
  });

  it('ends with 4 when nothing could be sent, and with 2 when the job is none', async () => {
    const output = collected();
    const baseUrl = `http://127.0.0.1:${await reservePort()}`;
    expect(await gseSend(sendOptions(baseUrl, ['a', 'b'], output))).toBe(4);
    expect(output.notes).toEqual(['2 not_sent']);
    expect(await gseSend(sendOptions(baseUrl, [], output))).toBe(2);
    expect(output.failures.map(({ code }) => code)).toEqual(['E_INPUT']);
  });

  it('sends nothing once it is cancelled', async () => {
    const output = collected();
    const cancel = new AbortController();
    cancel.abort();
    const options = sendOptions('http://127.0.0.1:1', ['a', 'b', 'c'], output);
    const spec = { ...options.spec, rolling: '1' };
    await gseSend({ ...options, spec, signal: cancel.signal });
    expect(output.notes.join(' ')).toContain('cancelled');
  });
});

it('signalbox gse callback prints uplinks until the signal', async () => {
  const output = collected();
  const stop = new AbortController();
  const port = await reservePort();
  const running = gseCallback({
    host: '127.0.0.1',
    port,
    path: '/cb',
    alwaysOk: false,
    signal: stop.signal,
    output,
  });
  const poster = new UplinkPoster(WAIT_MS);
  try {
    await until(() => output.notes.length === 1, WAIT_MS, 'the address');
    const body = Buffer.from('{"message_id":"m","bk_agent_id":"a","content":"c"}');
    expect(await poster.post(`http://127.0.0.1:${port}/cb`, body)).toEqual({ status: 200 });
    expect(output.lines).toEqual(['a m: c']);
  } finally {
    stop.abort();
    await poster.close();
  }
  expect(await running).toBe(0);
});

it('signalbox gse plugin prints downlinks and sends them back', async () => {
  const path = join(folder, 'agent');
  const uplinks: string[] = [];
  const agent = new FakeAgent({
    ...AGENT,
    messageAddress: { path },
    reportAddress: null,
    onUplink: ({ messageId }) => void uplinks.push(messageId),
  });
  await agent.open();
  const output = collected();
  const stop = new AbortController();
  const options = {
    place: path,
    pluginName: 'p',
    pluginVersion: 'v',
    answer: { mode: 'echo', text: '' },
    uplink: null,
    keepaliveMs: 3_000,
    sdkExact: false,
    launchTimeoutMs: WAIT_MS,
    output,
  } as const;
  const running = gsePlugin({ ...options, signal: stop.signal });
  try {
    await until(() => agent.isConnected('p'), WAIT_MS, 'the plugin');
    agent.deliver('a', { pluginName: 'p', messageId: 'm', content: 'hi' });
    await until(() => uplinks.length === 1, WAIT_MS, 'the echo');
    expect(output.lines).toEqual(['m: hi']);
    const uplink = { messageId: 'own', content: Buffer.from('x') };
    expect(await gsePlugin({ ...options, uplink, signal: new AbortController().signal })).toBe(0);
    await until(() => uplinks.includes('own'), WAIT_MS, 'the uplink');
  } finally {
    stop.abort();
    await agent.close();
  }
  expect(await running).toBe(0);
  const signal = new AbortController().signal;
  const gone = { ...options, place: join(folder, 'none'), launchTimeoutMs: 50, signal };
  expect(await gsePlugin(gone)).toBe(4);
  await until(() => output.notes.some((note) => note.startsWith('path: there is no ')), WAIT_MS, 'why');
});

it('signalbox gse report hands over so many, and says what it could not', async () => {
  const path = join(folder, 'agent');
  const reports: number[] = [];
  const agent = new FakeAgent({
    ...AGENT,
    messageAddress: { path },
    reportAddress: { path: `${path}.report` },
    onUplink: () => undefined,
    onEvent: (event) => void (event.kind === 'report' ? reports.push(event.dataId) : undefined),
  });
  await agent.open();
  const output = collected();
  const options = {
    place: `${path}.report`,
    dataId: 1_000,
    content: Buffer.from('cpu 42'),
    timeUnit: 'seconds',
    perSecond: 200,
    total: 20,
    keepaliveMs: 3_000,
    sdkExact: false,
    launchTimeoutMs: WAIT_MS,
    signal: new AbortController().signal,
    output,
  } as const;
  try {
    expect(await gseReport(options)).toBe(0);
    expect(output.lines).toEqual(['sent 20, failed 0, held back 0']);
    await until(() => reports.length === 20, WAIT_MS, 'the reports');
    expect(new Set(reports)).toEqual(new Set([1_000]));
    const stop = new AbortController();
    const endless = gseReport({ ...options, total: 0, signal: stop.signal });
    await until(() => reports.length > 25, WAIT_MS, 'more reports');
    stop.abort();
    expect(await endless).toBe(0);
  } finally {
    await agent.close();
  }
  expect(await gseReport({ ...options, launchTimeoutMs: 50 })).toBe(4);
});

it('signalbox gse lab is an agent and a server for other programs, an uplink before its keepalive included', async () => {
  const callbackPort = await reservePort();
  const [lab, callback, plugin] = [collected(), collected(), collected()];
  const stop = new AbortController();
  const { signal } = stop;
  const messagePath = join(folder, 'm');
  const options = {
    messagePlace: messagePath,
    reportPlace: null,
    agentId: 'a',
    port: 0,
    slotId: 10n,
    token: '',
  };
  const callbackUrl = `http://127.0.0.1:${callbackPort}/cb`;
  const app = { appCode: 'app', appSecret: 'secret', simulatedCount: 0, faults: LAB_FAULTS_NONE };
  const taking = gseCallback({
    host: '127.0.0.1',
    port: callbackPort,
    path: '/cb',
    alwaysOk: false,
    signal,
    output: callback,
  });
  const running = gseLab({ ...options, ...app, pluginName: 'p', callbackUrl, signal, output: lab });
  const plugging = until(() => lab.lines.length === 2, WAIT_MS, 'the lab').then(() =>
    gsePlugin({
      place: messagePath,
      pluginName: 'p',
      pluginVersion: 'v',
      answer: { mode: 'echo', text: '' },
      uplink: null,
      keepaliveMs: 3_000,
      sdkExact: false,
      launchTimeoutMs: WAIT_MS,
      signal,
      output: plugin,
    }),
  );
  try {
    await until(() => lab.lines.includes('plugin p is connected'), WAIT_MS, 'the plugin');
    const early = createConnection({ path: messagePath });
    early.write(encodeRespond('p', 'early', Buffer.from('x'), 1n));
    await until(() => callback.lines.includes('a early: x'), WAIT_MS, 'the early uplink');
    early.destroy();
    const [ready] = lab.values as { baseUrl: string; token: string }[];
    const said = collected();
    const sending = sendOptions(ready?.baseUrl ?? '', ['a', 'nobody'], said);
    const slot = { slotId: 10n, token: ready?.token ?? '' };
    const gateway = { ...sending.gateway, slot, auth: { appCode: 'app', appSecret: 'secret' } };
    expect(await gseSend({ ...sending, gateway })).toBe(1);
    await until(() => callback.lines.some((line) => line.endsWith(': hello')), WAIT_MS, 'the reply');
  } finally {
    stop.abort();
  }
  expect(await Promise.all([taking, running, plugging])).toEqual([0, 0, 0]);
  expect(lab.lines).toContain('an uplink says it is of p, its connection is of nobody yet');
  expect(lab.lines).toContain(`callback early of a to ${callbackUrl} was answered 200`);
  const refused = { ...options, ...app, pluginName: 'p', signal, output: lab };
  expect(await gseLab({ ...refused, callbackUrl: 'ftp://x' })).toBe(2);
});

it('signalbox gse callback listens on every address with a path that is secret, for those on its list', async () => {
  const port = await reservePort();
  const body = Buffer.from('{"message_id":"m","bk_agent_id":"a","content":"c"}');
  for (const allowedPeers of [['127.0.0.1'], ['192.0.2.1']]) {
    const output = collected();
    const stop = new AbortController();
    const place = {
      host: '0.0.0.0',
      port,
      path: '',
      alwaysOk: false,
      hostNames: ['localhost', 'cb.example.com'],
    };
    const running = gseCallback({ ...place, allowedPeers, signal: stop.signal, output });
    const poster = new UplinkPoster(WAIT_MS);
    try {
      await until(() => output.notes.length === 1, WAIT_MS, 'the address');
      const url = output.notes[0]?.replace('uplinks are taken at ', '') ?? '';
      expect(url).toMatch(/^http:\/\/localhost:\d+\/gse\/callback\/[\w-]{32}$/);
      const status = allowedPeers.includes('127.0.0.1') ? 200 : 403;
      const here = url.replace('localhost', '127.0.0.1');
      expect(await poster.post(here, body)).toEqual({ status });
      expect(await poster.post(`http://127.0.0.1:${port}/gse/callback`, body)).toEqual({ status: 404 });
      expect(await statusBehindProxy(port, url, body)).toBe(status);
    } finally {
      await poster.close();
      stop.abort();
    }
    expect(await running).toBe(0);
  }
});

/** As a load balancer posts: under the name it was called by, without a port. */
async function statusBehindProxy(port: number, url: string, body: Buffer): Promise<number | undefined> {
  const headers = { Host: 'cb.example.com', 'Content-Length': body.length };
  const asked = request({ host: '127.0.0.1', port, path: new URL(url).pathname, method: 'POST', headers });
  asked.end(body);
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  answer.resume();
  return answer.statusCode;
}

describe('the lab of the command line', () => {
  const stops: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
  });

  /** On ports of 127.0.0.1, as an agent on Windows has them. */
  async function startLab(faults: string[], callbackUrl: string | null = null): Promise<LabPlaces> {
    const output = collected();
    const stop = new AbortController();
    const running = gseLab({
      ...{ messagePlace: '0', reportPlace: '0', agentId: 'a', port: 0, slotId: -(2n ** 63n), token: 't' },
      ...{ pluginName: 'p', callbackUrl, appCode: '', appSecret: '', simulatedCount: 0 },
      faults: labFaults(faults),
      signal: stop.signal,
      output,
    });
    stops.push(async () => {
      stop.abort();
      expect(await running).toBe(0);
    });
    await until(() => output.values.length > 0, WAIT_MS, 'the lab');
    const [ready] = output.values as [Omit<LabPlaces, 'output'>];
    return { ...ready, output };
  }

  it('has its sockets on ports too, and tells the bytes of a report', async () => {
    const lab = await startLab([]);
    const what = {
      dataId: 7,
      content: Buffer.from([0xff, 1]),
      timeUnit: 'seconds',
      perSecond: 10,
      total: 1,
    } as const;
    const manner = { keepaliveMs: 3_000, sdkExact: false, launchTimeoutMs: WAIT_MS };
    const { signal } = new AbortController();
    expect(await gseReport({ ...what, ...manner, place: lab.reportPlace, signal, output: collected() })).toBe(
      0,
    );
    const report = { kind: 'report', dataId: 7, bytes: 2, content: '/wE=' };
    await until(() => lab.output.values.length > 1, WAIT_MS, 'the report');
    expect(lab.output.values[1]).toMatchObject(report);
  });

  it('tells when a plugin takes its name back after a later connection of it has gone', async () => {
    const lab = await startLab([]);
    const connected = (): number =>
      lab.output.lines.filter((line) => line === 'plugin p is connected').length;
    const say = async (socket: Socket, count: number): Promise<void> => {
      socket.write(encodeKeepaliveRequest({ pluginName: 'p', pluginVersion: 'v', pid: 1 }, 1n));
      await until(() => connected() === count, WAIT_MS, `${count} times connected`);
    };
    const [first, second] = [0, 0].map(() => createConnection(Number(lab.messagePlace), '127.0.0.1'));
    if (first === undefined || second === undefined) return;
    await say(first, 1);
    await say(second, 2);
    second.destroy();
    await until(() => lab.output.lines.includes('plugin p is gone'), WAIT_MS, 'the end of the second');
    await say(first, 3);
    first.destroy();
  });

  it('goes wrong as told', async () => {
    const lab = await startLab(['http=503,1650300', 'latency=1', 'malformed=00']);
    const said = collected();
    const { gateway, ...rest } = sendOptions(lab.baseUrl, ['a'], said);
    expect(
      await gseSend({ ...rest, gateway: { ...gateway, slot: { slotId: -(2n ** 63n), token: 't' } } }),
    ).toBe(1);
    expect(said.lines).toEqual([expect.stringContaining('1650300') as string]);
    const socket = createConnection(Number(lab.messagePlace), '127.0.0.1');
    socket.write(encodeKeepaliveRequest({ pluginName: 'p', pluginVersion: 'v', pid: 1 }, 1n));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect([...answer]).toEqual([0]);
    socket.destroy();
  });

  it('tells what became of each callback, and changes the order only when told to', async () => {
    const port = await reservePort();
    const callback = collected();
    const stop = new AbortController();
    const place = { host: '127.0.0.1', port, path: '/cb', alwaysOk: false };
    const taking = gseCallback({ ...place, signal: stop.signal, output: callback });
    stops.push(async () => {
      stop.abort();
      expect(await taking).toBe(0);
    });
    const ids = Array.from({ length: 100 }, (_, index) => String(index));
    const frames = Buffer.concat(ids.map((id) => encodeRespond('p', id, Buffer.from('x'), 1n)));
    for (const faults of [[], ['out-of-order']]) {
      callback.values.length = 0;
      const lab = await startLab(faults, `http://127.0.0.1:${port}/cb`);
      const socket = createConnection(Number(lab.messagePlace), '127.0.0.1');
      socket.write(encodeKeepaliveRequest({ pluginName: 'p', pluginVersion: 'v', pid: 1 }, 1n));
      socket.write(frames);
      await until(() => callback.values.length === ids.length, WAIT_MS, 'the callbacks');
      socket.destroy();
      const swapped = ids.map((_, index) => String(index % 2 === 0 ? index + 1 : index - 1));
      const order = (callback.values as { messageId: string }[]).map(({ messageId }) => messageId);
      expect(order).toEqual(faults.length === 0 ? ids : swapped);
      const tried = (): unknown[] =>
        lab.output.values.filter((value) => (value as { kind: string }).kind === 'callback');
      await until(() => tried().length === ids.length, WAIT_MS, 'what became of them');
      expect(tried()).toContainEqual({ kind: 'callback', agentId: 'a', messageId: '7', status: 200 });
    }
  });

  it.each(['nothing', 'delay', 'delay=x', 'refuse=1', 'malformed=0', 'http=200', 'failing=(', 'constructor'])(
    'refuses the fault %s',
    (word) => {
      expect(() => labFaults([word])).toThrow('is no fault of the lab');
    },
  );

  it.each(['', '1.0', '9223372036854775808', '-9223372036854775809', '99999999999999999999'])(
    'refuses the slot %j',
    (text) => {
      expect(() => slotNumber(text)).toThrow('a whole number of 64 bits');
    },
  );
});

interface LabPlaces {
  readonly baseUrl: string;
  readonly messagePlace: string;
  readonly reportPlace: string;
  readonly output: Said;
}
