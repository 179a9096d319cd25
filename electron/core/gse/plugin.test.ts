// Acting as a plugin from a console: against its own lab's agents, and against agents that behave badly. Real sockets all through.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RawAgent, until } from '../../../tests/kit/raw-agent.ts';
import type { CallInput } from '../../../shared/contract/contract.ts';
import type { Plugin, PluginSocketView, PluginView } from '../../../shared/contract/plugin.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { encodeFrame, FRAME_TYPES } from '../../protocols/gse/frames.ts';
import { encodeReportAnswer, ReportFrameReader } from '../../protocols/gse/report-frames.ts';
import { encodeDownlink, encodeKeepaliveAnswer } from '../../protocols/gse/socket-messages.ts';
import { openConsole, type Console } from '../console.ts';
import { labProfile } from './gse-lab-peer.ts';

const CLOCK = { wallMs: () => Date.now(), monotonicMs: () => performance.now() };
const WAIT_MS = 60_000;
const INFO = { agentId: 'agent-9', version: 'v2', cloudId: 3n, runMode: 0n, statusCode: 4n, status: 'busy' };
const TEXT = (text: string) => ({ mode: 'text', text }) as const;
const BASE: Plugin = {
  id: 'one',
  pluginName: 'lab_echo',
  pluginVersion: 'v1.2.3',
  profileId: '',
  messageAt: '',
  reportAt: '',
  keepaliveMs: 500,
  sdkExact: false,
  answer: { mode: 'off', text: '' },
};
let folder: string;
let core: Console;
const cleanups: (() => Promise<void>)[] = [];

const open = (dataFolder: string, lab: boolean): Promise<Console> =>
  openConsole({
    dataFolder,
    host: 'serve',
    hostReason: 'test',
    profile: 'lab',
    lab,
    clock: CLOCK,
    version: '0.0.0',
    missing: [],
    gse: true,
    mimoPorts: [0],
    labEmitterPath: join(dataFolder, 'no-emitter'),
  });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-plugin-'));
  core = await open(folder, true);
});
afterAll(async () => {
  await core.close();
  rmSync(folder, { recursive: true, force: true });
});
afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean();
  for (const { plugin } of await views()) await core.calls['plugin.remove']({ pluginId: plugin.id });
});

async function views(): Promise<PluginView[]> {
  let stop: () => void = () => undefined;
  const item = await new Promise<{ plugins: PluginView[] }>((resolve) => {
    stop = core.streams['plugin.list'](
      {},
      { hasRoom: () => true, onRoom: () => undefined, push: resolve, end: () => undefined },
    );
  });
  stop();
  return item.plugins;
}

async function view(pluginId = 'one'): Promise<PluginView> {
  const found = (await views()).find(({ plugin }) => plugin.id === pluginId);
  if (found === undefined) throw new Error(`no connection ${pluginId}`);
  return found;
}

async function eventually(what: string, isSo: (found: PluginView) => boolean): Promise<PluginView> {
  const endMs = performance.now() + WAIT_MS;
  for (;;) {
    const found = await view();
    if (isSo(found)) return found;
    if (performance.now() > endMs) throw new Error(`never happened: ${what}: ${JSON.stringify(found)}`);
  }
}

const socketOf = (found: PluginView, kind: PluginSocketView['kind'] = 'message'): PluginSocketView => {
  const socket = found.sockets.find((one) => one.kind === kind);
  if (socket === undefined) throw new Error(`no ${kind} socket`);
  return socket;
};
const act = (action: CallInput<'plugin.act'>['action']) => core.calls['plugin.act']({ pluginId: 'one', action });
const rows = async () => (await core.calls['plugin.rows']({ pluginId: 'one', after: 0, rowsMax: 1_000 })).rows;
const isUp = (found: PluginView): boolean => found.sockets.every(({ state }) => state === 'up');

