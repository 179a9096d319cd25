/**
 * H6: stops cleanly under load, and at once when told twice. G1, end to end: what was answered 204 survives
 * kill -9.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openEventStore } from '../../electron/store/open-event-store.ts';
import { SYSTEM_CLOCK } from '../../electron/net/system-clock.ts';
import { Load, startCore } from '../kit/core-process.ts';
import type { CoreProcess } from '../kit/core-process.ts';
import { allRows, until } from '../kit/store-kit.ts';

const KILL_ROUNDS = Number(process.env.SIGNALBOX_CHAOS_ROUNDS ?? 12);
let folder: string;
const running: CoreProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-chaos-'));
});
afterEach(async () => {
  for (const core of running.splice(0)) {
    core.child.kill('SIGKILL');
    await core.exited;
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

async function start(lab = false): Promise<CoreProcess> {
  const core = await startCore(folder, { lab });
  running.push(core);
  return core;
}

/** Names of the real MIMO events in the store, in order. */
async function storedEvents(): Promise<string[]> {
  const store = await openEventStore({
    folder,
    clock: SYSTEM_CLOCK,
    retentionDays: 30,
    retentionBytes: 2 ** 32,
  });
  try {
    const rows = await allRows(store);
    return rows.filter((row) => row.source === 'mimo' && !row.simulated).map((row) => row.type);
  } finally {
    await store.close();
  }
}

function expectTrue(
  stored: readonly string[],
  sent: readonly string[],
  acknowledged: readonly string[],
): void {
  const held = new Set(stored);
  expect(held.size).toBe(stored.length);
  expect(acknowledged.filter((id) => !held.has(id))).toEqual([]);
  const known = new Set(sent);
  expect(stored.filter((id) => !known.has(id))).toEqual([]);
}

test('SIGTERM under load and lab: exit 0, everything acknowledged is there, sockets are gone; twice', async () => {
  const sent: string[] = [];
  const acknowledged: string[] = [];
  for (let round = 0; round < 2; round += 1) {
    const core = await start(true);
    expect(existsSync(join(folder, 'control.sock'))).toBe(true);
    const load = new Load(core.address, `stop${round}`, 8);
    await until('the load runs', () => load.acknowledged.length > 500);
    core.child.kill('SIGTERM');
    expect(await core.exited).toEqual({ code: 0, signal: null });
    await load.stop();
    sent.push(...load.sent);
    acknowledged.push(...load.acknowledged);
    expect(existsSync(join(folder, 'control.sock'))).toBe(false);
    expect(existsSync(join(folder, 'console.json'))).toBe(false);
  }
  expectTrue(await storedEvents(), sent, acknowledged);
});

test('a second SIGTERM ends it now, and still nothing acknowledged is lost', async () => {
  const core = await start();
  const load = new Load(core.address, 'now', 8);
  await until('the load runs', () => load.acknowledged.length > 500);
  core.child.kill('SIGTERM');
  await until('it heard the first', () => core.stderr().includes('SIGTERM'));
  core.child.kill('SIGTERM');
  const { code, signal } = await core.exited;
  expect([0, 130]).toContain(code);
  expect(signal).toBeNull();
  await load.stop();
  expectTrue(await storedEvents(), load.sent, load.acknowledged);
  const again = await start();
  const after = new Load(again.address, 'after', 1);
  await until('it serves again', () => after.acknowledged.length > 5);
  await after.stop();
});

test(`kill -9 under load, ${KILL_ROUNDS} times: everything acknowledged is there, nothing is invented`, async () => {
  const sent: string[] = [];
  const acknowledged: string[] = [];
  for (let round = 0; round < KILL_ROUNDS; round += 1) {
    const core = await start();
    const load = new Load(core.address, `kill${round}`, 6);
    await until('the load runs', () => load.acknowledged.length > 20);
    await sleep(Math.random() * 400);
    core.child.kill('SIGKILL');
    await core.exited;
    await load.stop();
    sent.push(...load.sent);
    acknowledged.push(...load.acknowledged);
  }
  const stored = await storedEvents();
  expectTrue(stored, sent, acknowledged);
  expect(stored.length).toBeGreaterThan(KILL_ROUNDS * 20);
});
