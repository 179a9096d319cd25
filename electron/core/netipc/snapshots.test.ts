import { chmodSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SYSTEM_CLOCK } from '../../net/system-clock.ts';
import type { CallInput } from '../../../shared/contract/contract.ts';
import type { SnapshotService } from '../../../shared/contract/snapshots.ts';
import { consoleOptions } from '../../../tests/kit/console-options.ts';
import { FROM_THE_END, until } from '../../../tests/kit/store-kit.ts';
import { addon } from '../../../tests/kit/netipc-raw.ts';
import { testPlace } from '../../../tests/kit/test-place.ts';
import { encodeSnapshot, type SnapshotItem } from '../../protocols/netipc/cgroups-snapshot.ts';
import { METHOD } from '../../protocols/netipc/envelope.ts';
import { nameHash32 } from '../../protocols/netipc/names.ts';
import { NetipcServer } from '../../protocols/netipc/server.ts';
import { openConsole } from '../console.ts';
import type { Console } from '../console.ts';
import { LinkRegistry } from '../links.ts';
import { HOST_SERVICE_ID, LAB_SERVICE_ID } from './snapshots.ts';
import { SnapshotWatcher } from './snapshot-watcher.ts';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const place = testPlace('sb-snap-');

async function openCore(lab = false): Promise<Console> {
  const core = await openConsole(consoleOptions(join(place.folder, 'data'), { lab, netipc: true }));
  place.keep(core);
  return core;
}

async function services(core: Console): Promise<SnapshotService[]> {
  const { services: list } = await core.calls['snapshots.act']({
    serviceId: HOST_SERVICE_ID,
    action: 'refresh',
    intervalMs: null,
  });
  return list;
}

