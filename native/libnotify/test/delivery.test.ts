// delivery.json: scripted answers, and what the library does better than the original (`dropin_should`).
import { describe, expect, test } from 'vitest';
import { reservePort, ScriptedReceiver, type RecordedRequest } from '../../../tests/kit/scripted-receiver.ts';
import { withDriver } from './driver-config.ts';
import { deliveryCases, receiverAnswers, type DeliveryCase } from './vectors.ts';

/** A request as the vectors write it. */
interface SeenRequest {
  readonly method_path: string;
  readonly event: string | null;
}

function seen(request: RecordedRequest): SeenRequest {
  const event = /"event":"([^"]*)"/.exec(request.body.toString())?.[1] ?? null;
  return { method_path: `${request.method} ${request.path}`, event };
}

function wantedRequests(row: DeliveryCase): SeenRequest[] {
  const observed = row.observed_upstream.requests.map(({ method_path, event }) => ({ method_path, event }));
  if (!row.dropin_should.startsWith('really resend')) return observed;
  return [...observed, ...observed];
}

const pause = (durationMs: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, durationMs));

/** Runs the row; `port` is free until the row says that somebody listens. */
async function run(
  row: DeliveryCase,
): Promise<{ requests: readonly RecordedRequest[]; connections: number; lost: number }> {
  const port = await reservePort();
  const lateMs = row.receiver.starts_listening_after_ms;
  let receiver = lateMs === 0 ? await ScriptedReceiver.start(receiverAnswers(row), port) : undefined;
  let lost = 0;
  try {
    await withDriver({ endpoint: `http://127.0.0.1:${port}/e`, ...row.config }, async (driver) => {
      for (const call of row.calls) {
        await pause(call.after_ms);
        expect(await driver.call(call.event, call.payload ?? null)).toBe(0);
      }
      if (lateMs > 0) {
        await pause(lateMs);
        receiver = await ScriptedReceiver.start(receiverAnswers(row), port);
      }
      const stats = await driver.drained();
      expect(stats.delivered + stats.lost).toBe(row.calls.length);
      lost = stats.lost;
    });
    expect(receiver?.violations).toEqual([]);
    return { requests: receiver?.requests ?? [], connections: receiver?.connections.length ?? 0, lost };
  } finally {
    await receiver?.close();
  }
}

/** Rows in which no attempt is ever answered below 500 in time. */
const LOST = new Set(['m-dlv-14', 'm-dlv-20', 'm-dlv-21']);
/** Rows in which one connection must be enough. */
const ONE_CONNECTION = new Set(['m-dlv-01', 'm-dlv-02', 'm-dlv-03', 'm-dlv-11', 'm-dlv-12']);

describe.concurrent('delivery.json', () => {
  test.each(deliveryCases)('$id $title', async (row) => {
    const { requests, connections, lost } = await run(row);
    // The answer comes too late every time, so each attempt repeats the event.
    const wanted =
      row.id === 'm-dlv-21' ? requests.map(() => seen(requests[0] as RecordedRequest)) : wantedRequests(row);
    expect(requests.map(seen)).toEqual(wanted);
    expect(lost).toBe(LOST.has(row.id) ? 1 : 0);
    if (ONE_CONNECTION.has(row.id)) expect(connections).toBe(1);
  });

  test('the back-off doubles and is never shorter than configured', async () => {
    const row = deliveryCases.find(({ id }) => id === 'm-dlv-14');
    if (row === undefined) throw new Error('no such row');
    const { requests } = await run(row);
    const [first, second, third] = requests.map(({ atMs }) => atMs);
    // Times are only bounded from below: how late an attempt comes depends on the machine.
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThan(90);
    expect((third ?? 0) - (second ?? 0)).toBeGreaterThan(190);
  });
});
