import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ExportProgress } from '../../shared/contract/feed.ts';
import { CollectingSink } from '../../tests/kit/collecting-sink.ts';
import { ANY_TIME, StoreKit, makeEvents, until } from '../../tests/kit/store-kit.ts';
import type { EventStore } from '../store/event-store.ts';
import { Downloads, runExport } from './export.ts';
import type { ExportOptions } from './export.ts';

let kit: StoreKit;
let store: EventStore;
let options: ExportOptions;
let downloads: Downloads;

beforeEach(async () => {
  kit = new StoreKit();
  store = await kit.open();
  downloads = new Downloads();
  options = { store, folder: join(kit.folder, 'exports'), downloads, wallMs: () => kit.clock.wallMs() };
});
afterEach(() => kit.end());

const INPUT = { filter: 'type:type_3', range: ANY_TIME, format: 'jsonl', bodies: true } as const;

test('writes the matching rows into a private file and gives a path that works once', async () => {
  await store.append(makeEvents(700));
  const sink = new CollectingSink<ExportProgress>();
  runExport(options, INPUT, sink);
  await until('the export ended', () => sink.ended !== null);
  expect(sink.ended).toEqual({ failure: null });
  const last = sink.items.at(-1);
  expect(last).toMatchObject({ done: true, rowsWritten: 100 });
  const path = last?.path ?? '';
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  expect(lines.length).toBe(100);
  expect(readFileSync(path).length).toBe(last?.bytesWritten);
  for (const line of lines) expect(JSON.parse(line)).toMatchObject({ type: 'type_3' });
  const downloadPath = last?.downloadPath ?? '';
  expect(downloadPath).toMatch(/^\/export\/[0-9a-f]{64}$/);
  expect(downloads.take(downloadPath)?.path).toBe(path);
  expect(downloads.take(downloadPath)).toBeNull();
  expect(downloads.take('/export/../settings.json')).toBeNull();
});

test('cancelled, it leaves nothing behind', async () => {
  for (let round = 0; round < 20; round += 1)
    await store.append(makeEvents(1_000, { body: Buffer.alloc(2_000, 'x') }));
  const sink = new CollectingSink<ExportProgress>();
  const cancel = runExport(options, { ...INPUT, filter: '' }, sink);
  cancel();
  cancel();
  await until('it ended', () => sink.ended !== null);
  expect(sink.ended?.failure?.code).toBe('E_CANCELLED');
  expect(readdirSync(options.folder)).toEqual([]);
});

test('where the folder cannot be made it says so and where', async () => {
  const sink = new CollectingSink<ExportProgress>();
  const inTheWay = join(kit.folder, 'file');
  writeFileSync(inTheWay, 'precious');
  runExport({ ...options, folder: join(inTheWay, 'exports') }, INPUT, sink);
  await until('it ended', () => sink.ended !== null);
  expect(sink.ended?.failure?.code).toMatch(/^E_(STORE_FAILED|PERMISSION)$/);
  expect(sink.ended?.failure?.message).toContain(inTheWay);
  expect(readFileSync(inTheWay, 'utf8')).toBe('precious');
});

test('download paths are bounded: the oldest is forgotten', () => {
  const paths = Array.from({ length: 40 }, (_, index) => downloads.offer(`/tmp/file-${index}`));
  expect(downloads.take(paths[0] ?? '')).toBeNull();
  expect(downloads.take(paths[39] ?? '')?.name).toBe('file-39');
});
