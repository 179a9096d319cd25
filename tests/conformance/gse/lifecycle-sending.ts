// Callbacks and sends: docs/protocols/gse.md sections 5.9 and 5.10.
import {
  encodeDownlink,
  encodeKeepaliveAnswer,
  encodeRespond,
  decodeRespond,
} from '../../../electron/protocols/gse/socket-messages.ts';
import { FRAME_TYPES } from '../../../electron/protocols/gse/frames.ts';
import { SendError } from '../../../electron/protocols/gse/errors.ts';
import { expectSame, expectThat } from '../case-run.ts';
import { until } from '../../kit/raw-agent.ts';
import type { LifecycleRow } from './lifecycle.ts';
import { framesOf, pause, SDK_EXACT, textOfError, WAIT_MS, withPeer } from './lifecycle-peer.ts';

const TOLERANCE_MS = 400;

/** Callbacks one at a time in arrival order; in SDK-exact mode a keepalive response waits behind them too. */
export async function slowCallback(row: LifecycleRow): Promise<void> {
  const order = Array.isArray(row['order']) ? row['order'].map(String) : [];
  const offsets = Array.isArray(row['callback_offsets_ms']) ? row['callback_offsets_ms'].map(Number) : [];
  const keepaliveMs = Number(row['keepalive_response_offset_ms']);
  const callbackMs = Number(offsets[1]) - Number(offsets[0]);
  const seen: { id: string; atMs: number }[] = [];
  const onMessage = async ({ messageId }: { messageId: string }): Promise<void> => {
    seen.push({ id: messageId, atMs: performance.now() });
    await pause(callbackMs);
  };
  await withPeer({ rules: SDK_EXACT, onMessage }, async ({ agent, client }) => {
    await client.launch({ timeoutMs: WAIT_MS });
    const connection = await agent.connection(1);
    const info = { agentId: 'a', version: '', cloudId: 0n, runMode: 1n, statusCode: 2n, status: '' };
    // The keepalive response stands before the callback that began when it was handled.
    const before = offsets.findIndex((offsetMs) => Math.abs(offsetMs - keepaliveMs) < callbackMs / 2);
    const frames = order.map((id) => encodeDownlink(id, Buffer.alloc(0), 1n));
    frames.splice(before < 0 ? frames.length : before, 0, encodeKeepaliveAnswer(info, 1n));
    await connection.write(Buffer.concat(frames));
    await until(() => isKnown(client), WAIT_MS, 'the keepalive response');
    const knownAtMs = performance.now();
    await until(() => seen.length === order.length, WAIT_MS, 'the callbacks');
    const startMs = seen[0]?.atMs ?? 0;
    expectSame(
      'order',
      order,
      seen.map(({ id }) => id),
    );
    const near = (wantedMs: number, gotMs: number): boolean =>
      gotMs > wantedMs - TOLERANCE_MS / 4 && gotMs < wantedMs + TOLERANCE_MS * 3;
    for (const [index, wantedMs] of offsets.entries()) {
      const gotMs = (seen[index]?.atMs ?? 0) - startMs;
      expectThat(near(wantedMs, gotMs), `callback ${index + 1} after about ${wantedMs} ms`, `${gotMs} ms`);
    }
    const gotMs = knownAtMs - startMs;
    expectThat(
      near(keepaliveMs, gotMs),
      `the keepalive response after about ${keepaliveMs} ms`,
      `${gotMs} ms`,
    );
  });
}

function isKnown(client: { agentInfo(): unknown }): boolean {
  try {
    client.agentInfo();
    return true;
  } catch {
    // Expected: not authorized yet.
    return false;
  }
}

export function blockedSend(row: LifecycleRow): Promise<void> {
  return withPeer({ rules: SDK_EXACT }, async ({ agent, client }) => {
    agent.onConnection = ({ socket }) => socket.pause();
    await client.launch({ timeoutMs: WAIT_MS });
    const connection = await agent.connection(1);
    const frameBytes = Number(row['frame_length']);
    const emptyBytes = encodeRespond('sdk_test', 'big', Buffer.alloc(0), 1n).length;
    let settled = false;
    const sending = client.sendMessage('big', Buffer.alloc(frameBytes - emptyBytes, 'x')).finally(() => {
      settled = true;
    });
    // A row that fails before the send has ended leaves it to be cut: that must not end the run of all others.
    sending.catch(() => undefined);
    await pause(300);
    expectSame('blocked', row['blocked'], !settled);
    connection.socket.resume();
    expectSame('error', row['error'], await textOfError(() => sending));
    expectSame('complete', row['complete'], settled);
    const isLarge = ({ type }: { type: number }): boolean => type === FRAME_TYPES.respond;
    await until(() => framesOf(connection).some(isLarge), WAIT_MS, 'the frame');
    expectSame('frame length', frameBytes, framesOf(connection).find(isLarge)?.totalBytes);
  });
}

export function blockedThenClosed(row: LifecycleRow): Promise<void> {
  const wanted = Array.isArray(row['errors']) ? row['errors'].length : 0;
  return withPeer({ rules: SDK_EXACT }, async ({ agent, client }) => {
    agent.onConnection = ({ socket }) => socket.pause();
    await client.launch({ timeoutMs: WAIT_MS });
    const connection = await agent.connection(1);
    let finished = 0;
    const errors: unknown[] = [];
    const sends = Array.from({ length: wanted }, (_, index) =>
      client.sendMessage(`b${index}`, Buffer.alloc(8 * 1024 * 1024)).then(
        () => {
          finished += 1;
        },
        (error: unknown) => void errors.push(error),
      ),
    );
    await pause(200);
    expectSame('finished while blocked', row['finished_while_blocked'], finished);
    connection.socket.destroy();
    await Promise.all(sends);
    expectThat(
      errors.length === wanted && errors.every((error) => error instanceof SendError),
      `${wanted} write errors`,
      String(errors),
    );
  });
}

export function concurrentSends(row: LifecycleRow): Promise<void> {
  return withPeer({ rules: SDK_EXACT }, async ({ agent, client }) => {
    const beforeS = Math.floor(Date.now() / 1_000);
    await client.launch({ timeoutMs: WAIT_MS });
    const connection = await agent.connection(1);
    const ids = Array.from({ length: 50 }, (_, index) => `c${index}`);
    await Promise.all(ids.map((id) => client.sendMessage(id, Buffer.from(id))));
    await until(() => framesOf(connection).length > ids.length, WAIT_MS, 'all frames');
    const frames = framesOf(connection);
    const uplinks = frames
      .filter(({ type }) => type === FRAME_TYPES.respond)
      .map((frame) => decodeRespond(frame));
    const got = new Set(uplinks.map(({ messageId }) => messageId));
    expectSame(
      'all ids',
      row['all_ids'],
      ids.every((id) => got.has(id)),
    );
    expectThat(
      uplinks.every(({ messageId, content }) => content.toString() === messageId),
      'no frame mixed with another',
      'mixed',
    );
    const sequences = frames.map(({ sequence }) => sequence);
    expectSame('sequences unique', row['sequences_unique'], new Set(sequences).size === sequences.length);
    const isRising = sequences.every(
      (sequence, index) => index === 0 || sequence > (sequences[index - 1] ?? 0n),
    );
    expectSame('sequences sorted', row['sequences_sorted'], isRising);
    // The counter is the process's own: other clients of it have drawn numbers too.
    expectThat(
      (sequences[0] ?? 0n) > BigInt(beforeS),
      'Unix seconds and a counter from 1',
      String(sequences[0]),
    );
  });
}
