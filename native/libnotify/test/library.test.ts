// What the library must do beyond the vectors (docs/protocols/mimo.md section 9), against a raw scripted
// receiver.
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { reservePort, ScriptedReceiver, type ReceiverAnswer } from '../../../tests/kit/scripted-receiver.ts';
import { withDriver } from './driver-config.ts';
import { libraryFile } from './driver.ts';

let receiver: ScriptedReceiver | undefined;
afterEach(async () => {
  await receiver?.close();
  receiver = undefined;
});

async function listen(...answers: ReceiverAnswer[]): Promise<ScriptedReceiver> {
  receiver = await ScriptedReceiver.start(answers);
  return receiver;
}

function eventNames(from: ScriptedReceiver): string[] {
  return from.requests.map(({ body }) => /"event":"([^"]*)"/.exec(body.toString())?.[1] ?? '');
}

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `e${index}`);

describe('a host that makes it hard', () => {
  test.each([
    ['calls only from an exit handler', 'atexit', { atexit: 30 }],
    ['unloads the library again and again', 'dlclose', { dlclose: 5 }],
    ['is interrupted by a signal all the time', 'alarm', { alarm: 500 }],
    ['forks while eight threads call', 'fork-threads', { thread: 800, child: 20 }],
  ])('%s: every event arrives once', async (_name, mode, wanted) => {
    const from = await listen({ status: 204 });
    const folder = mkdtempSync(join(tmpdir(), 'signalbox-host-'));
    try {
      const file = join(folder, 'config.json');
      writeFileSync(file, JSON.stringify({ endpoint: from.url(), timeout: '20s' }));
      const env = { ...process.env, MIMO_NOTIFY_CONFIG: file };
      // Rejects unless the program ends with 0.
      await promisify(execFile)(libraryFile('host'), [mode, libraryFile('libspdk_go_notify.so')], { env });
      const count = Object.values(wanted).reduce((sum, found) => sum + found, 0);
      await from.waitForRequests(count);
      const seen: Record<string, number> = {};
      for (const name of eventNames(from)) seen[name] = (seen[name] ?? 0) + 1;
      expect(seen).toEqual(wanted);
      expect(from.violations).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('the end of the process', () => {
  test.each([1, 2, 3])('exit() right after the calls delivers 30 of 30 (round %i)', async () => {
    const { port } = await listen({ status: 204 });
    await withDriver({ endpoint: `http://127.0.0.1:${port}/e` }, async (driver) => {
      const calls = names(30).map((name) => driver.call(name));
      const end = driver.exit(7);
      expect(await Promise.all(calls)).toEqual(names(30).map(() => 0));
      expect(await end).toMatchObject({ code: 7, signal: null });
    });
    expect(eventNames(receiver as ScriptedReceiver)).toEqual(names(30));
  });

  test('a receiver that never answers holds the exit for the timeout, not for ever', async () => {
    const { port } = await listen({ action: 'hang' });
    const end = await withDriver(
      { endpoint: `http://127.0.0.1:${port}/e`, timeout: '200ms' },
      async (driver) => {
        for (const name of names(5)) await driver.call(name);
      },
    );
    expect(end).toMatchObject({ code: 0, signal: null });
  });
});

describe('fork()', () => {
  test('the child sends its event, the parent sends its own, nothing twice', async () => {
    const { port } = await listen({ status: 200, body: 'ok', delay: 20 });
    await withDriver({ endpoint: `http://127.0.0.1:${port}/e` }, async (driver) => {
      await driver.call('before');
      for (const name of names(5)) {
        const parent = driver.call(`parent-${name}`);
        expect(await driver.forkCall(`child-${name}`)).toEqual({ code: 0, status: 0 });
        expect(await parent).toBe(0);
      }
      await driver.call('after');
      expect(await driver.drained()).toMatchObject({ accepted: 7, delivered: 7 });
    });
    const wanted = ['before', 'after', ...names(5).flatMap((name) => [`parent-${name}`, `child-${name}`])];
    expect(eventNames(receiver as ScriptedReceiver).toSorted()).toEqual(wanted.toSorted());
  });

  test('a child forked before the first call works like any process', async () => {
    const { port } = await listen({ status: 204 });
    await withDriver({ endpoint: `http://127.0.0.1:${port}/e` }, async (driver) => {
      expect(await driver.forkCall('child')).toEqual({ code: 0, status: 0 });
      expect(await driver.call('parent')).toBe(0);
      await driver.drained();
    });
    expect(eventNames(receiver as ScriptedReceiver)).toEqual(['child', 'parent']);
  });
});

describe('the queue', () => {
  test('full is -1 and counted, and what was accepted stays', async () => {
    const { port } = await listen({ action: 'hang' });
    await withDriver(
      { endpoint: `http://127.0.0.1:${port}/e`, timeout: '100ms', retry: 1 },
      async (driver) => {
        const { accepted, refused } = await driver.repeat(200_000, 'event', `"${'x'.repeat(80)}"`);
        expect(accepted).toBeGreaterThanOrEqual(100_000);
        expect(refused).toBeGreaterThan(0);
        expect(await driver.stats()).toMatchObject({ accepted, droppedFull: refused, refused: 0 });
        await driver.kill();
      },
    );
  });

  test('an event larger than the whole queue is refused, the next one is sent', async () => {
    const { port } = await listen({ status: 204 });
    await withDriver({ endpoint: `http://127.0.0.1:${port}/e` }, async (driver) => {
      expect(await driver.call('huge', `"${'x'.repeat(13 * 1024 * 1024)}"`)).toBe(-1);
      expect(await driver.call('large', `"${'x'.repeat(2 * 1024 * 1024)}"`)).toBe(0);
      expect(await driver.call('small')).toBe(0);
      expect(await driver.drained()).toMatchObject({ delivered: 2, droppedFull: 1 });
    });
    expect(eventNames(receiver as ScriptedReceiver)).toEqual(['large', 'small']);
  });

  test('calls from 8 threads: each thread in order, every event once', async () => {
    const { port } = await listen({ status: 204 });
    await withDriver({ endpoint: `http://127.0.0.1:${port}/e` }, async (driver) => {
      expect(await driver.threads(8, 400)).toBe(3200);
      await driver.drained();
    });
    const last = new Map<number, number>();
    for (const { body } of (receiver as ScriptedReceiver).requests) {
      const [, thread, index] = (/"t":(\d+),"i":(\d+)/.exec(body.toString()) ?? []).map(Number);
      expect(index).toBe((last.get(thread ?? -1) ?? -1) + 1);
      last.set(thread ?? -1, index ?? -1);
    }
    expect([...last.values()]).toEqual(Array.from({ length: 8 }, () => 399));
  });
});

describe('answers of every shape', () => {
  const shapes: Record<string, ReceiverAnswer> = {
    '204': { status: 204 },
    'a body with a length': { status: 200, body: '{"status":"ok"}' },
    'a chunked body': { status: 200, body: '{"status":"ok"}', framing: 'chunked' },
    'a chunked body without a byte': { status: 200, framing: 'chunked' },
    '4xx with a body': { status: 404, body: 'no such thing', framing: 'chunked' },
    '100 before the answer': {
      rawBytes: Buffer.from('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'),
    },
    'HTTP/1.0 that keeps the connection': {
      rawBytes: Buffer.from('HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n'),
    },
  };

  test.each(Object.entries(shapes))(
    '%s: 500 events in order, each once, on one connection',
    async (_, answer) => {
      const { port } = await listen(answer);
      await withDriver({ endpoint: `http://127.0.0.1:${port}/e` }, async (driver) => {
        await Promise.all(names(500).map((name) => driver.call(name)));
        expect(await driver.drained()).toMatchObject({ delivered: 500, requests: 500, connections: 1 });
      });
      expect(eventNames(receiver as ScriptedReceiver)).toEqual(names(500));
    },
  );

  const closing: Record<string, ReceiverAnswer> = {
    'Connection: close': { status: 204, closeAfter: true },
    'a body that ends with the connection': { status: 200, body: 'ok', framing: 'close' },
    'HTTP/1.0': { rawBytes: Buffer.from('HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n'), closeAfter: true },
  };

  test.each(Object.entries(closing))('%s: one connection per event, none sent twice', async (_, answer) => {
    const { port } = await listen(answer);
    await withDriver({ endpoint: `http://127.0.0.1:${port}/e` }, async (driver) => {
      await Promise.all(names(150).map((name) => driver.call(name)));
      expect(await driver.drained()).toMatchObject({ delivered: 150, lost: 0 });
    });
    expect(eventNames(receiver as ScriptedReceiver)).toEqual(names(150));
  });

  test('a close that was not announced is learnt from: hardly an event is sent twice', async () => {
    const { port } = await listen({
      rawBytes: Buffer.from('HTTP/1.1 204 No Content\r\n\r\n'),
      closeAfter: true,
    });
    await withDriver({ endpoint: `http://127.0.0.1:${port}/e` }, async (driver) => {
      await Promise.all(names(150).map((name) => driver.call(name)));
      const stats = await driver.drained();
      expect(stats).toMatchObject({ delivered: 150, lost: 0, failedAttempts: 0 });
      expect(stats.requests).toBeLessThanOrEqual(152);
    });
    expect([...new Set(eventNames(receiver as ScriptedReceiver))]).toEqual(names(150));
  });

  test('a receiver that closes every 10 answers: nothing lost, order of first arrival kept', async () => {
    const nine: ReceiverAnswer[] = Array.from({ length: 9 }, () => ({ status: 204 }));
    const script = Array.from({ length: 60 }, () => [...nine, { status: 204, closeAfter: true }]).flat();
    const { port } = await listen(...script);
    await withDriver({ endpoint: `http://127.0.0.1:${port}/e` }, async (driver) => {
      await Promise.all(names(200).map((name) => driver.call(name)));
      expect(await driver.drained()).toMatchObject({ delivered: 200, lost: 0 });
    });
    expect([...new Set(eventNames(receiver as ScriptedReceiver))]).toEqual(names(200));
  });

  test('what is not HTTP is a failed attempt', async () => {
    const { port } = await listen({ rawBytes: Buffer.from('SSH-2.0-OpenSSH\r\n\r\n') }, { status: 204 });
    await withDriver({ endpoint: `http://127.0.0.1:${port}/e`, retry_backoff_ms: 5 }, async (driver) => {
      await driver.call('e');
      expect(await driver.drained()).toMatchObject({ delivered: 1, failedAttempts: 1, requests: 2 });
    });
  });

  test('a connection the receiver closes while idle costs no attempt', async () => {
    const { port } = await listen({ status: 204 }, { status: 204, closeAfter: true }, { status: 204 });
    await withDriver({ endpoint: `http://127.0.0.1:${port}/e` }, async (driver) => {
      for (const name of names(4)) {
        await driver.call(name);
        await driver.drained();
        await driver.sleep(80);
      }
      expect(await driver.stats()).toMatchObject({
        delivered: 4,
        failedAttempts: 0,
        requests: 4,
        connections: 2,
      });
    });
  });

  test('a failing event is repeated before any later one is sent', async () => {
    const { port } = await listen(
      { status: 204 },
      { status: 503 },
      { status: 503, body: 'busy' },
      { status: 204 },
    );
    await withDriver({ endpoint: `http://127.0.0.1:${port}/e`, retry_backoff_ms: 20 }, async (driver) => {
      await driver.call('first');
      await driver.drained();
      await driver.call('failing');
      await driver.sleep(10);
      await driver.call('later');
      expect(await driver.drained()).toMatchObject({ delivered: 3, failedAttempts: 2 });
    });
    expect(eventNames(receiver as ScriptedReceiver)).toEqual([
      'first',
      'failing',
      'failing',
      'failing',
      'later',
    ]);
  });
});

describe('redirects', () => {
  test('to another receiver, and back for the next event', async () => {
    const other = await ScriptedReceiver.start();
    try {
      const { port } = await listen(
        { status: 307, headers: { Location: other.url('/moved?a=1') } },
        { status: 204 },
      );
      await withDriver({ endpoint: `http://u:p@127.0.0.1:${port}/e` }, async (driver) => {
        await driver.call('moved', '{"k":1}');
        await driver.call('stays');
        expect(await driver.drained()).toMatchObject({ delivered: 2, lost: 0 });
      });
      expect(other.requests.map(({ path }) => path)).toEqual(['/moved?a=1']);
      expect(other.requests[0]?.body.toString()).toContain('"event":"moved","payload":{"k":1}');
      // The password was for the first receiver only.
      expect(other.requests[0]?.headLines.some((line) => line.startsWith('Authorization'))).toBe(false);
      expect(other.requests[0]?.headLines).toContain(`Referer: http://127.0.0.1:${port}/e`);
      expect(eventNames(receiver as ScriptedReceiver)).toEqual(['moved', 'stays']);
    } finally {
      await other.close();
    }
  });

  test('a circle ends as a failed attempt', async () => {
    const { port } = await listen({ status: 302, headers: { Location: '/again' } });
    await withDriver(
      { endpoint: `http://127.0.0.1:${port}/e`, retry: 1, retry_backoff_ms: 1 },
      async (driver) => {
        await driver.call('circle');
        expect(await driver.drained()).toMatchObject({ lost: 1, failedAttempts: 2, requests: 20 });
      },
    );
  });

  test('to https is a failed attempt', async () => {
    const { port } = await listen({ status: 302, headers: { Location: 'https://127.0.0.1/x' } });
    await withDriver(
      { endpoint: `http://127.0.0.1:${port}/e`, retry: 1, retry_backoff_ms: 1 },
      async (driver) => {
        await driver.call('secret');
        expect(await driver.drained()).toMatchObject({ lost: 1, requests: 2 });
      },
    );
  });
});

describe('nobody listens', () => {
  test('one probe stands for all waiting events', async () => {
    const endpoint = `http://127.0.0.1:${await reservePort()}/e`;
    await withDriver({ endpoint, retry: 2, retry_backoff_ms: 10 }, async (driver) => {
      await driver.repeat(2000, 'event');
      const stats = await driver.drained();
      expect(stats).toMatchObject({ lost: 2000, delivered: 0, requests: 0 });
      expect(stats.failedAttempts).toBeLessThan(50);
    });
  });

  test('a negative timeout lets every attempt fail', async () => {
    const { port } = await listen({ status: 204 });
    await withDriver(
      { endpoint: `http://127.0.0.1:${port}/e`, timeout: '-1s', retry_backoff_ms: 1 },
      async (driver) => {
        await driver.call('e');
        expect(await driver.drained()).toMatchObject({ lost: 1, connections: 0 });
      },
    );
  });
});

describe('a good guest in the process', () => {
  test('one thread, all its signals blocked, no SIGPIPE', async () => {
    const { port } = await listen({ action: 'rst' }, { action: 'close' }, { status: 204 });
    const end = await withDriver(
      { endpoint: `http://127.0.0.1:${port}/e`, retry_backoff_ms: 1 },
      async (driver) => {
        const before = await driver.memory();
        await driver.call('e', `"${'x'.repeat(3 * 1024 * 1024)}"`);
        await driver.drained();
        expect((await driver.memory()).threads).toBe(before.threads + 1);
        expect(await driver.openSignals()).toBe(0n);
      },
    );
    expect(end).toMatchObject({ code: 0, signal: null });
  });

  test('https is refused from the first call, with the reason', async () => {
    await withDriver({ endpoint: 'https://127.0.0.1/e' }, async (driver) => {
      expect([await driver.call('e'), await driver.call('e')]).toEqual([-1, -1]);
      expect((await driver.settings()).problem).toContain('no TLS');
    });
  });

  test('exports nothing but its three functions and has no SONAME', () => {
    const symbols = execFileSync('nm', [
      '-D',
      '--defined-only',
      libraryFile('libspdk_go_notify.so'),
    ]).toString();
    const exported = [...symbols.matchAll(/ T (\w+)/g)].map((match) => match[1]);
    expect(exported).toEqual(['NotifyEvent', 'NotifyReadSettings', 'NotifyReadStats']);
    const dynamic = execFileSync('readelf', ['-d', libraryFile('libspdk_go_notify.so')]).toString();
    expect(dynamic).not.toContain('SONAME');
    expect([...dynamic.matchAll(/NEEDED.*\[(.*)\]/g)].map((match) => match[1])).toEqual(['libc.so.6']);
  });

  test('is at most 64 KB when stripped', () => {
    expect(readFileSync(libraryFile('libspdk_go_notify.so.stripped')).length).toBeLessThanOrEqual(64 * 1024);
  });
});
