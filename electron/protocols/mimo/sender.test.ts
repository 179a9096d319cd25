import { afterEach, describe, expect, test } from 'vitest';
import { reservePort, ScriptedReceiver, type ReceiverAnswer } from '../../../tests/kit/scripted-receiver.ts';
import { MIMO_CONFIG_DEFAULT, type MimoConfig } from './config.ts';
import { MimoSender, type SendOutcome } from './sender.ts';

const clock = { wallMs: () => 1_700_000_000_000, monotonicMs: () => 0 };
const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

function senderTo(endpoint: string, changed: Partial<MimoConfig> = {}): MimoSender {
  const sender = new MimoSender({ ...MIMO_CONFIG_DEFAULT, endpoint, ...changed }, clock);
  cleanups.push(() => sender.close());
  return sender;
}

async function receiverWith(answers: readonly ReceiverAnswer[]): Promise<ScriptedReceiver> {
  const receiver = await ScriptedReceiver.start(answers);
  cleanups.push(() => receiver.close());
  return receiver;
}

function namesAt(receiver: ScriptedReceiver): unknown[] {
  return receiver.requests.map(({ body }) => (JSON.parse(body.toString()) as { event: unknown }).event);
}

describe('sender', () => {
  test('keeps the order of 500 events over one connection', async () => {
    const receiver = await receiverWith([{ status: 204 }]);
    const sender = senderTo(receiver.url());
    const names = Array.from({ length: 500 }, (_, index) => `e${index}`);
    for (const name of names) expect(sender.notify(name, null)).toEqual({ accepted: true, failure: null });
    expect(await sender.flush(60_000)).toBe(true);
    expect(namesAt(receiver)).toEqual(names);
    expect(receiver.connections).toHaveLength(1);
    expect(sender.counters()).toEqual({ delivered: 500, lost: 0, refused: 0, queued: 0 });
  });

  test('a connection the receiver closed while idle costs no attempt', async () => {
    const receiver = await receiverWith([{ status: 204, closeAfter: true }]);
    const sender = senderTo(receiver.url(), { retry: 1, retryBackoffMs: 60_000 });
    for (const name of ['a', 'b', 'c']) {
      sender.notify(name, null);
      expect(await sender.flush(20_000)).toBe(true);
    }
    expect(namesAt(receiver)).toEqual(['a', 'b', 'c']);
  });

  test('chunked and long answers are read and the connection is used again', async () => {
    const receiver = await receiverWith([{ status: 200, body: 'x'.repeat(100_000), framing: 'chunked' }]);
    const sender = senderTo(receiver.url());
    for (let index = 0; index < 10; index += 1) sender.notify('x', null);
    expect(await sender.flush(20_000)).toBe(true);
    expect(receiver.requests).toHaveLength(10);
    expect(receiver.connections).toHaveLength(1);
  });

  test('while nobody listens a long queue is given up together, not one after the other', async () => {
    const sender = senderTo(`http://127.0.0.1:${await reservePort()}/x`, { retry: 2, retryBackoffMs: 10 });
    const outcomes: SendOutcome[] = [];
    for (let index = 0; index < 1_000; index += 1)
      sender.notify('x', null, (outcome) => outcomes.push(outcome));
    expect(await sender.flush(60_000)).toBe(true);
    expect(outcomes).toHaveLength(1_000);
    expect(outcomes.every(({ attempts, delivered }) => attempts === 3 && !delivered)).toBe(true);
    expect(sender.counters()).toMatchObject({ lost: 1_000, queued: 0 });
  });

  test('the queue is bounded by bytes, and what does not fit is refused', async () => {
    const sender = senderTo(`http://127.0.0.1:${await reservePort()}/x`, { retryBackoffMs: 60_000 });
    const payload = JSON.stringify('x'.repeat(1024 * 1024));
    const results = Array.from({ length: 20 }, () => sender.notify('x', payload).accepted);
    expect(results.slice(0, 15)).toEqual(Array.from({ length: 15 }, () => true));
    expect(results.at(-1)).toBe(false);
    expect(sender.counters().refused).toBeGreaterThan(0);
  });

  test('a sender without a usable endpoint loses events and says why', async () => {
    const sender = senderTo('nowhere');
    const outcome = await new Promise<SendOutcome>((resolve) => sender.notify('x', null, resolve));
    expect(outcome).toMatchObject({ delivered: false, attempts: 0, failure: { code: 'E_CONFIG' } });
  });

  test('a negative timeout fails every attempt', async () => {
    const receiver = await receiverWith([{ status: 204 }]);
    const sender = senderTo(receiver.url(), { timeoutNs: -1n, retryBackoffMs: 1 });
    const outcome = await new Promise<SendOutcome>((resolve) => sender.notify('x', null, resolve));
    expect(outcome).toMatchObject({ delivered: false, attempts: 3 });
    expect(receiver.requests).toEqual([]);
  });

  test('another server is not followed', async () => {
    const other = await receiverWith([{ status: 204 }]);
    const receiver = await receiverWith([{ status: 307, headers: { Location: other.url() } }]);
    const sender = senderTo(receiver.url());
    sender.notify('x', null);
    expect(await sender.flush(20_000)).toBe(true);
    expect(other.requests).toEqual([]);
    expect(sender.counters().delivered).toBe(1);
  });

  test('an endless redirect ends', async () => {
    const receiver = await receiverWith([{ status: 302, headers: { Location: '/again' } }]);
    const sender = senderTo(receiver.url());
    sender.notify('x', null);
    expect(await sender.flush(20_000)).toBe(true);
    expect(receiver.requests).toHaveLength(11);
  });

  test('closing in the middle of a pause ends at once, twice is once', async () => {
    const sender = senderTo(`http://127.0.0.1:${await reservePort()}/x`, { retryBackoffMs: 3_600_000 });
    sender.notify('x', null);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await Promise.all([sender.close(), sender.close()]);
    expect(sender.notify('y', null)).toMatchObject({ accepted: false });
  });
});