async function eventually(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + 60_000;
  while (!(await isSo())) {
    if (performance.now() > deadlineMs) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function pageInput(
  serviceId: string,
  change: Partial<CallInput<'snapshots.page'>> = {},
): CallInput<'snapshots.page'> {
  return {
    serviceId,
    generationNumber: null,
    filter: '',
    sort: 'path',
    descending: false,
    offset: 0,
    rowsMax: 100,
    historyMax: 5,
    ...change,
  };
}

function itemNamed(name: string, change: Partial<SnapshotItem> = {}): SnapshotItem {
  const bytes = utf8(name);
  return {
    hash: nameHash32(bytes),
    options: 0,
    enabled: 1,
    name: bytes,
    path: utf8(`/cg/${name}`),
    ...change,
  };
}

function provide(authToken = 0n): { items: SnapshotItem[]; server: NetipcServer } {
  const items = [itemNamed('web'), itemNamed('db')];
  let calls = 0n;
  const server = new NetipcServer({
    native: addon(),
    runFolder: place.folder,
    service: 'cgroups-snapshot',
    method: METHOD.CGROUPS_SNAPSHOT,
    handler: () => encodeSnapshot({ generation: (calls += 1n), systemdEnabled: 1 }, items),
    authToken,
    ownerGeneration: 5,
    onHandlerBug: (error) => {
      throw error;
    },
  });
  place.keep(server);
  return { items, server };
}

function watch(change: { tokenFile?: () => bigint } = {}): {
  watcher: SnapshotWatcher;
  states: string[];
  links: LinkRegistry;
} {
  const states: string[] = [];
  const links = new LinkRegistry(SYSTEM_CLOCK);
  const watcher = new SnapshotWatcher({
    native: { addon: addon() },
    id: 'w',
    label: 'w',
    runFolder: place.folder,
    service: 'cgroups-snapshot',
    simulated: false,
    intervalMs: 100,
    authToken: change.tokenFile ?? (() => 0n),
    links,
    clock: SYSTEM_CLOCK,
    random: () => 0.5,
    onChange: () => undefined,
    onGeneration: () => undefined,
    onState: (_watcher, state) => states.push(state),
  });
  place.keep({ close: () => watcher.close('test over') });
  return { watcher, states, links };
}

describe.skipIf(process.platform !== 'linux')('snapshots of this host', () => {
  it('shows real cgroups, looks them up, and serves them in a private folder', async () => {
    const core = await openCore();
    const [host] = await services(core);
    expect(host).toMatchObject({
      id: HOST_SERVICE_ID,
      state: 'ready',
      transport: 'shared-memory',
      simulated: false,
    });
    expect(host?.current?.items).toBeGreaterThan(0);
    const run = join(place.folder, 'data', 'run');
    expect(statSync(run).mode & 0o777).toBe(0o700);
    expect(
      readdirSync(run)
        .filter((name) => name.endsWith('.sock'))
        .toSorted(),
    ).toEqual(['apps-lookup.sock', 'cgroups-lookup.sock', 'cgroups-snapshot.sock']);
    const page = await core.calls['snapshots.page'](pageInput(HOST_SERVICE_ID));
    expect(page.total).toBe(host?.current?.items);
    const [row] = page.rows;
    if (row === undefined) throw new Error('no row');
    const lookup = {
      serviceId: HOST_SERVICE_ID,
      generationNumber: null,
      hash: row.hash,
      name: row.name,
      nameHex: null,
    };
    expect((await core.calls['snapshots.lookup'](lookup)).row).toMatchObject({ key: row.key });
    expect((await core.calls['snapshots.lookup']({ ...lookup, hash: row.hash ^ 1 })).row).toBeNull();
    const byName = { ...lookup, hash: null };
    expect((await core.calls['snapshots.lookup'](byName)).row).toMatchObject({ key: row.key });
    expect((await core.calls['snapshots.lookup']({ ...byName, name: 'no such name' })).row).toBeNull();
    const cgroups = await core.calls['snapshots.cgroups']({
      serviceId: HOST_SERVICE_ID,
      paths: [row.path, '/no/such'],
    });
    expect(cgroups.items.map(({ status }) => status)).toEqual(['known', 'unknown']);
    const apps = await core.calls['snapshots.apps']({
      serviceId: HOST_SERVICE_ID,
      pids: [process.pid, 4_194_303],
    });
    expect(apps.items[0]).toMatchObject({ pid: process.pid, status: 'known', ppid: process.ppid });
    expect(apps.items[1]).toMatchObject({ status: 'unknown' });
  });

  it('watches the lab while it runs and tells the feed what changed', async () => {
    const core = await openCore(true);
    await eventually('the lab churned', async () => {
      const feed = await core.calls['feed.page']({
        filter: 'src:netipc type:generation_changed sim:true',
        range: { fromMs: null, toMs: null },
        direction: 'before',
        anchorSeq: FROM_THE_END,
        rowsMax: 10,
      });
      return feed.rows.length > 0;
    });
    const page = await core.calls['snapshots.page'](
      pageInput(LAB_SERVICE_ID, { filter: 'body.enabled=1 k8s' }),
    );
    expect(page.total).toBe(5_000);
    expect(page.matched).toBeGreaterThan(1_000);
    expect(page.rows.every(({ name }) => name.startsWith('k8s'))).toBe(true);
    const { generations } = (await services(core)).find(({ id }) => id === LAB_SERVICE_ID) ?? {
      generations: [],
    };
    const [first] = generations;
    const diff = await core.calls['snapshots.diff']({
      serviceId: LAB_SERVICE_ID,
      from: first?.number ?? 1,
      to: null,
      filter: '',
      changesOnly: true,
      offset: 0,
      rowsMax: 1_000,
    });
    expect(diff.rows).toHaveLength(diff.added + diff.removed + diff.changed);
    expect(diff.added).toBe(diff.removed);
    await core.calls['lab.set']({ running: false, ratePerSecond: 0, bursts: false });
    await eventually('the lab is gone', async () =>
      (await services(core)).every(({ id }) => id !== LAB_SERVICE_ID),
    );
  });

  it('shows the bytes of a row and exports all of them', async () => {
    const core = await openCore();
    const { rows } = await core.calls['snapshots.page'](pageInput(HOST_SERVICE_ID));
    const row = rows.at(-1);
    if (row === undefined) throw new Error('no row');
    const raw = await core.calls['snapshots.raw']({
      serviceId: HOST_SERVICE_ID,
      generationNumber: null,
      index: row.index,
    });
    const path = raw.fields.find(({ name }) => name === 'path');
    expect(Buffer.from(raw.payload.subarray(path?.start, path?.end)).toString()).toBe(row.path);
    for (const format of ['jsonl', 'csv'] as const) {
      const done = await core.calls['snapshots.export']({
        serviceId: HOST_SERVICE_ID,
        generationNumber: null,
        filter: '',
        format,
      });
      const text = readFileSync(done.path, 'utf8');
      expect(text.split('\n').filter((line) => line !== '')).toHaveLength(
        done.rowsWritten + (format === 'csv' ? 1 : 0),
      );
    }
  });

  it('watches what the settings name and says what is wrong with it', async () => {
    const core = await openCore();
    await core.calls['settings.write']({
      netipcServices: [
        { runFolder: join(place.folder, 'nowhere'), service: 'x', intervalMs: 100, tokenFile: '' },
      ],
    });
    let list: SnapshotService[] = [];
    await eventually('it is watched', async () => {
      list = await services(core);
      return list.length === 2;
    });
    expect(list[1]).toMatchObject({ service: 'x', state: 'absent' });
    expect(list[1]?.fix).toContain('Start the provider');
    expect(JSON.parse(readFileSync(join(place.folder, 'data', 'settings.json'), 'utf8'))).toHaveProperty(
      'netipcServices',
    );
  });
});

describe.skipIf(process.platform !== 'linux')('a watched service', () => {
  it('goes absent → ready → lost → ready and keeps its generations', async () => {
    const { watcher, states } = watch();
    await watcher.start();
    expect(watcher.snapshot().state).toBe('absent');
    const { server, items } = provide();
    await until('ready', () => watcher.snapshot().state === 'ready');
    const first = watcher.current?.head;
    items.push(itemNamed('cache'));
    items[0] = itemNamed('web', { enabled: 0 });
    await until('a generation with changes', () =>
      watcher.generations.some(({ head }) => head.changed === 1),
    );
    const changed = watcher.generations.find(({ head }) => head.changed === 1);
    expect(changed?.head).toMatchObject({ added: 1, removed: 0, items: 3 });
    expect([...(changed?.presentSince ?? [])]).toEqual([first?.number, first?.number, changed?.head.number]);
    server.close();
    await until('lost', () => watcher.snapshot().state === 'lost');
    expect(watcher.snapshot()).toMatchObject({ current: { items: 3 }, transport: null });
    expect(watcher.snapshot().nextRefreshAtMs).not.toBeNull();
    provide();
    await until('ready again', () => watcher.snapshot().state === 'ready');
    expect(watcher.current?.head).toMatchObject({ items: 2, removed: 1 });
    expect(states).toEqual(['absent', 'ready', 'lost', 'ready']);
  });

  it('says that the token is wrong, and reconnects with another', async () => {
    provide(77n);
    let token = 0n;
    const { watcher } = watch({ tokenFile: () => token });
    await watcher.start();
    expect(watcher.snapshot()).toMatchObject({ state: 'auth_failed' });
    expect(watcher.snapshot().fix).toContain('token');
    token = 77n;
    await watcher.reconnect();
    expect(watcher.snapshot()).toMatchObject({ state: 'ready', failuresInRow: 0 });
  });

  it('pauses, resumes and refreshes when told', async () => {
    provide();
    const { watcher } = watch();
    await watcher.start();
    watcher.pause();
    const { refreshes } = watcher.snapshot();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(watcher.snapshot()).toMatchObject({ refreshes, paused: true, nextRefreshAtMs: null });
    await watcher.refresh();
    expect(watcher.snapshot().refreshes).toBe(refreshes + 1);
    watcher.resume();
    await until('it goes on', () => watcher.snapshot().refreshes > refreshes + 1);
  });

  it('does without the addon and says what is missing', async () => {
    const links = new LinkRegistry(SYSTEM_CLOCK);
    const watcher = new SnapshotWatcher({
      ...watch().watcher.options,
      native: { reason: 'it was not built' },
      id: 'no-addon',
      links,
    });
    await watcher.start();
    expect(watcher.snapshot()).toMatchObject({ state: 'addon_missing', nextRefreshAtMs: null });
    expect(links.list()[0]).toMatchObject({ state: 'failed', fix: expect.stringContaining('npm run setup') });
    await watcher.close('test over');
  });

  it('reads a private token file only', async () => {
    const { readTokenFile } = await import('./token-file.ts');
    mkdirSync(join(place.folder, 't'));
    const path = join(place.folder, 't', 'token');
    writeFileSync(path, '18446744073709551615\n', { mode: 0o600 });
    expect(readTokenFile(path)).toBe(0xffff_ffff_ffff_ffffn);
    expect(readTokenFile('')).toBe(0n);
    for (const wrong of ['', '-1', '18446744073709551616', 'secret']) {
      writeFileSync(path, wrong);
      expect(() => readTokenFile(path)).toThrow(expect.objectContaining({ code: 'E_CONFIG' }));
    }
    chmodSync(path, 0o644);
    expect(() => readTokenFile(path)).toThrow(expect.objectContaining({ code: 'E_PERMISSION' }));
  });
});
