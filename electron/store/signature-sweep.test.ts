/** The order of the sweep, and what it does about trouble. */
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { BLOCK_ROWS, TABLES } from './schema.ts';
import { SignatureSweep } from './signature-sweep.ts';
import type { SignatureDesk } from './signature-sweep.ts';
import { SignatureKeeper } from './signatures.ts';

const MINUTES_MS = 60_000;
let database: DatabaseSync;
let sweep: SignatureSweep | null = null;

beforeEach(() => {
  vi.useFakeTimers();
  database = new DatabaseSync(':memory:');
  database.exec(TABLES);
});
afterEach(() => {
  sweep?.stop();
  vi.useRealTimers();
  database.close();
});

/** One row is enough to make a block. */
function putBlock(block: number, body: string | Uint8Array = Buffer.from('{"a":1}')): void {
  const seq = block * BLOCK_ROWS;
  database.prepare('INSERT INTO blocks VALUES (?, 1, 0, 0, 1, 1, ?)').run(block, seq);
  const event = "INSERT INTO events VALUES (?, 1, 'mimo', 'event', 1, 't', 'h', 'l', 'p', 'i', NULL, 7, 0)";
  database.prepare(event).run(seq);
  database.prepare("INSERT INTO bodies VALUES (?, '', 0, x'', ?)").run(seq, body);
}

interface Heard {
  readonly sent: number[];
  readonly damage: unknown[];
}

/** `answer` is what the writer says to each block. */
function start(answer: (block: number) => boolean, isBusy = (): boolean => false): Heard {
  const heard: Heard = { sent: [], damage: [] };
  const keeper = new SignatureKeeper(database);
  const desk: SignatureDesk = {
    isBusy,
    send(block, signature) {
      heard.sent.push(block);
      const kept = answer(block);
      if (kept) keeper.put(block, signature);
      sweep?.taken(kept, false);
    },
    onDamage: (error) => void heard.damage.push(error),
  };
  sweep = new SignatureSweep(database, desk);
  return heard;
}

it('takes old blocks newest first, and new ones before them', () => {
  for (const block of [0, 1, 5, 6]) putBlock(block);
  const { sent } = start((block) => {
    if (block === 5) putBlock(7);
    return true;
  });
  vi.advanceTimersByTime(MINUTES_MS);
  expect(sent.toSorted((a, b) => a - b)).toEqual([0, 1, 5, 6]);
  expect(sent.slice(0, 1)).toEqual([5]);
  putBlock(8);
  vi.advanceTimersByTime(MINUTES_MS);
  expect(sent.at(-1)).toBe(7);
});

it('makes none twice, and none while there are requests', () => {
  for (const block of [0, 1, 2]) putBlock(block);
  let busy = true;
  const { sent } = start(
    () => true,
    () => busy,
  );
  vi.advanceTimersByTime(MINUTES_MS);
  expect(sent).toEqual([]);
  busy = false;
  vi.advanceTimersByTime(MINUTES_MS);
  expect(sent).toEqual([1, 0]);
  sweep?.stop();
  const again = start(() => true);
  vi.advanceTimersByTime(MINUTES_MS);
  expect(again.sent).toEqual([]);
});

it('comes back to a block for which there was no room', () => {
  for (const block of [0, 1, 2]) putBlock(block);
  let room = false;
  const { sent } = start(() => room);
  vi.advanceTimersByTime(2 * MINUTES_MS);
  expect(new Set(sent)).toEqual(new Set([1]));
  expect(sent.length).toBeLessThan(10);
  room = true;
  vi.advanceTimersByTime(2 * MINUTES_MS);
  expect(sent.slice(-2)).toEqual([1, 0]);
});

it('leaves out a block with a row that does not read, and goes on', () => {
  for (const block of [0, 2, 3]) putBlock(block);
  putBlock(1, 'no blob');
  const { sent, damage } = start(() => true);
  vi.advanceTimersByTime(5 * MINUTES_MS);
  expect(sent).toEqual([2, 0]);
  expect(damage).toEqual([]);
});
