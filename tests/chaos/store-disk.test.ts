/**
 * Promises G3 and G4: a full disk is said, freed and survived; after a failed flush nothing more is
 * acknowledged.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OperatingError } from '../../shared/failure.ts';
import type { EventStore, StoreStats } from '../../electron/store/event-store.ts';
import { mountRefusal, mountSmallDisk, unmountSmallDisk } from '../kit/small-disk.ts';
import { StoreKit, allRows, makeEvent, makeEvents, until } from '../kit/store-kit.ts';
import { StoreProcess } from '../kit/store-process.ts';

const MIB = 1024 * 1024;
let base: string;
let mounted: string | null = null;
const ends: (() => Promise<void> | void)[] = [];

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'signalbox-disk-'));
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  if (mounted !== null) unmountSmallDisk(mounted);
  mounted = null;
  rmSync(base, { recursive: true, force: true });
});

function straceRefusal(): string | null {
  const tried = spawnSync('strace', ['-o', '/dev/null', 'true'], { encoding: 'utf8' });
  return tried.status === 0
    ? null
    : `strace does not work here: ${(tried.stderr ?? String(tried.error)).trim()}`;
}

const noMount = mountRefusal();
const noStrace = straceRefusal();
for (const reason of [noMount, noStrace]) if (reason !== null) console.warn(`skipped: ${reason}`);

function smallDisk(sizeMib: number): string {
  const folder = join(base, 'disk');
  mountSmallDisk(folder, sizeMib);
  mounted = folder;
  return folder;
}

async function openOn(folder: string, states: StoreStats[]): Promise<EventStore> {
  const kit = new StoreKit();
  ends.push(() => kit.end());
  return kit.open({ folder, onStateChange: (stats) => states.push(stats) });
}

/**
 * Appends until the disk was full; gives the last number acknowledged. A log that could not be folded in is
 * noticed between two appends, and then nobody has to be refused: the code is then that of no refusal.
 */
async function fill(
  store: EventStore,
  body: Uint8Array,
  states: readonly StoreStats[] = [],
): Promise<{ lastSeq: number; code: string }> {
  const timesFull = (): number => states.filter((stats) => stats.state === 'full').length;
  const before = timesFull();
  let lastSeq = store.stats().newestSeq;
  for (let call = 0; call < 20_000; call += 1) {
    if (timesFull() > before) return { lastSeq, code: 'E_STORE_FULL' };
    try {
      lastSeq = (await store.append(makeEvents(10, { body }))).at(-1)?.seq ?? 0;
    } catch (error) {
      if (!(error instanceof OperatingError)) throw error;
      return { lastSeq, code: error.code };
    }
  }
  return { lastSeq, code: 'never full' };
}

describe.skipIf(noMount !== null)('a full disk', () => {
  it.each([1, 4, 8])(
    'of %i MiB: says so, frees the oldest, goes on, and keeps the newest that was acknowledged',
    async (sizeMib) => {
      const states: StoreStats[] = [];
      const store = await openOn(smallDisk(sizeMib), states);
      const body = new Uint8Array(1_000).fill(97);
      let newest = 0;
      for (let round = 0; round < 3; round += 1) {
        const { lastSeq, code } = await fill(store, body, states);
        expect(code).toBe('E_STORE_FULL');
        newest = lastSeq;
        await until('it recovers by itself', () => store.stats().state === 'ok');
      }
      const [row] = await store.append([makeEvent(1, { body })]);
      const rows = await allRows(store);
      expect(rows.at(-1)?.seq).toBe(row?.seq);
      expect(rows.at(-2)?.seq).toBe(newest);
      expect(newest).toBeGreaterThan(0);
      expect(rows.map((one) => one.seq)).toEqual(rows.map((_, index) => (rows[0]?.seq ?? 0) + index));
      expect(rows[0]?.seq).toBeGreaterThan(1);
      expect(states.map((stats) => stats.state)).toContain('full');
      expect(states.find((stats) => stats.state === 'full')?.stateReason).toMatch(/full/);
      await store.close();
    },
  );

  it('filled by somebody else: waits, and recovers when there is room', async () => {
    const folder = smallDisk(8);
    const states: StoreStats[] = [];
    const store = await openOn(folder, states);
    await store.append(makeEvents(2_000));
    const free = statfsSync(folder);
    const others = join(folder, 'somebody-else');
    expect(() => writeFileSync(others, new Uint8Array(free.bavail * free.bsize + MIB))).toThrow(/ENOSPC/);
    await fill(store, new Uint8Array(1_000));
    expect(store.stats().state).not.toBe('failed');
    rmSync(others);
    await until('it recovers', () => store.stats().state === 'ok');
    expect((await store.append([makeEvent(1)])).length).toBe(1);
  });

  it('opens on a disk with no room left, or says that it is full', async () => {
    const folder = smallDisk(1);
    expect(() => writeFileSync(join(folder, 'somebody-else'), new Uint8Array(2 * MIB))).toThrow(/ENOSPC/);
    await expect(openOn(folder, [])).rejects.toMatchObject({ code: 'E_STORE_FULL' });
    rmSync(join(folder, 'somebody-else'));
    const store = await openOn(folder, []);
    expect((await store.append([makeEvent(1)])).length).toBe(1);
    await store.close();
  });
});

describe.skipIf(noStrace !== null)('a disk whose flush fails', () => {
  it.each(['normal', 'full'])(
    'durability %s: stops acknowledging, never tries again, and loses nothing acknowledged',
    async (durability) => {
      const folder = join(base, 'data');
      const child = new StoreProcess(folder, 7, durability);
      ends.push(() => child.kill());
      await child.saying('ack');
      const inject = 'inject=fsync,fdatasync:error=EIO';
      const tracer = spawn('strace', [
        '-f',
        '-o',
        '/dev/null',
        '-e',
        'trace=fsync,fdatasync',
        '-e',
        inject,
        '-p',
        String(child.pid),
      ]);
      ends.push(() => void tracer.kill('SIGKILL'));
      await child.saying('refused');
      const gone = new Promise((resolve) => tracer.once('exit', resolve));
      tracer.kill('SIGINT');
      await gone;
      expect(child.has('state failed')).toBe(true);
      expect(
        child.lines
          .filter((line) => line.startsWith('refused'))
          .every((line) => line === 'refused E_STORE_FAILED'),
      ).toBe(true);
      // The disk is well again; the process must not believe it.
      const acknowledged = child.acknowledged;
      const refusals = child.lines.length;
      await until('more was refused', () => child.lines.length > refusals + 5);
      expect(child.acknowledged.length).toBe(acknowledged.length);
      await child.kill();
      const kit = new StoreKit();
      ends.push(() => kit.end());
      const store = await kit.open({ folder });
      const rows = await allRows(store);
      expect(rows.length).toBeGreaterThanOrEqual(acknowledged.reduce((sum, one) => sum + one.count, 0));
      expect((await store.append([makeEvent(1)])).length).toBe(1);
    },
  );
});

describe('a data folder that cannot be used', () => {
  it('that is a file, or a link: says so', async () => {
    const kit = new StoreKit();
    ends.push(() => kit.end());
    const file = join(base, 'file');
    writeFileSync(file, '');
    await expect(kit.open({ folder: file })).rejects.toMatchObject({ code: 'E_PERMISSION' });
    expect(existsSync(file)).toBe(true);
  });
});
