// Acting as a plugin from a console: against its own lab's agents, and against agents that behave badly. Real sockets all through.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  isUp,
  openGseConsole,
  PLUGIN_BASE,
  PluginConsole,
  socketOf,
} from '../../../tests/kit/plugin-console.ts';
import { until } from '../../../tests/kit/raw-agent.ts';
import type { Plugin } from '../../../shared/contract/plugin.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { encodeFrame, FRAME_TYPES } from '../../protocols/gse/frames.ts';
import { encodeReportAnswer, ReportFrameReader } from '../../protocols/gse/report-frames.ts';
import { encodeDownlink, encodeKeepaliveAnswer } from '../../protocols/gse/socket-messages.ts';
import { labProfile } from './gse-lab-peer.ts';

const WAIT_MS = 60_000;
const INFO = { agentId: 'agent-9', version: 'v2', cloudId: 3n, runMode: 0n, statusCode: 4n, status: 'busy' };
const TEXT = (text: string) => ({ mode: 'text', text }) as const;
let host: PluginConsole;
beforeAll(async () => {
  host = await PluginConsole.start(true);
});
afterAll(() => host.close());
afterEach(() => host.clean());

describe('with the lab', () => {
  it('takes the place of the silent plugin: a dispatch reaches it, the reply under the same id makes the row replied', async () => {
    const { places } = await host.core.calls['plugin.places']({});
    const [silent] = places;
    expect(silent).toMatchObject({ kind: 'lab', pluginName: 'lab_echo', present: true });
    if (silent === undefined) return;
    await host.connectTo({ messageAt: silent.messageAt, reportAt: silent.reportAt });
    const found = await host.eventually('connected', isUp);
    expect(found).toMatchObject({ simulated: true, wanted: true, locked: '' });
    expect(found.agent).toMatchObject({ agentId: silent.agentId, statusCode: '2', stale: false });
    expect(found.sockets.map(({ step }) => step)).toEqual([null, null]);

    const { setId } = await host.core.calls['dispatch.targets.parse']({
      text: silent.agentId,
      into: null,
      excludeSet: null,
      excludeText: '',
    });
    const { jobId } = await host.core.calls['dispatch.start']({
      draft: {
        profileId: 'lab',
        slotId: '1001',
        setId,
        messageId: 'ask-1',
        content: { mode: 'text', text: 'who is there', notUtf8: 'refuse' },
        variables: [],
        multi: false,
        batchSize: 1_000,
        rolling: '',
        concurrency: 1,
        delayMs: 0,
        onFailure: 'continue',
        replyTimeoutMs: 60_000,
        replyMatch: { kind: 'any', text: '' },
      },
      confirm: { targets: null, profileLabel: '' },
      undoMs: 0,
    });
    await host.eventually('the message', ({ rows: { newest } }) => newest === 1);
    const [downlink] = await host.rows();
    expect(downlink).toMatchObject({
      state: 'received',
      messageId: 'ask-1',
      bytes: 12,
      preview: 'who is there',
    });
    const sent = await host.core.calls['plugin.send']({
      pluginId: 'one',
      messageId: 'ask-1',
      content: TEXT('me'),
    });
    expect(sent).toMatchObject({ outcome: 'sent', reason: '' });
    const endMs = performance.now() + WAIT_MS;
    let outcome = '';
    while (outcome !== 'replied' && performance.now() < endMs) {
      const page = await host.core.calls['jobs.rows']({ jobId, outcome: null, from: 0, rowsMax: 1 });
      outcome = page.rows[0]?.outcome ?? '';
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(outcome).toBe('replied');
    // The whole frame is in the feed, header and info as the head.
    const detail = await host.core.calls['feed.event']({ seq: downlink?.seq ?? 0 });
    const frame = Buffer.concat([detail.head, detail.body]);
    expect(frame.readUInt32BE(0)).toBe(0xdeadbeef);
    expect(frame.readUInt32BE(16)).toBe(frame.length);
    expect(frame.subarray(28).toString()).toBe('{"message_id":"ask-1","session_id":""}who is there');
    expect(detail.row).toMatchObject({
      source: 'gse',
      kind: 'event',
      id: 'ask-1',
      host: silent.agentId,
      simulated: true,
    });
  });

  it('reports at a rate, counts, and stops', async () => {
    const { places } = await host.core.calls['plugin.places']({});
    await host.connectTo({ reportAt: places[0]?.reportAt ?? '' });
    await host.eventually('connected', isUp);
    const input = {
      pluginId: 'one',
      dataId: 1_000,
      timeUnit: 'milliseconds',
      content: TEXT('sample'),
    } as const;
    await host.core.calls['plugin.report']({ ...input, perSecond: 200, total: 50 });
    const over = await host.eventually('50 reports', ({ report }) => report?.endedAtMs !== null);
    expect(over.report).toMatchObject({ sent: 50, failed: 0, held: 0, bytes: 6 });
    await host.core.calls['plugin.report']({ ...input, perSecond: 1, total: 0 });
    await host.eventually('one more', ({ report }) => report?.sent === 1);
    await host.act('report_stop');
    expect((await host.view()).report?.endedAtMs).not.toBeNull();
    expect((await host.rows()).map(({ detail }) => detail)).toEqual([
      '50 reports of data id 1000',
      '1 reports of data id 1000',
    ]);
  });

  it('is remembered, and not connected by itself', async () => {
    const own = mkdtempSync(join(tmpdir(), 'signalbox-plugin-kept-'));
    host.afterwards(async () => rmSync(own, { recursive: true, force: true }));
    const first = await openGseConsole(own, false);
    await first.calls['plugin.write']({ plugin: { ...PLUGIN_BASE, messageAt: '/nowhere/at.all' } });
    await first.close();
    const second = await openGseConsole(own, false);
    const { plugins } = await second.calls['plugin.act']({ pluginId: 'one', action: 'disconnect' });
    expect(plugins).toMatchObject([
      { wanted: false, plugin: { messageAt: '/nowhere/at.all' }, sockets: [{ state: 'off' }] },
    ]);
    await second.close();
    writeFileSync(join(own, 'plugins.json'), '{"version":1');
    const third = await openGseConsole(own, false);
    await expect(
      third.calls['plugin.write']({ plugin: { ...PLUGIN_BASE, messageAt: '/x' } }),
    ).rejects.toMatchObject({ code: 'E_CONFIG' });
    await third.close();
    expect(readFileSync(join(own, 'plugins.json'), 'utf8')).toBe('{"version":1');
  });
});

describe('what comes and goes', () => {
  it('shows malformed frames with their reason, keeps their bytes, and takes the next message', async () => {
    const agent = await host.rawAgent();
    await host.connectTo({ messageAt: agent.path });
    await host.eventually('up', isUp);
    const bad = encodeFrame({
      type: FRAME_TYPES.dispatch,
      sequence: 7n,
      info: Buffer.from('{"message_id":1}'),
      content: Buffer.from('x'),
    });
    const unknown = encodeFrame({ type: 0x9009, sequence: 8n, info: Buffer.from('?') });
    const good = encodeDownlink('fine', Buffer.from([0xff, 0x00]), 9n);
    await (await agent.connection(1)).write(Buffer.concat([bad, unknown, good]));
    await host.eventually('three lines', ({ rows: { newest } }) => newest === 3);
    const found = await host.rows();
    expect(found.map(({ state }) => state)).toEqual(['skipped', 'skipped', 'received']);
    expect(found[0]?.detail).toContain('invalid_info_json');
    expect(found[1]?.detail).toContain('unknown_type');
    const kept = await host.core.calls['feed.event']({ seq: found[0]?.seq ?? 0 });
    expect(Buffer.from(kept.head)).toEqual(bad);
    expect(kept.row).toMatchObject({ kind: 'refused', type: 'E_PROTOCOL' });
    const bytes = await host.core.calls['feed.event']({ seq: found[2]?.seq ?? 0 });
    expect(Buffer.concat([bytes.head, bytes.body])).toEqual(good);
    expect(socketOf(await host.view()).refused).toEqual([
      { code: 'invalid_info_json', count: 1 },
      { code: 'unknown_type', count: 1 },
    ]);
  });

  it('ends an oversized claim at its header and comes back', async () => {
    const agent = await host.rawAgent();
    await host.connectTo({ messageAt: agent.path });
    await host.eventually('up', isUp);
    const huge = encodeDownlink('huge', Buffer.alloc(8), 1n);
    huge.writeUInt32BE(LIMITS.gseFrameBytesMax + 1, 16);
    await (await agent.connection(1)).write(huge.subarray(0, 28));
    await agent.connection(2);
    const found = await host.eventually('up again', (now) => isUp(now) && socketOf(now).connections === 2);
    expect(socketOf(found).refused).toEqual([{ code: 'length_too_large', count: 1 }]);
    expect((await host.rows()).map(({ state }) => state)).toEqual(['skipped']);
  });

  it('sends exact bytes, says what became of a frame, and never claims more', async () => {
    const agent = await host.rawAgent();
    await host.connectTo({ messageAt: agent.path });
    await expect(
      host.core.calls['plugin.send']({ pluginId: 'one', messageId: '', content: TEXT('x') }),
    ).rejects.toMatchObject({ code: 'E_INPUT' });
    await expect(
      host.core.calls['plugin.send']({
        pluginId: 'one',
        messageId: 'm',
        content: { mode: 'hex', text: 'abc' },
      }),
    ).rejects.toMatchObject({ code: 'E_INPUT' });
    await host.eventually('up', isUp);
    const input = { pluginId: 'one', messageId: 'plug-1', content: { mode: 'hex', text: '00 ff' } } as const;
    const preview = await host.core.calls['plugin.preview']({ kind: 'uplink', ...input });
    expect(preview).toMatchObject({ contentBytes: 2, utf8: false, fault: null });
    const connection = await agent.connection(1);
    connection.received = Buffer.alloc(0);
    const sent = await host.core.calls['plugin.send'](input);
    expect(sent).toEqual({ outcome: 'sent', reason: '', bytes: preview.totalBytes });
    await until(() => connection.received.includes('plug-1'), WAIT_MS, 'the uplink');
    const at = connection.received.indexOf(Buffer.from('deadbeef900a', 'hex'));
    const got = connection.received.subarray(at, at + preview.totalBytes);
    const [withoutSequence, shown] = [Buffer.from(got), Buffer.from(preview.bytes)];
    withoutSequence.fill(0, 8, 16);
    shown.fill(0, 8, 16);
    expect(withoutSequence).toEqual(shown);
    await agent.stopListening();
    await host.eventually('down', (found) => socketOf(found).state === 'down');
    const lost = await host.core.calls['plugin.send'](input);
    expect(lost).toMatchObject({ outcome: 'not_sent', reason: 'not connected' });
    expect((await host.view()).uplinks).toEqual({ sent: 1, notSent: 1, unknown: 0 });
    expect((await host.rows()).map(({ state }) => state)).toEqual(['sent', 'not_sent']);
  });

  it('calls a frame an agent does not read unknown, and answers others meanwhile', async () => {
    const agent = await host.rawAgent();
    agent.onConnection = (connection) => {
      void connection.write(encodeKeepaliveAnswer(INFO, 1n));
      connection.socket.pause();
    };
    await host.connectTo({ messageAt: agent.path });
    await host.eventually('up', isUp);
    const content = TEXT('x'.repeat(LIMITS.gseDraftCharactersMax));
    // More than the system's buffers hold.
    const sending = Array.from({ length: 4 }, (_, index) =>
      host.core.calls['plugin.send']({ pluginId: 'one', messageId: `m${index}`, content }),
    );
    expect((await host.core.calls['plugin.places']({})).places.length).toBeGreaterThan(0);
    const outcomes = (await Promise.all(sending)).map(({ outcome }) => outcome);
    expect(outcomes).toContain('unknown');
    expect((await host.view()).uplinks.unknown).toBe(
      outcomes.filter((outcome) => outcome === 'unknown').length,
    );
  });

  it('answers by itself only when told to, under the same id', async () => {
    const agent = await host.rawAgent();
    await host.connectTo({ messageAt: agent.path, answer: { mode: 'echo', text: '' } });
    await host.eventually('up', isUp);
    await (await agent.connection(1)).write(encodeDownlink('q', Buffer.from('hello'), 1n));
    await host.eventually('question and answer', ({ rows: { newest } }) => newest === 2);
    expect(await host.rows()).toMatchObject([
      { state: 'received', auto: false },
      { state: 'sent', messageId: 'q', preview: 'hello', auto: true },
    ]);
    await host.connectTo({ messageAt: agent.path, answer: { mode: 'text', text: 'noted' } });
    await host.eventually('up', isUp);
    await agent.connections.at(-1)?.write(encodeDownlink('r', Buffer.from('hello'), 1n));
    await host.eventually('question and answer', ({ rows: { newest } }) => newest === 2);
    expect((await host.rows())[1]).toMatchObject({ messageId: 'r', preview: 'noted' });
  });

  it('keeps the newest lines and says where the list begins; the feed has all', async () => {
    const agent = await host.rawAgent();
    await host.connectTo({ messageAt: agent.path });
    await host.eventually('up', isUp);
    const total = LIMITS.gsePluginTrafficRowsMax + 500;
    const frames = Array.from({ length: total }, (_, index) =>
      encodeDownlink(`id-${index}`, Buffer.from('x'), 1n),
    );
    await (await agent.connection(1)).write(Buffer.concat(frames));
    const found = await host.eventually('all', ({ rows: { newest } }) => newest === total);
    expect(found.rows.oldest).toBe(501);
    const kept = await host.rows();
    expect(kept.map(({ messageId }) => messageId)).toEqual(
      Array.from({ length: LIMITS.gsePluginTrafficRowsMax }, (_, index) => `id-${index + 500}`),
    );
    const few = await host.core.calls['plugin.rows']({ pluginId: 'one', after: total - 3, rowsMax: 1_000 });
    expect(few.rows.map(({ n }) => n)).toEqual([total - 2, total - 1, total]);
    const page = await host.core.calls['feed.page']({
      filter: 'link:gse-plugin-one id:id-0',
      range: { fromMs: null, toMs: null },
      direction: 'before',
      anchorSeq: Number.MAX_SAFE_INTEGER,
      rowsMax: 10,
    });
    expect(page.rows).toHaveLength(1);
  });

  it('sends a keepalive on demand, reports in seconds when told to, and leaves at once', async () => {
    const agent = await host.rawAgent();
    const reports = await host.rawAgent(false);
    reports.onConnection = (connection) =>
      void connection.write(encodeReportAnswer(0x0a, Buffer.from('{"cloud_id":1,"bk_agent_id":"r"}')));
    await host.connectTo({ messageAt: agent.path, reportAt: reports.path, keepaliveMs: 600_000 });
    await host.eventually('up', isUp);
    const before = socketOf(await host.view()).framesOut;
    await host.act('keepalive');
    await host.eventually('one more frame', (found) => socketOf(found).framesOut === before + 1);
    const beforeS = Math.floor(Date.now() / 1_000);
    await host.core.calls['plugin.report']({
      pluginId: 'one',
      dataId: 4_294_967_295,
      timeUnit: 'seconds',
      content: TEXT(''),
      perSecond: 1,
      total: 1,
    });
    await host.eventually('reported', ({ report }) => report?.sent === 1);
    const connection = await reports.connection(1);
    const isReport = (type: number): boolean => type === 0xc01;
    const framesNow = () => new ReportFrameReader().push(connection.received).frames;
    await until(() => framesNow().some(({ type }) => isReport(type)), WAIT_MS, 'the report');
    const report = framesNow().find(({ type }) => isReport(type));
    expect(report?.dataId).toBe(4_294_967_295);
    expect(report?.time).toBeGreaterThanOrEqual(beforeS);
    expect(report?.time).toBeLessThan(beforeS + 600);
    await host.act('disconnect');
    expect((await host.view()).sockets.map(({ state }) => state)).toEqual(['off', 'off']);
    await expect(host.act('keepalive')).rejects.toMatchObject({ code: 'E_DISCONNECTED' });
    await expect(
      host.core.calls['plugin.report']({
        pluginId: 'one',
        dataId: 1,
        timeUnit: 'seconds',
        content: TEXT(''),
        perSecond: 1,
        total: 1,
      }),
    ).rejects.toMatchObject({ code: 'E_DISCONNECTED' });
  });
});

describe('what is refused', () => {
  it('places that are none, and too many connections', async () => {
    const write = (change: Partial<Plugin>) =>
      host.core.calls['plugin.write']({ plugin: { ...PLUGIN_BASE, ...change } });
    await expect(write({})).rejects.toMatchObject({
      code: 'E_INPUT',
      message: expect.stringContaining('neither'),
    });
    await expect(write({ messageAt: 'relative/path' })).rejects.toMatchObject({ code: 'E_INPUT' });
    await expect(write({ messageAt: '99999' })).rejects.toMatchObject({ code: 'E_INPUT' });
    await expect(write({ messageAt: '/a', reportAt: '/a' })).rejects.toMatchObject({ code: 'E_INPUT' });
    await expect(write({ messageAt: '/a\0b' })).rejects.toMatchObject({ code: 'E_INPUT' });
    for (let index = 0; index < LIMITS.gsePluginsMax; index += 1)
      await write({ id: `c-${index}`, messageAt: '/a' });
    await expect(write({ messageAt: '/a' })).rejects.toMatchObject({ code: 'E_LIMIT' });
    await expect(host.act('connect')).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
  });

  it('everything that writes to the agent while the profile is locked, and a lock ends what is connected', async () => {
    const agent = await host.rawAgent();
    const profile = {
      ...labProfile('http://127.0.0.1:9/gw'),
      id: 'prod',
      label: 'Prod',
      kind: 'production',
    } as const;
    const lock = (readOnly: boolean) =>
      host.core.calls['dispatch.profile.write']({
        profile: { ...profile, readOnly, callback: { ...profile.callback, enabled: false } },
      });
    await lock(false);
    await host.connectTo({ messageAt: agent.path, profileId: 'prod' });
    await host.eventually('up', isUp);
    await lock(true);
    const found = await host.eventually('closed', ({ wanted }) => !wanted);
    expect(found).toMatchObject({ locked: 'Prod is locked read-only', sockets: [{ state: 'off' }] });
    await expect(host.act('connect')).rejects.toMatchObject({ code: 'E_READ_ONLY' });
    await expect(host.act('keepalive')).rejects.toMatchObject({ code: 'E_READ_ONLY' });
    await expect(
      host.core.calls['plugin.send']({ pluginId: 'one', messageId: 'm', content: TEXT('x') }),
    ).rejects.toMatchObject({ code: 'E_READ_ONLY' });
    await expect(
      host.core.calls['plugin.report']({
        pluginId: 'one',
        dataId: 1,
        timeUnit: 'seconds',
        content: TEXT('x'),
        perSecond: 1,
        total: 1,
      }),
    ).rejects.toMatchObject({ code: 'E_READ_ONLY' });
    const preview = await host.core.calls['plugin.preview']({
      kind: 'uplink',
      pluginId: 'one',
      messageId: 'm',
      content: TEXT('x'),
    });
    expect(preview.fault?.code).toBe('E_READ_ONLY');
    await host.core.calls['dispatch.profile.remove']({ profileId: 'prod' });
    expect((await host.view()).locked).toBe('its profile prod is not there');
  });
});
