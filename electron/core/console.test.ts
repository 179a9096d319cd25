import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SYSTEM_CLOCK } from '../net/system-clock.ts';
import { SETTINGS_DEFAULT } from '../../shared/contract/app.ts';
import type { LabState, LinkState } from '../../shared/contract/app.ts';
import type { FeedLiveItem, FeedPage, FeedPulse } from '../../shared/contract/feed.ts';
import { CollectingSink } from '../../tests/kit/collecting-sink.ts';
import { consoleOptions } from '../../tests/kit/console-options.ts';
import { freePort } from '../../tests/kit/serve-process.ts';
import { FROM_THE_END, until } from '../../tests/kit/store-kit.ts';
import { SettingsFile } from '../store/settings-file.ts';
import { openConsole } from './console.ts';
import type { Console, ConsoleOptions } from './console.ts';

let folder: string;
const opened: Console[] = [];
const blockers: Server[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-core-'));
});
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
  for (const blocker of blockers.splice(0)) blocker.close();
  rmSync(folder, { recursive: true, force: true });
});

function isReal(link: LinkState): boolean {
  return !link.simulated;
}

async function open(change: Partial<ConsoleOptions> = {}): Promise<Console> {
  const one = await openConsole(consoleOptions(folder, change));
  opened.push(one);
  return one;
}

async function links(core: Console): Promise<LinkState[]> {
  const sink = new CollectingSink<{ links: LinkState[] }>();
  const close = core.streams['links.state']({}, sink);
  await until('links are told', () => sink.items.length > 0);
  close();
  return sink.items.at(-1)?.links ?? [];
}

async function post(address: string, body: string): Promise<number> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`http://${address}/mimo/events`, { method: 'POST', headers, body });
  await response.arrayBuffer();
  return response.status;
}

function page(core: Console, filter = '', rowsMax = 100): Promise<FeedPage> {
  const range = { fromMs: null, toMs: null };
  return core.calls['feed.page']({ filter, range, direction: 'before', anchorSeq: FROM_THE_END, rowsMax });
}