async function connectTo(change: Partial<Plugin>): Promise<void> {
  await core.calls['plugin.write']({ plugin: { ...BASE, ...change } });
  await act('connect');
}

async function rawAgent(isAnswering = true): Promise<RawAgent> {
  const agent = await RawAgent.start();
  cleanups.push(() => agent.close());
  if (isAnswering)
    agent.onConnection = (connection) => void connection.write(encodeKeepaliveAnswer(INFO, 1n));
  return agent;
}

describe('with the lab', () => {
  it('takes the place of the silent plugin: a dispatch reaches it, the reply under the same id makes the row replied', async () => {
    const { places } = await core.calls['plugin.places']({});
    const [silent] = places;
    expect(silent).toMatchObject({ kind: 'lab', pluginName: 'lab_echo', present: true });
    if (silent === undefined) return;
    await connectTo({ messageAt: silent.messageAt, reportAt: silent.reportAt });
    const found = await eventually('connected', isUp);
    expect(found).toMatchObject({ simulated: true, wanted: true, locked: '' });
    expect(found.agent).toMatchObject({ agentId: silent.agentId, statusCode: '2', stale: false });
    expect(found.sockets.map(({ step }) => step)).toEqual([null, null]);

    const { setId } = await core.calls['dispatch.targets.parse']({
      text: silent.agentId,
      into: null,
      excludeSet: null,
      excludeText: '',
    });
    const { jobId } = await core.calls['dispatch.start']({
      draft: {
        profileId: 'lab',
        slotId: '1001',
        setId,
        messageId: 'ask-1',
        content: { mode: 'text', text: 'who is there', notUtf8: 'refuse' },
        variables: [],
        batchSize: 1_000,
        rolling: '',
        concurrency: 1,
        delayMs: 0,
        onFailure: 'continue',
        replyTimeoutMs: 60_000,
      },
      confirm: { targets: null, profileLabel: '' },
      undoMs: 0,
    });
    await eventually('the message', ({ rows: { newest } }) => newest === 1);
    const [downlink] = await rows();
    expect(downlink).toMatchObject({ state: 'received', messageId: 'ask-1', bytes: 12, preview: 'who is there' });
    const sent = await core.calls['plugin.send']({ pluginId: 'one', messageId: 'ask-1', content: TEXT('me') });
    expect(sent).toMatchObject({ outcome: 'sent', reason: '' });
    const endMs = performance.now() + WAIT_MS;
    let outcome = '';
    while (outcome !== 'replied' && performance.now() < endMs) {
      const page = await core.calls['jobs.rows']({ jobId, outcome: null, from: 0, rowsMax: 1 });
      outcome = page.rows[0]?.outcome ?? '';
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(outcome).toBe('replied');
    // The whole frame is in the feed, header and info as the head.
    const detail = await core.calls['feed.event']({ seq: downlink?.seq ?? 0 });
    const frame = Buffer.concat([detail.head, detail.body]);
    expect(frame.readUInt32BE(0)).toBe(0xdeadbeef);
    expect(frame.readUInt32BE(16)).toBe(frame.length);
    expect(frame.subarray(28).toString()).toBe('{"message_id":"ask-1","session_id":""}who is there');
    expect(detail.row).toMatchObject({ source: 'gse', kind: 'event', id: 'ask-1', host: silent.agentId, simulated: true });
  });

  it('reports at a rate, counts, and stops', async () => {
    const { places } = await core.calls['plugin.places']({});
    await connectTo({ reportAt: places[0]?.reportAt ?? '' });
    await eventually('connected', isUp);
    const input = { pluginId: 'one', dataId: 1_000, timeUnit: 'milliseconds', content: TEXT('sample') } as const;
    await core.calls['plugin.report']({ ...input, perSecond: 200, total: 50 });
    const over = await eventually('50 reports', ({ report }) => report?.endedAtMs !== null);
    expect(over.report).toMatchObject({ sent: 50, failed: 0, held: 0, bytes: 6 });
    await core.calls['plugin.report']({ ...input, perSecond: 1, total: 0 });
    await eventually('one more', ({ report }) => report?.sent === 1);
    await act('report_stop');
    expect((await view()).report?.endedAtMs).not.toBeNull();
    expect((await rows()).map(({ detail }) => detail)).toEqual([
      '50 reports of data id 1000',
      '1 reports of data id 1000',
    ]);
  });

  it('is remembered, and not connected by itself', async () => {
    const own = mkdtempSync(join(tmpdir(), 'signalbox-plugin-kept-'));
    cleanups.push(async () => rmSync(own, { recursive: true, force: true }));
    const first = await open(own, false);
    await first.calls['plugin.write']({ plugin: { ...BASE, messageAt: '/nowhere/at.all' } });
    await first.close();
    const second = await open(own, false);
    const { plugins } = await second.calls['plugin.act']({ pluginId: 'one', action: 'disconnect' });
    expect(plugins).toMatchObject([{ wanted: false, plugin: { messageAt: '/nowhere/at.all' }, sockets: [{ state: 'off' }] }]);
    await second.close();
    writeFileSync(join(own, 'plugins.json'), '{"version":1');
    const third = await open(own, false);
    await expect(third.calls['plugin.write']({ plugin: { ...BASE, messageAt: '/x' } })).rejects.toMatchObject({ code: 'E_CONFIG' });
    await third.close();
    expect(readFileSync(join(own, 'plugins.json'), 'utf8')).toBe('{"version":1');
  });
});

describe('the broken step', () => {
  const failed = (found: PluginView): boolean => socketOf(found).state === 'failed';

  it('path: nothing there, and no socket', async () => {
    await connectTo({ messageAt: join(folder, 'none', 'ipc.state.message') });
    const none = socketOf(await eventually('failed', failed));
    expect(none).toMatchObject({ step: 'path', fix: 'Start the agent, or correct the path.' });
    expect(none.reason).toContain('there is no ');
    expect((await eventually('waits', (found) => socketOf(found).nextDialAtMs !== null)).wanted).toBe(true);
    await connectTo({ messageAt: join(folder, 'plugins.json') });
    const file = socketOf(await eventually('failed', failed));
    expect(file).toMatchObject({ step: 'path' });
    expect(file.reason).toContain('is a file, not a socket');
    await connectTo({ messageAt: `/${'x'.repeat(LIMITS.unixPathBytesMax + 1)}` });
    expect(socketOf(await eventually('failed', failed)).step).toBe('path');
  });

  it('permission: of the socket and of a folder, as a user who has none', async () => {
    // The dial must really be refused: root is never, so another user asks where we are root.
    const closed = mkdtempSync(join(tmpdir(), 'closed-'));
    cleanups.push(async () => rmSync(closed, { recursive: true, force: true }));
    chmodSync(closed, 0o755);
    const agent = createServer();
    await new Promise<void>((resolve) => agent.listen(join(closed, 'a.sock'), resolve));
    cleanups.push(() => new Promise((resolve) => agent.close(() => resolve())));
    chmodSync(join(closed, 'a.sock'), 0o600);
    mkdirSync(join(closed, 'inner'), { mode: 0o700 });
    const asNobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : null;
    if (asNobody === null) chmodSync(join(closed, 'a.sock'), 0o000);
    if (asNobody === null) chmodSync(join(closed, 'inner'), 0o000);
    const module = fileURLToPath(new URL('./plugin-diagnosis.ts', import.meta.url));
    const script = `import(${JSON.stringify(module)}).then(async ({ diagnose }) => {
      const found = [];
      for (const path of process.argv.slice(1)) found.push(await diagnose({ path }, 'connect EACCES', 'EACCES'));
      process.stdout.write(JSON.stringify(found));
    })`;
    const asked = spawnSync(process.execPath, ['-e', script, join(closed, 'a.sock'), join(closed, 'inner', 'b.sock')], {
      encoding: 'utf8',
      cwd: '/',
      ...asNobody,
    });
    // A checkout only its owner may read cannot be loaded by nobody: then there is nothing to ask.
    if (asNobody !== null && asked.stderr.includes('EACCES')) return;
    expect(asked.stderr).toBe('');
    const [socket, folderOf] = JSON.parse(asked.stdout) as { step: string; reason: string; fix: string }[];
    expect(socket).toMatchObject({ step: 'permission' });
    expect(socket?.reason).toMatch(/^permission denied on .*a\.sock: the socket is \S+:\S+ 0[06]00, this is user \d+$/);
    expect(folderOf).toMatchObject({ step: 'permission' });
    expect(folderOf?.reason).toContain('inner: the folder is');
    chmodSync(join(closed, 'inner'), 0o700);
  });

  it('connect: a socket nobody listens on, and a port', async () => {
    const agent = await rawAgent();
    // Its file stays, as after a crash.
    spawnSync(process.execPath, [
      '-e',
      `require('net').createServer().listen(${JSON.stringify(`${agent.path}.dead`)}, () => process.kill(process.pid, 'SIGKILL'))`,
    ]);
    await connectTo({ messageAt: `${agent.path}.dead` });
    expect(socketOf(await eventually('failed', failed))).toMatchObject({ step: 'connect', fix: 'Start the agent.' });
    await connectTo({ messageAt: '1' });
    const port = socketOf(await eventually('failed', failed));
    expect(port).toMatchObject({ step: 'connect', reason: 'nobody listens on 127.0.0.1:1' });
  });

  it('answer: one that closes at once, one that is silent, one that speaks something else', async () => {
    const closing = await rawAgent(false);
    closing.onConnection = ({ socket }) => void socket.destroy();
    await connectTo({ messageAt: closing.path });
    expect(socketOf(await eventually('failed', failed))).toMatchObject({ step: 'answer' });
    const count = closing.connections.length;
    expect(count).toBeLessThanOrEqual(5);

    const silent = await rawAgent(false);
    await connectTo({ messageAt: silent.path });
    const waiting = socketOf(await eventually('degraded', (found) => socketOf(found).state === 'degraded'));
    expect(waiting).toMatchObject({ step: 'answer', lastAnswerAtMs: null });
    expect(waiting.reason).toContain('no answer to a keepalive');
    expect((await view()).agent).toBeNull();

    const foreign = await rawAgent(false);
    foreign.onConnection = (connection) => void connection.write(encodeReportAnswer(0x0a, Buffer.from('{}')));
    await connectTo({ messageAt: foreign.path });
    const other = await eventually('failed', failed);
    expect(socketOf(other).reason).toContain('bad_magic');
    expect(socketOf(other).fix).toContain('right one of the two sockets');
    expect(socketOf(other).refused.map(({ code }) => code)).toEqual(['bad_magic']);
  });
});

describe('what comes and goes', () => {
  it('shows malformed frames with their reason, keeps their bytes, and takes the next message', async () => {
    const agent = await rawAgent();
    await connectTo({ messageAt: agent.path });
    await eventually('up', isUp);
    const bad = encodeFrame({ type: FRAME_TYPES.dispatch, sequence: 7n, info: Buffer.from('{"message_id":1}'), content: Buffer.from('x') });
    const unknown = encodeFrame({ type: 0x9009, sequence: 8n, info: Buffer.from('?') });
    const good = encodeDownlink('fine', Buffer.from([0xff, 0x00]), 9n);
    await (await agent.connection(1)).write(Buffer.concat([bad, unknown, good]));
    await eventually('three lines', ({ rows: { newest } }) => newest === 3);
    const found = await rows();
    expect(found.map(({ state }) => state)).toEqual(['skipped', 'skipped', 'received']);
    expect(found[0]?.detail).toContain('invalid_info_json');
    expect(found[1]?.detail).toContain('unknown_type');
    const kept = await core.calls['feed.event']({ seq: found[0]?.seq ?? 0 });
    expect(Buffer.from(kept.head)).toEqual(bad);
    expect(kept.row).toMatchObject({ kind: 'refused', type: 'E_PROTOCOL' });
    const bytes = await core.calls['feed.event']({ seq: found[2]?.seq ?? 0 });
    expect(Buffer.concat([bytes.head, bytes.body])).toEqual(good);
    expect(socketOf(await view()).refused).toEqual([
      { code: 'invalid_info_json', count: 1 },
      { code: 'unknown_type', count: 1 },
    ]);
  });

  it('ends an oversized claim at its header and comes back', async () => {
    const agent = await rawAgent();
    await connectTo({ messageAt: agent.path });
    await eventually('up', isUp);
    const huge = encodeDownlink('huge', Buffer.alloc(8), 1n);
    huge.writeUInt32BE(LIMITS.gseFrameBytesMax + 1, 16);
    await (await agent.connection(1)).write(huge.subarray(0, 28));
    await agent.connection(2);
    const found = await eventually('up again', (now) => isUp(now) && socketOf(now).connections === 2);
    expect(socketOf(found).refused).toEqual([{ code: 'length_too_large', count: 1 }]);
    expect((await rows()).map(({ state }) => state)).toEqual(['skipped']);
  });

  it('sends exact bytes, says what became of a frame, and never claims more', async () => {
    const agent = await rawAgent();
    await connectTo({ messageAt: agent.path });
    await expect(core.calls['plugin.send']({ pluginId: 'one', messageId: '', content: TEXT('x') })).rejects.toMatchObject({ code: 'E_INPUT' });
    await expect(core.calls['plugin.send']({ pluginId: 'one', messageId: 'm', content: { mode: 'hex', text: 'abc' } })).rejects.toMatchObject({ code: 'E_INPUT' });
    await eventually('up', isUp);
    const input = { pluginId: 'one', messageId: 'plug-1', content: { mode: 'hex', text: '00 ff' } } as const;
    const preview = await core.calls['plugin.preview']({ kind: 'uplink', ...input });
    expect(preview).toMatchObject({ contentBytes: 2, utf8: false, fault: null });
    const connection = await agent.connection(1);
    connection.received = Buffer.alloc(0);
    const sent = await core.calls['plugin.send'](input);
    expect(sent).toEqual({ outcome: 'sent', reason: '', bytes: preview.totalBytes });
    await until(() => connection.received.includes('plug-1'), WAIT_MS, 'the uplink');
    const at = connection.received.indexOf(Buffer.from('deadbeef900a', 'hex'));
    const got = connection.received.subarray(at, at + preview.totalBytes);
    const [withoutSequence, shown] = [Buffer.from(got), Buffer.from(preview.bytes)];
    withoutSequence.fill(0, 8, 16);
    shown.fill(0, 8, 16);
    expect(withoutSequence).toEqual(shown);
    await agent.stopListening();
    await eventually('down', (found) => socketOf(found).state === 'down');
    const lost = await core.calls['plugin.send'](input);
    expect(lost).toMatchObject({ outcome: 'not_sent', reason: 'not connected' });
    expect((await view()).uplinks).toEqual({ sent: 1, notSent: 1, unknown: 0 });
    expect((await rows()).map(({ state }) => state)).toEqual(['sent', 'not_sent']);
  });

  it('calls a frame an agent does not read unknown, and answers others meanwhile', async () => {
    const agent = await rawAgent();
    agent.onConnection = (connection) => {
      void connection.write(encodeKeepaliveAnswer(INFO, 1n));
      connection.socket.pause();
    };
    await connectTo({ messageAt: agent.path });
    await eventually('up', isUp);
    const content = TEXT('x'.repeat(LIMITS.gseDraftCharactersMax));
    // More than the system's buffers hold.
    const sending = Array.from({ length: 4 }, (_, index) =>
      core.calls['plugin.send']({ pluginId: 'one', messageId: `m${index}`, content }),
    );
    expect((await core.calls['plugin.places']({})).places.length).toBeGreaterThan(0);
    const outcomes = (await Promise.all(sending)).map(({ outcome }) => outcome);
    expect(outcomes).toContain('unknown');
    expect((await view()).uplinks.unknown).toBe(outcomes.filter((outcome) => outcome === 'unknown').length);
  });

  it('answers by itself only when told to, under the same id', async () => {
    const agent = await rawAgent();
    await connectTo({ messageAt: agent.path, answer: { mode: 'echo', text: '' } });
    await eventually('up', isUp);
    await (await agent.connection(1)).write(encodeDownlink('q', Buffer.from('hello'), 1n));
    await eventually('question and answer', ({ rows: { newest } }) => newest === 2);
    expect(await rows()).toMatchObject([
      { state: 'received', auto: false },
      { state: 'sent', messageId: 'q', preview: 'hello', auto: true },
    ]);
    await connectTo({ messageAt: agent.path, answer: { mode: 'text', text: 'noted' } });
    await eventually('up', isUp);
    await agent.connections.at(-1)?.write(encodeDownlink('r', Buffer.from('hello'), 1n));
    await eventually('question and answer', ({ rows: { newest } }) => newest === 2);
    expect((await rows())[1]).toMatchObject({ messageId: 'r', preview: 'noted' });
  });

  it('keeps the newest lines and says where the list begins; the feed has all', async () => {
    const agent = await rawAgent();
    await connectTo({ messageAt: agent.path });
    await eventually('up', isUp);
    const total = LIMITS.gsePluginTrafficRowsMax + 500;
    const frames = Array.from({ length: total }, (_, index) => encodeDownlink(`id-${index}`, Buffer.from('x'), 1n));
    await (await agent.connection(1)).write(Buffer.concat(frames));
    const found = await eventually('all', ({ rows: { newest } }) => newest === total);
    expect(found.rows.oldest).toBe(501);
    const kept = await rows();
    expect(kept.map(({ messageId }) => messageId)).toEqual(
      Array.from({ length: LIMITS.gsePluginTrafficRowsMax }, (_, index) => `id-${index + 500}`),
    );
    const few = await core.calls['plugin.rows']({ pluginId: 'one', after: total - 3, rowsMax: 1_000 });
    expect(few.rows.map(({ n }) => n)).toEqual([total - 2, total - 1, total]);
    const page = await core.calls['feed.page']({
      filter: 'link:gse-plugin-one id:id-0',
      range: { fromMs: null, toMs: null },
      direction: 'before',
      anchorSeq: Number.MAX_SAFE_INTEGER,
      rowsMax: 10,
    });
    expect(page.rows).toHaveLength(1);
  });

  it('sends a keepalive on demand, reports in seconds when told to, and leaves at once', async () => {
    const agent = await rawAgent();
    const reports = await rawAgent(false);
    reports.onConnection = (connection) => void connection.write(encodeReportAnswer(0x0a, Buffer.from('{"cloud_id":1,"bk_agent_id":"r"}')));
    await connectTo({ messageAt: agent.path, reportAt: reports.path, keepaliveMs: 600_000 });
    await eventually('up', isUp);
    const before = socketOf(await view()).framesOut;
    await act('keepalive');
    await eventually('one more frame', (found) => socketOf(found).framesOut === before + 1);
    const beforeS = Math.floor(Date.now() / 1_000);
    await core.calls['plugin.report']({ pluginId: 'one', dataId: 4_294_967_295, timeUnit: 'seconds', content: TEXT(''), perSecond: 1, total: 1 });
    await eventually('reported', ({ report }) => report?.sent === 1);
    const connection = await reports.connection(1);
    const isReport = (type: number): boolean => type === 0xc01;
    const framesNow = () => new ReportFrameReader().push(connection.received).frames;
    await until(() => framesNow().some(({ type }) => isReport(type)), WAIT_MS, 'the report');
    const report = framesNow().find(({ type }) => isReport(type));
    expect(report?.dataId).toBe(4_294_967_295);
    expect(report?.time).toBeGreaterThanOrEqual(beforeS);
    expect(report?.time).toBeLessThan(beforeS + 600);
    await act('disconnect');
    expect((await view()).sockets.map(({ state }) => state)).toEqual(['off', 'off']);
    await expect(act('keepalive')).rejects.toMatchObject({ code: 'E_DISCONNECTED' });
    await expect(core.calls['plugin.report']({ pluginId: 'one', dataId: 1, timeUnit: 'seconds', content: TEXT(''), perSecond: 1, total: 1 })).rejects.toMatchObject({ code: 'E_DISCONNECTED' });
  });
});

describe('what is refused', () => {
  it('places that are none, and too many connections', async () => {
    const write = (change: Partial<Plugin>) => core.calls['plugin.write']({ plugin: { ...BASE, ...change } });
    await expect(write({})).rejects.toMatchObject({ code: 'E_INPUT', message: expect.stringContaining('neither') });
    await expect(write({ messageAt: 'relative/path' })).rejects.toMatchObject({ code: 'E_INPUT' });
    await expect(write({ messageAt: '99999' })).rejects.toMatchObject({ code: 'E_INPUT' });
    await expect(write({ messageAt: '/a', reportAt: '/a' })).rejects.toMatchObject({ code: 'E_INPUT' });
    await expect(write({ messageAt: '/a\0b' })).rejects.toMatchObject({ code: 'E_INPUT' });
    for (let index = 0; index < LIMITS.gsePluginsMax; index += 1) await write({ id: `c-${index}`, messageAt: '/a' });
    await expect(write({ messageAt: '/a' })).rejects.toMatchObject({ code: 'E_LIMIT' });
    await expect(act('connect')).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
  });

  it('everything that writes to the agent while the profile is locked, and a lock ends what is connected', async () => {
    const agent = await rawAgent();
    const profile = { ...labProfile('http://127.0.0.1:9/gw'), id: 'prod', label: 'Prod', kind: 'production' } as const;
    const lock = (readOnly: boolean) =>
      core.calls['dispatch.profile.write']({ profile: { ...profile, readOnly, callback: { ...profile.callback, enabled: false } } });
    await lock(false);
    await connectTo({ messageAt: agent.path, profileId: 'prod' });
    await eventually('up', isUp);
    await lock(true);
    const found = await eventually('closed', ({ wanted }) => !wanted);
    expect(found).toMatchObject({ locked: 'Prod is locked read-only', sockets: [{ state: 'off' }] });
    await expect(act('connect')).rejects.toMatchObject({ code: 'E_READ_ONLY' });
    await expect(act('keepalive')).rejects.toMatchObject({ code: 'E_READ_ONLY' });
    await expect(core.calls['plugin.send']({ pluginId: 'one', messageId: 'm', content: TEXT('x') })).rejects.toMatchObject({ code: 'E_READ_ONLY' });
    await expect(core.calls['plugin.report']({ pluginId: 'one', dataId: 1, timeUnit: 'seconds', content: TEXT('x'), perSecond: 1, total: 1 })).rejects.toMatchObject({ code: 'E_READ_ONLY' });
    const preview = await core.calls['plugin.preview']({ kind: 'uplink', pluginId: 'one', messageId: 'm', content: TEXT('x') });
    expect(preview.fault?.code).toBe('E_READ_ONLY');
    await core.calls['dispatch.profile.remove']({ profileId: 'prod' });
    expect((await view()).locked).toBe('its profile prod is not there');
  });
});
