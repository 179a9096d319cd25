/**
 * Promises G1 and G6: what was acknowledged survives `kill -9`; one writer a folder, and no lock outlives its
 * holder.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SignatureMaker } from '../../electron/store/signatures.ts';
import { StoreKit, allRows } from '../kit/store-kit.ts';
import { StoreProcess } from '../kit/store-process.ts';

const ROUNDS = Number(process.env['SIGNALBOX_CHAOS_ROUNDS'] ?? 40);
const running: StoreProcess[] = [];
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-kill-'));
});
afterEach(async () => {
  for (const child of running.splice(0)) await child.kill();
  rmSync(folder, { recursive: true, force: true });
});

function start(round: number): StoreProcess {
  const child = new StoreProcess(folder, round);
  running.push(child);
  return child;
}

interface Stored {
  readonly seq: number;
  readonly round: number;
  readonly index: number;
}

function storedAfter(seq: number): Stored[] {
  const database = new DatabaseSync(join(folder, 'events.db'));
  try {
    const rows = database.prepare('SELECT seq, body FROM bodies WHERE seq > ? ORDER BY seq').all(seq);
    return rows.map((row) => {
      const body: unknown = row['body'];
      const { round, index } = JSON.parse(Buffer.from(body instanceof Uint8Array ? body : []).toString());
      return { seq: Number(row['seq']), round, index };
    });
  } finally {
    database.close();
  }
}

/** Whatever was kept is of the events that were kept: a signature of others could hide these. */
function expectSignaturesTrue(): void {
  const database = new DatabaseSync(join(folder, 'events.db'));
  try {
    const maker = new SignatureMaker(database);
    const rows = database.prepare('SELECT block, bits, ranges FROM signatures').all();
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) {
      const making = maker.make(Number(row['block']));
      let step = making.next();
      while (step.done !== true) step = making.next();
      expect({ ...step.value }).toEqual({ bits: row['bits'], ranges: row['ranges'] });
    }
  } finally {
    database.close();
  }
}

describe('kill -9', () => {
  it(
    `loses nothing that was acknowledged and invents nothing in ${ROUNDS} rounds`,
    { timeout: ROUNDS * 20_000 },
    async () => {
      let lastSeq = 0;
      let acknowledgedTotal = 0;
      for (let round = 0; round < ROUNDS; round += 1) {
        const child = start(round);
        // One round in five is killed while it still opens, recovers or checkpoints what the one before left.
        if (round % 5 !== 4) await child.saying('ready');
        // One in five lives long enough to make signatures of what the others left.
        const lifeMs = round % 5 === 3 ? 3_000 : 300;
        await new Promise((resolve) => setTimeout(resolve, Math.random() * lifeMs));
        await child.kill();
        expect(child.errors).toBe('');
        const stored = round === 0 && !child.has('ready') ? [] : storedAfter(lastSeq);
        expect(stored.map((row) => row.seq)).toEqual(stored.map((_, offset) => lastSeq + 1 + offset));
        expect(stored.map((row) => row.index)).toEqual(stored.map((_, offset) => offset));
        expect(stored.every((row) => row.round === round)).toBe(true);
        const acknowledged = child.acknowledged.reduce((sum, one) => sum + one.count, 0);
        expect(stored.length).toBeGreaterThanOrEqual(acknowledged);
        expect(child.acknowledged[0]?.seq ?? lastSeq + 1).toBe(lastSeq + 1);
        lastSeq = stored.at(-1)?.seq ?? lastSeq;
        acknowledgedTotal += acknowledged;
      }
      expect(acknowledgedTotal).toBeGreaterThan(ROUNDS * 10);
      expectSignaturesTrue();
      const kit = new StoreKit();
      const store = await kit.open({ folder, retentionBytes: 2 ** 40 });
      expect((await allRows(store)).length).toBe(lastSeq);
      expect(store.stats()).toMatchObject({ rows: lastSeq, newestSeq: lastSeq, stateReason: '' });
      await kit.end();
    },
  );
});

describe('one writer a folder', () => {
  it('refuses the second process with the pid of the first, which goes on', async () => {
    const first = start(0);
    await first.saying('ack');
    const second = start(1);
    expect(await second.exited()).toBe(3);
    expect(second.lines.join()).toContain(`in use by pid ${first.pid}`);
    const before = first.acknowledged.length;
    await expect.poll(() => first.acknowledged.length, { timeout: 30_000 }).toBeGreaterThan(before);
  });

  it('takes over at once from a process that was killed', async () => {
    const first = start(0);
    await first.saying('ack');
    await first.kill();
    const second = start(1);
    await second.saying('ack');
  });

  it('is not fooled by a holder file of a process long gone, or of one that holds nothing', async () => {
    mkdirSync(folder, { recursive: true });
    for (const pid of [999_999_999, process.pid]) {
      writeFileSync(join(folder, 'holder.json'), JSON.stringify({ pid, sinceMs: 1, program: 'gone' }));
      const child = start(0);
      await child.saying('ready');
      await child.kill();
    }
  });
});