async function blockPort(): Promise<number> {
  const server = createServer();
  blockers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

describe('the console', () => {
  test('stores what it acknowledges, refuses what is no event, and has both after a restart', async () => {
    const core = await open();
    const live = new CollectingSink<FeedLiveItem>();
    core.streams['feed.live']({ filter: '' }, live);
    const address = (await links(core))[0]?.address ?? '';
    expect(
      await post(address, '{"event":"bdev_ready","payload":{"name":"nvme0n1"},"timestamp":1763541234}'),
    ).toBe(204);
    expect(await post(address, '{"event":')).toBe(400);
    await until('both are live', () => live.items.flatMap((item) => item.rows).length === 2);
    const pulse = new CollectingSink<FeedPulse>();
    core.streams['feed.pulse']({}, pulse);
    await until('a pulse came', () => pulse.items.length > 0);
    expect(pulse.items.at(-1)?.ledger).toEqual([
      { source: 'mimo', received: 2, stored: 1, refused: 1, dropped: 0 },
    ]);
    await core.close();

    const again = await open();
    const { rows } = await page(again, 'src:mimo');
    expect(rows.map((row) => [row.kind, row.type, row.simulated])).toEqual([
      ['event', 'bdev_ready', false],
      ['refused', 'E_JSON', false],
    ]);
    const detail = await again.calls['feed.event']({ seq: rows[1]?.seq ?? 0 });
    expect(Buffer.from(detail.body).toString()).toBe('{"event":');
    expect(Buffer.from(detail.head).toString()).toContain('POST /mimo/events');
    await expect.poll(async () => (await page(again, 'kind:gap type:console_off')).rows.length).toBe(1);
  });

  test('says who holds a port, offers another, and takes it when told', async () => {
    const taken = await blockPort();
    const core = await open({ mimoPorts: [taken] });
    const [link] = await links(core);
    expect(link).toMatchObject({
      id: `mimo-${taken}`,
      state: 'failed',
      actions: ['retry', 'use_port', 'close'],
    });
    expect(link?.reason).toContain(`pid ${process.pid}`);
    const port = link?.portOffer ?? 0;
    expect(port).toBeGreaterThan(0);
    const after = await core.calls['links.act']({ linkId: `mimo-${taken}`, action: 'use_port', port });
    expect(after.links.filter(isReal)).toMatchObject([
      { id: `mimo-${port}`, state: 'up', address: `127.0.0.1:${port}` },
    ]);
    expect(await post(`127.0.0.1:${port}`, '{"event":"x"}')).toBe(204);
  });

  test('opens a port by itself once it is free, and tells how long it was away', async () => {
    const taken = await blockPort();
    const core = await open({ mimoPorts: [taken] });
    expect((await links(core))[0]?.state).toBe('failed');
    await new Promise((resolve) => blockers.splice(0)[0]?.close(resolve));
    for (let tries = 0; (await links(core))[0]?.state !== 'up'; tries += 1) expect(tries).toBeLessThan(1_000);
    expect(await post(`127.0.0.1:${taken}`, '{"event":"x"}')).toBe(204);
    const { rows } = await page(core, 'src:console');
    expect(rows.map((row) => row.type)).toEqual(['link_failed', 'link_up', 'source_down']);
  });

  test('opens and closes listeners as the settings say, and keeps them', async () => {
    const [first, second] = [await freePort(), await freePort()];
    await new SettingsFile(folder, SYSTEM_CLOCK).save({ ...SETTINGS_DEFAULT, mimoPorts: [first] });
    const { mimoPorts: _none, ...options } = consoleOptions(folder);
    const core = await openConsole(options);
    opened.push(core);
    await core.calls['settings.write']({ mimoPorts: [first, second], theme: 'dark' });
    for (let tries = 0; ; tries += 1) {
      const now = (await links(core)).filter(isReal);
      if (now.length === 2 && now.every((link) => link.state === 'up')) break;
      expect(tries).toBeLessThan(1_000);
    }
    expect(await post(`127.0.0.1:${second}`, '{"event":"x"}')).toBe(204);
    await core.calls['links.act']({ linkId: `mimo-${second}`, action: 'close', port: null });
    expect((await links(core)).find((link) => link.id === `mimo-${second}`)).toMatchObject({
      state: 'off',
      actions: ['open'],
    });
    await expect(post(`127.0.0.1:${second}`, '{"event":"x"}')).rejects.toThrow('fetch failed');
    await core.close();
    const settings = await (await open({ mimoPorts: [] })).calls['settings.read']({});
    expect(settings).toMatchObject({ mimoPorts: [first, second], theme: 'dark' });
  });

  test('runs the lab on a listener of its own, marks its events, and stops both', async () => {
    const core = await open({ lab: true });
    const sink = new CollectingSink<LabState>();
    core.streams['lab.state']({}, sink);
    await core.calls['lab.set']({ running: true, ratePerSecond: 200, bursts: false });
    await until('events came', () => (sink.items.at(-1)?.sent ?? 0) > 50);
    expect(sink.items.at(-1)).toMatchObject({ running: true, emitter: 'typescript', failed: 0 });
    expect(sink.items.at(-1)?.emitterReason).toContain('TypeScript sender');
    const { rows } = await page(core, 'src:mimo');
    expect(rows.length).toBeGreaterThan(20);
    expect(rows.every((row) => row.simulated && row.link === 'mimo-lab')).toBe(true);
    const off = await core.calls['lab.set']({ running: false, ratePerSecond: 200, bursts: false });
    expect(off).toMatchObject({ running: false, emitter: 'none' });
    expect((await links(core)).find((link) => link.id === 'mimo-lab')?.state).toBe('off');
    const { newestSeq } = await page(core);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await page(core)).newestSeq).toBe(newestSeq);
  });

  test('answers refusals with codes', async () => {
    const core = await open();
    await expect(page(core, 'sev>=wran')).rejects.toMatchObject({ code: 'E_FILTER' });
    expect(() => core.streams['feed.live']({ filter: '((' }, new CollectingSink())).toThrow(
      expect.objectContaining({ code: 'E_FILTER' }),
    );
    await expect(core.calls['feed.event']({ seq: 99 })).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
    await expect(
      core.calls['links.act']({ linkId: 'nope', action: 'retry', port: null }),
    ).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
    await expect(
      core.calls['links.act']({ linkId: 'mimo-any', action: 'retry', port: null }),
    ).rejects.toMatchObject({ code: 'E_UNSUPPORTED' });
    await expect(open()).rejects.toMatchObject({ code: 'E_STORE_LOCKED' });
    expect(core.takeDownload('/download/none')).toBeNull();
  });

  test('examines itself and logs without secrets of its own', async () => {
    const core = await open();
    await core.calls['app.report']({ kind: 'csp', message: 'blocked\u2028inline\r\nscript' });
    const { checks, limits } = await core.calls['app.doctor']({});
    const failed = checks.filter((check) => check.state === 'fail');
    expect(failed).toEqual([]);
    expect(checks.map((check) => check.name)).toEqual(
      expect.arrayContaining(['node', 'data folder', 'store', 'event loop', 'link mimo-any']),
    );
    expect(Object.keys(limits).length).toBeGreaterThan(30);
    await core.close();
    await core.close();
    const log = readFileSync(join(folder, 'logs', 'signalbox.log'), 'utf8');
    expect(log).toContain('renderer_csp');
    expect(
      log
        .trimEnd()
        .split('\n')
        .every((line) => line.startsWith('{')),
    ).toBe(true);
  });

  test('with a damaged settings file starts with defaults and says so in the feed', async () => {
    writeFileSync(join(folder, 'settings.json'), '{"version":1,');
    const core = await open();
    expect((await core.calls['settings.read']({})).version).toBe(1);
    await until('the notice is stored', () => existsSync(join(folder, 'events.db')));
    for (let tries = 0; (await page(core, 'type:settings_damaged')).rows.length === 0; tries += 1)
      expect(tries).toBeLessThan(1_000);
  });
});
