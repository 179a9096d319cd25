// Keepalives, redials and waits: docs/protocols/gse.md section 7. The original's fixed rhythm is checked in
// SDK-exact mode.
import { ReportClient } from '../../../electron/protocols/gse/report-client.ts';
import { ReportFrameReader } from '../../../electron/protocols/gse/report-frames.ts';
import { expectSame, expectThat } from '../case-run.ts';
import { RawAgent, until, type RawAgentConnection } from '../../kit/raw-agent.ts';
import type { LifecycleRow } from './lifecycle.ts';
import { framesOf, pause, SDK_EXACT, SETTLES_MS, timed, WAIT_MS, withPeer } from './lifecycle-peer.ts';
import { SYSTEM_CLOCK as clock } from '../../../electron/net/system-clock.ts';

/** Timers never fire early by more than this. */
const EARLY_MS = 100;

export function lateAgent(row: LifecycleRow): Promise<void> {
  const listenAfterMs = Number(row['launch_took_ms']) - Number(row['connected_after_listen_ms']);
  const wantedFailures = Array.isArray(row['retry_logs']) ? row['retry_logs'].length : 0;
  return withPeer({ listening: false, rules: SDK_EXACT }, async ({ agent, client, events }) => {
    const tookMs = await timed(async () => {
      const launching = client.launch({ timeoutMs: WAIT_MS });
      await pause(listenAfterMs);
      await agent.listen();
      await launching;
    });
    const failed = events.filter((event) => event.kind === 'dial_failed').length;
    // On a busy machine fewer tries fit in; with a growing wait there would be fewer still.
    expectThat(
      failed >= Math.ceil(wantedFailures / 2) && failed <= wantedFailures + 1,
      `about ${wantedFailures} failed dials`,
      String(failed),
    );
    const wantedMs = Number(row['launch_took_ms']);
    const holds = tookMs >= listenAfterMs - EARLY_MS && tookMs <= wantedMs + SETTLES_MS * 2;
    expectThat(holds, `about ${wantedMs} ms, at least ${listenAfterMs} ms`, `${tookMs} ms`);
  });
}

export function keepaliveSpacing(row: LifecycleRow): Promise<void> {
  const wanted = Array.isArray(row['spacing_ms']) ? row['spacing_ms'].map(Number) : [];
  return withPeer({ rules: SDK_EXACT }, async ({ agent, client }) => {
    await client.launch({ timeoutMs: WAIT_MS });
    const connection = await agent.connection(1);
    const arrivals = await arrivalsOf(connection, (found) => framesOf(found).length, wanted.length + 1);
    checkSpacing(wanted, arrivals);
  });
}

export async function reportSpacing(row: LifecycleRow): Promise<void> {
  const types = Array.isArray(row['types']) ? row['types'].map(Number) : [];
  const agent = await RawAgent.start();
  const client = new ReportClient({ address: { path: agent.path }, clock, rules: SDK_EXACT });
  try {
    await client.launch({ timeoutMs: WAIT_MS });
    const connection = await agent.connection(1);
    const frames = (found: RawAgentConnection) => new ReportFrameReader().push(found.received).frames;
    const arrivals = await arrivalsOf(connection, (found) => frames(found).length, types.length);
    expectSame(
      'types',
      types,
      frames(connection).map(({ type }) => type),
    );
    checkSpacing(
      types.slice(1).map(() => Number(row['spacing_ms'])),
      arrivals,
    );
  } finally {
    if (client.state !== 'idle') await client.terminate();
    await agent.close();
  }
}

async function arrivalsOf(
  connection: RawAgentConnection,
  count: (connection: RawAgentConnection) => number,
  wanted: number,
): Promise<number[]> {
  const arrivals: number[] = [];
  for (let number = 1; number <= wanted; number += 1) {
    await until(() => count(connection) >= number, WAIT_MS, `frame ${number}`);
    arrivals.push(performance.now());
  }
  return arrivals;
}

