import { chmodSync, existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../../shared/limits.ts';
import { preparePrivateFolder } from './folder-lock.ts';
import {
  ANY_TIME,
  EVERYTHING,
  FROM_THE_END,
  StoreKit,
  allRows,
  filterOf,
  makeEvent,
  makeEvents,
  until,
} from '../../tests/kit/store-kit.ts';

let kit: StoreKit;
beforeEach(() => {
  kit = new StoreKit();
});
afterEach(() => kit.end());

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

describe('append and read', () => {
  it('numbers rows from 1 in call order and gives every byte back, also after a restart', async () => {
    const store = await kit.open();
    const odd = makeEvent(3, {
      body: Uint8Array.from([0, 255, 10, 13, 0xc3]),
      head: new Uint8Array(),
      type: 'a\0b磁\ud800',
      sentAtS: 1_700_000_000.25,
      severity: 'critical',
      kind: 'refused',
      source: 'gse',
      simulated: true,
    });
    const answers = await Promise.all([store.append(makeEvents(2)), store.append([odd]), store.append([])]);
    expect(answers.map((rows) => rows.map((row) => row.seq))).toEqual([[1, 2], [3], []]);
    expect(answers[1]?.[0]).toMatchObject({ type: 'a\0b磁\ufffd', bodyBytes: 5, sentAtS: 1_700_000_000.25 });
    await store.close();
    const again = await kit.open();
    const detail = await again.read(3);
    expect(detail?.row).toEqual(answers[1]?.[0]);
    expect(detail && [...detail.body]).toEqual([0, 255, 10, 13, 0xc3]);
    expect(detail?.head.length).toBe(0);
    expect(await again.read(4)).toBeNull();
    expect((await again.append([makeEvent(4)]))[0]?.seq).toBe(4);
  });

  it('makes previews on one line of bounded length', async () => {
    const store = await kit.open();
    const [row] = await store.append([
      makeEvent(1, { body: Buffer.from(`{\n\t"a": "${'磁'.repeat(5_000)}"}`) }),
    ]);
    expect(row?.preview).toMatch(/^\{ "a": "磁+…$/);
    expect(row?.preview.length).toBe(LIMITS.previewCharactersMax);
    expect(
      (await store.page({ ...EVERYTHING, direction: 'after', anchorSeq: 0, rowsMax: 1 })).rows[0],
    ).toEqual(row);
  });

  it('counts what was acknowledged at once', async () => {
    const store = await kit.open();
    await store.append(makeEvents(5));
    expect(store.stats()).toMatchObject({ rows: 5, newestSeq: 5, state: 'ok' });
  });

  it('turns away what is too much, keeps nothing of it, and goes on', async () => {
    const store = await kit.open();
    const full = store.append(makeEvents(LIMITS.storePendingEventsMax));
    await expect(store.append([makeEvent(1)])).rejects.toMatchObject({ code: 'E_BUSY' });
    expect((await full).length).toBe(LIMITS.storePendingEventsMax);
    const big = { body: new Uint8Array(40 * 1024 * 1024) };
    const first = store.append([makeEvent(1, big)]);
    await expect(store.append([makeEvent(2, big)])).rejects.toMatchObject({ code: 'E_BUSY' });
    await first;
    const [row] = await store.append([makeEvent(3)]);
    expect(row?.seq).toBe(LIMITS.storePendingEventsMax + 2);
  });

  it('refuses to work after close, and close may be called twice', async () => {
    const store = await kit.open();
    const last = store.append([makeEvent(1)]);
    await Promise.all([store.close(), store.close()]);
    expect((await last).length).toBe(1);
    await expect(store.append([makeEvent(2)])).rejects.toMatchObject({ code: 'E_STORE_FAILED' });
    await expect(
      store.page({ ...EVERYTHING, direction: 'after', anchorSeq: 0, rowsMax: 1 }),
    ).rejects.toMatchObject({ code: 'E_STORE_FAILED' });
    await expect(store.bookmarks()).rejects.toMatchObject({ code: 'E_STORE_FAILED' });
  });

  it.skipIf(process.platform === 'win32')('keeps folder and files to their owner', async () => {
    const store = await kit.open();
    await store.append([makeEvent(1)]);
    expect(statSync(kit.folder).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(kit.folder))
      expect([name, statSync(join(kit.folder, name)).mode & 0o777]).toEqual([name, 0o600]);
  });
});

describe.skipIf(process.platform === 'win32')('the data folder', () => {
  it('is left alone when it is open to others and holds other things', async () => {
    writeFileSync(join(kit.folder, 'letter.txt'), 'mine');
    chmodSync(kit.folder, 0o755);
    await expect(kit.open()).rejects.toMatchObject({ code: 'E_PERMISSION' });
    expect(statSync(kit.folder).mode & 0o777).toBe(0o755);
    expect(readdirSync(kit.folder)).toEqual(['letter.txt']);
  });

  it('is closed to others when it is empty or was ours before', async () => {
    chmodSync(kit.folder, 0o755);
    await (await kit.open()).close();
    expect(statSync(kit.folder).mode & 0o777).toBe(0o700);
    chmodSync(kit.folder, 0o755);
    await (await kit.open()).close();
    expect(statSync(kit.folder).mode & 0o777).toBe(0o700);
  });

  it.runIf(existsSync('/proc/self'))('fails where no folder can be made, instead of trying for ever', () => {
    expect(() => preparePrivateFolder('/proc/none/data')).toThrow(/cannot be used/);
  });
});

describe('one writer', () => {
  it('refuses a second one and names the holder; the first is not disturbed', async () => {
    const store = await kit.open();
    await expect(kit.open()).rejects.toMatchObject({
      code: 'E_STORE_LOCKED',
      message: expect.stringContaining(`pid ${process.pid}`),
    });
    expect((await store.append([makeEvent(1)]))[0]?.seq).toBe(1);
    await expect(kit.open()).rejects.toMatchObject({ code: 'E_STORE_LOCKED' });
    await store.close();
    await kit.open();
  });
});

describe('pages', () => {
  it('pages both ways without gaps or doubles, and knows the end', async () => {
    const store = await kit.open();
    await store.append(makeEvents(2_500));
    for (const direction of ['before', 'after'] as const) {
      const rows = await allRows(store, { direction, rowsMax: 333 });
      expect(rows.map((row) => row.seq)).toEqual(Array.from({ length: 2_500 }, (_, index) => index + 1));
    }
    const last = await store.page({ ...EVERYTHING, direction: 'before', anchorSeq: 11, rowsMax: 10 });
    expect(last).toMatchObject({ done: true, oldestSeq: 1, newestSeq: 2_500 });
    expect(last.rows.map((row) => row.seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(
      await store.page({ ...EVERYTHING, direction: 'after', anchorSeq: 2_500, rowsMax: 10 }),
    ).toMatchObject({ rows: [], done: true });
  });

  it('reads an unfiltered page without looking at the rest', async () => {
    const store = await kit.open();
    await store.append(makeEvents(20_000));
    const page = await store.page({
      ...EVERYTHING,
      direction: 'before',
      anchorSeq: FROM_THE_END,
      rowsMax: 100,
    });
    expect(page.rows.length).toBe(100);
    expect(page.scannedRows).toBeLessThanOrEqual(2_048);
  });

  it('scans a bounded number of rows a call and says where to go on', async () => {
    const store = await kit.open();
    const total = LIMITS.storeScanRowsPerStep * 5;
    for (let sent = 0; sent < total; sent += 25_000) await store.append(makeEvents(25_000));
    await store.append([makeEvent(1, { body: new Uint8Array(5_000) })]);
    const query = {
      // Nothing that signatures could help with: they are being made meanwhile.
      filter: filterOf('bytes>4000'),
      range: ANY_TIME,
      direction: 'after' as const,
      rowsMax: 10,
    };
    const first = await store.page({ ...query, anchorSeq: 0 });
    expect(first).toMatchObject({ rows: [], done: false });
    expect(first.scannedRows).toBeLessThanOrEqual(LIMITS.storeScanRowsPerStep * 4 + 4 * 1_024);
    const second = await store.page({ ...query, anchorSeq: first.nextAnchorSeq });
    expect(second.rows.map((row) => row.seq)).toEqual([total + 1]);
    expect(second.done).toBe(true);
  });

  it('finds a time range though the clock jumped, without scanning what cannot match', async () => {
    const store = await kit.open();
    const startMs = makeEvent(0).receivedAtMs;
    const jumpMs = 7_200_000;
    await store.append(
      makeEvents(3_000, {}).map((event) => ({ ...event, receivedAtMs: event.receivedAtMs + jumpMs })),
    );
    await store.append(makeEvents(10_000));
    const range = { fromMs: startMs + jumpMs + 10, toMs: startMs + jumpMs + 20 };
    const page = await store.page({
      filter: null,
      range,
      direction: 'before',
      anchorSeq: FROM_THE_END,
      rowsMax: 100,
    });
    expect(page.rows.map((row) => row.seq)).toEqual([11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
    expect(page.done).toBe(true);
    expect(page.scannedRows).toBeLessThanOrEqual(2_048);
  });

  it('filters by columns and by bodies', async () => {
    const store = await kit.open();
    await store.append([
      makeEvent(1, {
        severity: 'error',
        type: 'bdev_ready',
        body: Buffer.from('{"ctrlr":{"name":"nvme0","size":2048}}'),
      }),
      makeEvent(2, { severity: 'warn', type: 'bdev_removed', body: Buffer.from('{"note":"磁盘 Failed"}') }),
      makeEvent(3, { host: 'node-9', body: Buffer.from('not json') }),
    ]);
    const found = async (filter: string): Promise<number[]> =>
      (await allRows(store, { filter: filterOf(filter) })).map((row) => row.seq);
    expect(await found('sev>=warn')).toEqual([1, 2]);
    expect(await found('type:BDEV_*')).toEqual([1, 2]);
    expect(await found('磁盘')).toEqual([2]);
    expect(await found('FAILED')).toEqual([2]);
    expect(await found('body.ctrlr.size>1e3')).toEqual([1]);
    expect(await found('-host:node-9 -json')).toEqual([1, 2]);
    expect(await found('host:node-9 OR type:bdev_removed')).toEqual([2, 3]);
  });

  it('keeps committing while a long search runs', async () => {
    const store = await kit.open();
    await store.append(makeEvents(40_000));
    const search = allRows(store, { filter: filterOf('body.index:nothing') });
    const appended = await Promise.all(
      Array.from({ length: 20 }, (_, index) => store.append([makeEvent(index)])),
    );
    expect(appended.flat().map((row) => row.seq)).toEqual(
      Array.from({ length: 20 }, (_, index) => 40_001 + index),
    );
    expect(await search).toEqual([]);
  });
});

describe('histogram and facets', () => {
  it('counts by bucket and severity, whether by block sums or row by row', async () => {
    const store = await kit.open();
    const events = makeEvents(5_000).map((event, index) => ({
      ...event,
      severity:
        index % 10 === 0 ? ('error' as const) : index % 5 === 0 ? ('warn' as const) : ('info' as const),
    }));
    await store.append(events);
    const startMs = makeEvent(0).receivedAtMs;
    for (const buckets of [1, 2, 7, 100]) {
      const expected = Array.from({ length: buckets }, () => ({ rest: 0, warnings: 0, errors: 0 }));
      events.forEach((event, index) => {
        const bucket = expected[Math.trunc(((event.receivedAtMs - startMs) * buckets) / 4_000)];
        if (bucket === undefined || event.receivedAtMs >= startMs + 4_000) return;
        bucket[index % 10 === 0 ? 'errors' : index % 5 === 0 ? 'warnings' : 'rest'] += 1;
      });
      for (const filter of [null, filterOf('src:mimo')]) {
        const histogram = await store.histogram(
          { filter, range: ANY_TIME },
          startMs,
          startMs + 4_000,
          buckets,
        );
        expect(histogram).toEqual({
          fromMs: startMs,
          toMs: startMs + 4_000,
          buckets: expected,
          complete: true,
        });
      }
    }
  });

  it('says when facets are of the newest rows only', async () => {
    const store = await kit.open();
    for (let sent = 0; sent < 6; sent += 1) await store.append(makeEvents(40_000, { type: `batch_${sent}` }));
    const some = await store.facets(EVERYTHING, 2);
    expect(some.complete).toBe(false);
    expect(some.scannedRows).toBeGreaterThanOrEqual(LIMITS.storeScanRowsPerStep * 4);
    const types = some.facets.find((facet) => facet.field === 'type');
    expect(types?.values.map((value) => value.count)).toEqual([40_000, 40_000]);
    expect((types?.otherCount ?? 0) + 80_000).toBe(some.scannedRows);
    const all = await store.facets({ filter: filterOf('seq<=100'), range: ANY_TIME }, 10);
    expect(all.facets.find((facet) => facet.field === 'host')?.values).toEqual(
      [
        { value: 'node-0', count: 34 },
        { value: 'node-1', count: 33 },
        { value: 'node-2', count: 33 },
      ].filter(() => all.complete),
    );
  });
});

describe('bookmarks', () => {
  it('sets, changes and removes them, and keeps the time of the first', async () => {
    const store = await kit.open();
    await store.append(makeEvents(3));
    const atMs = kit.clock.nowMs;
    await store.setBookmark(2, 'look');
    kit.clock.nowMs += 1_000;
    expect(await store.setBookmark(2, 'look again')).toEqual([{ seq: 2, note: 'look again', atMs }]);
    expect((await store.read(2))?.bookmark).toEqual({ note: 'look again', atMs });
    await expect(store.setBookmark(99, 'nothing there')).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
    expect(await store.setBookmark(2, null)).toEqual([]);
    expect(await store.bookmarks()).toEqual([]);
  });
});

describe('retention', () => {
  it('drops what is too old, keeps bookmarked rows, and never gives a number twice', async () => {
    const store = await kit.open({ retentionDays: 2 });
    await store.append(makeEvents(3_000));
    await store.setBookmark(1_500, 'keep');
    kit.clock.nowMs += 3 * 86_400_000;
    await store.setRetention(2, 1024 * 1024 * 1024);
    await until('old rows are gone', () => store.stats().rows === 1);
    expect((await allRows(store)).map((row) => row.seq)).toEqual([1_500]);
    expect(store.stats()).toMatchObject({ oldestSeq: 1_500, newestSeq: 3_000 });
    await store.setBookmark(1_500, null);
    await store.setRetention(2, 1024 * 1024 * 1024);
    await until('the last row is gone', () => store.stats().rows === 0);
    expect(store.stats().oldestAtMs).toBeNull();
    await store.close();
    const again = await kit.open();
    expect((await again.append([makeEvent(1)]))[0]?.seq).toBe(3_001);
    expect((await allRows(again)).map((row) => row.seq)).toEqual([3_001]);
  });

  it('stays within its size while events keep coming', async () => {
    const bytesMax = 16 * 1024 * 1024;
    const store = await kit.open({ retentionBytes: bytesMax });
    const body = new Uint8Array(3_500).fill(120);
    let newest = 0;
    for (let round = 0; round < 30; round += 1) {
      const rows = await store.append(makeEvents(500, { body }));
      newest = rows.at(-1)?.seq ?? 0;
    }
    await until('freed', () => store.stats().bytes + store.stats().reserveBytes <= bytesMax);
    await until('settled', () => store.stats().rows < newest);
    // What the store says of itself is a moment old; the file is not.
    await until('the file is', () => statSync(join(kit.folder, 'events.db')).size <= bytesMax);
    const rows = await allRows(store);
    expect(rows.at(-1)?.seq).toBe(newest);
    expect(rows.length).toBe(newest - (rows[0]?.seq ?? 0) + 1);
    expect(rows.length).toBeGreaterThan(2_000);
  });

  it('gives space back to the disk when the limit is lowered', async () => {
    const store = await kit.open();
    for (let round = 0; round < 12; round += 1)
      await store.append(makeEvents(1_000, { body: new Uint8Array(3_500).fill(120) }));
    expect(store.stats().rows).toBe(12_000);
    await store.setRetention(30, 16 * 1024 * 1024);
    await until(
      'the file shrank',
      () => store.stats().bytes + store.stats().reserveBytes <= 16 * 1024 * 1024,
    );
    expect(store.stats().rows).toBeGreaterThan(1_000);
  });
});

describe('export', () => {
  const collect = () => {
    const chunks: Uint8Array[] = [];
    const progress: number[][] = [];
    const sink = {
      write: async (chunk: Uint8Array) => void chunks.push(chunk),
      progress: (...numbers: number[]) => void progress.push(numbers),
    };
    return { chunks, progress, sink };
  };

  it('streams every matching row, oldest first, in both formats', async () => {
    const store = await kit.open();
    await store.append(makeEvents(4_000));
    const lines = collect();
    await store.export(
      { filter: filterOf('host:node-1'), range: ANY_TIME },
      'jsonl',
      true,
      lines.sink,
      new AbortController().signal,
    );
    const parsed = text(Buffer.concat(lines.chunks))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const wanted = await allRows(store, { filter: filterOf('host:node-1') });
    expect(parsed.map((line) => line.seq)).toEqual(wanted.map((row) => row.seq));
    expect(parsed[0]).toMatchObject({ type: 'type_1', body: '{"index":1}' });
    expect(lines.progress.at(-1)).toEqual([wanted.length, 4_000, 4_000]);
    const csv = collect();
    await store.export(EVERYTHING, 'csv', false, csv.sink, new AbortController().signal);
    expect(text(Buffer.concat(csv.chunks)).split('\r\n').length).toBe(4_002);
    expect(csv.chunks.length).toBeGreaterThan(1);
  });

  it('waits for its sink, ends when told to, and leaves the store usable', async () => {
    const store = await kit.open();
    await store.append(makeEvents(20_000));
    const abort = new AbortController();
    let writes = 0;
    const sink = {
      write: async () => {
        writes += 1;
        if (writes === 2) abort.abort();
        await new Promise((resolve) => setTimeout(resolve, 20));
      },
      progress: () => {},
    };
    await expect(store.export(EVERYTHING, 'jsonl', true, sink, abort.signal)).rejects.toMatchObject({
      code: 'E_CANCELLED',
    });
    expect(writes).toBe(2);
    await expect(store.export(EVERYTHING, 'jsonl', true, sink, abort.signal)).rejects.toMatchObject({
      code: 'E_CANCELLED',
    });
    const failing = { write: async () => Promise.reject(new Error('disk gone')), progress: () => {} };
    await expect(
      store.export(EVERYTHING, 'csv', true, failing, new AbortController().signal),
    ).rejects.toThrow('disk gone');
    expect(
      (await store.page({ ...EVERYTHING, direction: 'after', anchorSeq: 0, rowsMax: 1 })).rows.length,
    ).toBe(1);
  });
});

describe('damage', () => {
  it('never opens a file of a newer version, and leaves it as it is', async () => {
    const store = await kit.open();
    await store.close();
    const { DatabaseSync } = await import('node:sqlite');
    const database = new DatabaseSync(join(kit.folder, 'events.db'));
    database.exec(`PRAGMA user_version=7; PRAGMA application_id=${0x5342_0000 + 7}`);
    database.close();
    const before = readFileSync(join(kit.folder, 'events.db'));
    await expect(kit.open()).rejects.toMatchObject({ code: 'E_UNSUPPORTED' });
    expect(readFileSync(join(kit.folder, 'events.db')).equals(before)).toBe(true);
  });
});
