import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { OperatingError } from '../../shared/failure.ts';
import type { EventRow } from '../../shared/model/event.ts';
import { EVERYTHING, makeEvent } from '../../tests/kit/store-kit.ts';
import { BatchReader, packBatch } from './append-batch.ts';
import { EventInserter } from './event-inserter.ts';
import { EventReader } from './event-reader.ts';
import { openDatabase } from './open-database.ts';
import { openForReading } from './schema.ts';
import { checkLog } from './wal-check.ts';

const NOW_MS = Date.UTC(2026, 5, 1);
const ROWS = 3_000;
const ROWS_IN_LOG = 400;
/** Deterministic, so that a failure can be found again. */
const SEED = 20_260_601;

let base: string;
let folder: string;
/** `closed` as a clean close leaves it; `killed` with the last rows in the log only. */
let original: Map<number, string>;

function append(folderPath: string, from: number, count: number, close: boolean): void {
  const { database, seqMin } = openDatabase(folderPath, 'normal', NOW_MS);
  const inserter = new EventInserter(database, seqMin);
  for (let index = from; index < from + count; index += 50) {
    const events = Array.from({ length: 50 }, (_, offset) =>
      makeEvent(index + offset, { body: bodyOf(index + offset) }),
    );
    const reader = new BatchReader(packBatch([events]));
    inserter.begin();
    for (let left = 50; left > 0; left -= 1) inserter.insert(reader.next());
    inserter.commit();
  }
  if (close) database.close();
  else leftOpen.push(database);
}

const leftOpen: { close(): void }[] = [];

/** Some bodies need overflow pages. */
function bodyOf(index: number): Buffer {
  return Buffer.from(`{"index":${index},"pad":"${'p'.repeat(index % 97 === 0 ? 20_000 : index % 300)}"}`);
}

function copyOf(name: string): string {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { mode: 0o700 });
  for (const file of readdirSync(join(base, name))) {
    if (!file.endsWith('-shm')) copyFileSync(join(base, name, file), join(folder, file));
  }
  return folder;
}

beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'signalbox-damage-'));
  folder = join(base, 'case');
  mkdirSync(join(base, 'closed'));
  append(join(base, 'closed'), 0, ROWS, true);
  mkdirSync(join(base, 'killed'));
  copyFileSync(join(base, 'closed', 'events.db'), join(base, 'killed', 'events.db'));
  append(join(base, 'killed'), ROWS, ROWS_IN_LOG, false);
  original = new Map(readAll(join(base, 'killed')).map((row) => [row.seq, JSON.stringify(row)]));
});
afterAll(() => {
  for (const database of leftOpen) database.close();
  rmSync(base, { recursive: true, force: true });
});

/** All rows that read, with their bodies checked. */
function readAll(folderPath: string): EventRow[] {
  const database = openForReading(join(folderPath, 'events.db'));
  try {
    const reader = new EventReader(database);
    const rows: EventRow[] = [];
    for (let anchorSeq = 0; ;) {
      const step = [
        ...drain(reader.page({ ...EVERYTHING, direction: 'after', anchorSeq, rowsMax: 1_000 })),
      ][0];
      if (step === undefined) throw new Error('no page');
      rows.push(...step.rows);
      if (step.done) break;
      anchorSeq = step.nextAnchorSeq;
    }
    for (const row of rows) {
      const detail = reader.read(row.seq);
      if (detail === null || Buffer.compare(detail.body, bodyOf(row.seq - 1)) !== 0)
        throw new Error(`row ${row.seq} was invented`);
    }
    return rows;
  } finally {
    database.close();
  }
}

function* drain<T>(task: Generator<void, T, void>): Generator<T> {
  for (;;) {
    const step = task.next();
    if (step.done !== true) continue;
    yield step.value;
    return;
  }
}

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function openAppendClose(): { recovered: readonly string[]; seq: number } {
  const { database, seqMin, recovered } = openDatabase(folder, 'normal', NOW_MS);
  try {
    const inserter = new EventInserter(database, seqMin);
    const seq = inserter.nextSeq;
    inserter.begin();
    inserter.insert(new BatchReader(packBatch([[makeEvent(seq - 1, { body: bodyOf(seq - 1) })]])).next());
    inserter.commit();
    return { recovered, seq };
  } finally {
    database.close();
  }
}

describe('a log whose end is cut or flipped (promise G2)', () => {
  it('is whole to begin with, though never closed', () => {
    expect(checkLog(join(base, 'killed', 'events.db-wal')).state).toBe('whole');
    copyOf('killed');
    expect(openAppendClose()).toEqual({ recovered: [], seq: ROWS + ROWS_IN_LOG + 1 });
  });

  it('gives the longest valid prefix, wherever it is cut', () => {
    const next = random(SEED);
    const size = readFileSync(join(base, 'killed', 'events.db-wal')).length;
    const cuts = [
      0,
      1,
      31,
      32,
      33,
      size - 1,
      ...Array.from({ length: 24 }, () => size - Math.floor(next() * Math.min(size, 400_000))),
    ];
    for (const cut of cuts) {
      copyOf('killed');
      truncateSync(join(folder, 'events.db-wal'), cut);
      const { seq } = openAppendClose();
      const rows = readAll(folder);
      const kept = rows.filter((row) => row.seq !== seq);
      expect(kept.length, `cut at ${cut}`).toBeGreaterThanOrEqual(ROWS);
      expect(kept.map((row) => row.seq)).toEqual(
        Array.from({ length: kept.length }, (_, index) => index + 1),
      );
      for (const row of kept) expect(JSON.stringify(row)).toBe(original.get(row.seq));
    }
  });

  it('cuts at a flipped bit, keeps a copy, says so, and gives no number twice', () => {
    const next = random(SEED + 1);
    const log = readFileSync(join(base, 'killed', 'events.db-wal'));
    for (let round = 0; round < 30; round += 1) {
      copyOf('killed');
      const flipped = Buffer.from(log);
      const at = 32 + Math.floor(next() * (log.length - 32));
      flipped[at] = (flipped[at] ?? 0) ^ (1 << Math.floor(next() * 8));
      writeFileSync(join(folder, 'events.db-wal'), flipped);
      const { seq, recovered } = openAppendClose();
      const kept = readAll(folder).filter((row) => row.seq !== seq);
      for (const row of kept) expect(JSON.stringify(row)).toBe(original.get(row.seq));
      if (kept.length === original.size) continue;
      expect(kept.map((row) => row.seq)).toEqual(
        Array.from({ length: kept.length }, (_, index) => index + 1),
      );
      expect(recovered.join(), `bit at ${at}`).toContain('cut');
      expect(readdirSync(folder).filter((name) => name.includes('-wal.bad-')).length).toBe(1);
      expect(seq).toBeGreaterThan(ROWS + ROWS_IN_LOG);
    }
  });
});