function checkSpacing(wanted: readonly number[], arrivals: readonly number[]): void {
  for (const [index, spacingMs] of wanted.entries()) {
    const gotMs = (arrivals[index + 1] ?? 0) - (arrivals[index] ?? 0);
    // Arrival of the one before may have been noticed late.
    const holds = gotMs > spacingMs / 2 && gotMs < spacingMs + SETTLES_MS * 2;
    expectThat(holds, `about ${spacingMs} ms between keepalives`, `${gotMs} ms`);
  }
}

export async function reconnect(row: LifecycleRow): Promise<void> {
  const originalMs = Number(row['first_keepalive_after_ms']);
  const { keepaliveMs: exactMs, redialMs } = await afterLoss(SDK_EXACT);
  expectThat(
    exactMs > originalMs / 2 && exactMs < originalMs + SETTLES_MS * 2,
    `a keepalive by the old timer, about ${originalMs} ms`,
    `${exactMs} ms`,
  );
  const wantedMs = Number(row['redial_after_ms']);
  expectThat(
    redialMs >= wantedMs - EARLY_MS && redialMs < wantedMs + SETTLES_MS,
    `a redial after about ${wantedMs} ms`,
    `${redialMs} ms`,
  );
  // Product, items 2 and 3: redial at once, keepalive at once.
  const product = await afterLoss({});
  expectThat(product.keepaliveMs < SETTLES_MS, 'a keepalive at once', `${product.keepaliveMs} ms`);
}

interface AfterLoss {
  /** From the loss to the new connection, and from there to its first keepalive. */
  readonly redialMs: number;
  readonly keepaliveMs: number;
}

async function afterLoss(rules: { sdkExact?: boolean }): Promise<AfterLoss> {
  let found: AfterLoss = { redialMs: 0, keepaliveMs: 0 };
  await withPeer({ rules }, async ({ agent, client }) => {
    await client.launch({ timeoutMs: WAIT_MS });
    const first = await agent.connection(1);
    await until(() => framesOf(first).length > 0, WAIT_MS, 'the first keepalive');
    await pause(500);
    first.socket.destroy();
    const lostAtMs = performance.now();
    const second = await agent.connection(2);
    await until(() => framesOf(second).length > 0, WAIT_MS, 'a keepalive on the new connection');
    found = {
      redialMs: second.openedAtMs - lostAtMs,
      keepaliveMs: performance.now() - second.openedAtMs,
    };
  });
  return found;
}

export async function acceptCloseLoop(row: LifecycleRow): Promise<void> {
  const exact = await acceptsInOneSecond(SDK_EXACT);
  const product = await acceptsInOneSecond({});
  // Product, item 2: never more than five attempts in the first second.
  expectThat(product >= 2 && product <= 5, 'two to five dials', String(product));
  expectThat(
    exact > Math.min(5, Number(row['accepts_in_1_s']) - 1),
    `many dials, such as ${String(row['accepts_in_1_s'])}`,
    String(exact),
  );
}

async function acceptsInOneSecond(rules: { sdkExact?: boolean }): Promise<number> {
  let accepts = 0;
  await withPeer({ rules }, async ({ agent, client }) => {
    agent.onConnection = ({ socket }) => socket.destroy();
    await client.launch({ timeoutMs: WAIT_MS });
    await pause(1_000);
    accepts = agent.connections.length;
  });
  return accepts;
}

export function noAnswers(row: LifecycleRow): Promise<void> {
  return withPeer({ rules: SDK_EXACT }, async ({ agent, client, events }) => {
    await client.launch({ timeoutMs: WAIT_MS });
    const connection = await agent.connection(1);
    await until(() => framesOf(connection).length >= Number(row['keepalives']), WAIT_MS, 'the keepalives');
    expectSame('connection open', row['connection_open'], connection.closedAtMs === null);
    expectSame(
      'warnings',
      row['warnings'],
      events.filter(({ kind }) => kind !== 'connected'),
    );
  });
}