describe('a damaged database file (promise G2)', () => {
  const damages: [string, (bytes: Buffer, next: () => number) => Buffer][] = [
    ['one flipped bit', (bytes, next) => flip(bytes, Math.floor(next() * bytes.length), next)],
    ['one flipped bit in the first page', (bytes, next) => flip(bytes, Math.floor(next() * 8_192), next)],
    ['cut short', (bytes, next) => bytes.subarray(0, Math.floor(next() * bytes.length))],
    ['a page of zeros', (bytes, next) => fill(bytes, next, 0)],
    ['a page of noise', (bytes, next) => fill(bytes, next, null)],
  ];

  it.each(damages)('%s: opens, gives only what was written, takes new events', (_, damage) => {
    const next = random(SEED + 2);
    for (let round = 0; round < 20; round += 1) {
      copyOf('closed');
      writeFileSync(join(folder, 'events.db'), damage(readFileSync(join(base, 'closed', 'events.db')), next));
      let seq = openOrMark();
      seq ??= openOrMark();
      expect(seq, `round ${round}`).not.toBeNull();
      for (const row of readTolerantly()) {
        // SQLite has no checksum over its pages: one flipped letter inside a column cannot be seen. The
        // body's can.
        if (row.seq !== seq && row.seq <= ROWS) expect(row.bodyBytes).toBe(bodyOf(row.seq - 1).length);
      }
    }
  });

  it('saves every other row when one page is broken, and keeps the damaged file', () => {
    copyOf('closed');
    const bytes = readFileSync(join(folder, 'events.db'));
    bytes.fill(0xff, 8_192 * 40, 8_192 * 41);
    writeFileSync(join(folder, 'events.db'), bytes);
    const { recovered, seq } = openAppendClose();
    expect(recovered.join()).toContain('.bad-2026-06-01');
    expect(
      readFileSync(join(folder, readdirSync(folder).find((name) => name.includes('.bad-')) ?? '')).equals(
        bytes,
      ),
    ).toBe(true);
    const kept = readAll(folder).filter((row) => row.seq !== seq);
    expect(kept.length).toBeGreaterThan(ROWS * 0.8);
    expect(seq).toBeGreaterThan(1_000_000);
    expect(openDatabaseAgain()).toEqual([]);
  });

  it('finishes a repair that was cut short between its two renames', () => {
    copyOf('closed');
    copyFileSync(join(folder, 'events.db'), join(folder, 'events.db-new'));
    rmSync(join(folder, 'events.db'));
    expect(openAppendClose().seq).toBe(ROWS + 1);
    expect(existsSync(join(folder, 'events.db-new'))).toBe(false);
  });

  it.each([
    ['text', 'this is no database'.repeat(1_000)],
    ['nothing', ''],
  ])('a file that is %s is kept aside or used', (_, content) => {
    copyOf('closed');
    writeFileSync(join(folder, 'events.db'), content);
    expect(openAppendClose().seq).toBeGreaterThanOrEqual(1);
    expect(readAll(folder).length).toBe(1);
  });

  function openDatabaseAgain(): readonly string[] {
    const { database, recovered } = openDatabase(folder, 'normal', NOW_MS);
    database.close();
    return recovered;
  }

  /** Damage that shows only while working is marked for the next start, as EventWriter does. */
  function openOrMark(): number | null {
    try {
      return openAppendClose().seq;
    } catch (error) {
      if (error instanceof OperatingError && error.code === 'E_UNSUPPORTED') return 0;
      expect(error).toMatchObject({ errcode: expect.any(Number) });
      writeFileSync(join(folder, 'events.db-damaged'), '');
      return null;
    }
  }

  function readTolerantly(): EventRow[] {
    try {
      return readAll(folder);
    } catch (error) {
      if (error instanceof OperatingError) expect(error.code).toBe('E_STORE_DAMAGED');
      else expect(error).toMatchObject({ errcode: expect.any(Number) });
      return [];
    }
  }
});

function flip(bytes: Buffer, at: number, next: () => number): Buffer {
  bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(next() * 8));
  return bytes;
}

function fill(bytes: Buffer, next: () => number, value: number | null): Buffer {
  const start = 8_192 * Math.floor((next() * bytes.length) / 8_192);
  for (let at = start; at < start + 8_192; at += 1) bytes[at] = value ?? Math.floor(next() * 256);
  return bytes;
}

beforeEach(() => rmSync(folder, { recursive: true, force: true }));
