// The slow half: sanitizers, memory with a dead receiver, a receiver that dies and returns, installation,
// the lab emitter.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { reservePort, ScriptedReceiver } from '../../../tests/kit/scripted-receiver.ts';
import { makeFolder, removeFolder, withDriver } from './driver-config.ts';
import { isBuilt, libraryFile, Parts, type LibraryVariant } from './driver.ts';
import { envelopeCases, repeatedText } from './vectors.ts';

const LIBRARY_FOLDER = fileURLToPath(new URL('../', import.meta.url));
const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `e${index}`);

function eventNames(from: ScriptedReceiver): string[] {
  return from.requests.map(({ body }) => /"event":"([^"]*)"/.exec(body.toString())?.[1] ?? '');
}

function has(program: string): boolean {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
}

describe.each<LibraryVariant>(['asan', 'tsan'])('under %s', (variant) => {
  beforeAll(() => {
    const built = spawnSync('make', ['-s', '-C', LIBRARY_FOLDER, variant], { encoding: 'utf8' });
    if (built.status !== 0)
      console.warn(`skipped, no ${variant} build: ${built.stderr.trim().split('\n')[0]}`);
  }, 180_000);

  test('everything at once: vectors, threads, retries, redirects, forks, exit', async (context) => {
    if (!isBuilt(variant)) return context.skip(`the compiler has no ${variant}`);
    const receiver = await ScriptedReceiver.start([
      { action: 'rst' },
      { status: 503, body: 'busy', framing: 'chunked' },
      { status: 307, headers: { Location: '/moved' } },
      { status: 200, body: 'ok', framing: 'close' },
      { status: 200, body: 'ok', framing: 'chunked' },
    ]);
    // The child of a fork leaves the parent's buffers alone, which a leak check there would call a leak.
    const env = { ASAN_OPTIONS: 'exitcode=77:detect_leaks=0' };
    const config = { endpoint: receiver.url(), retry: 3, retry_backoff_ms: 1 };
    const body = async (driver: Parameters<Parameters<typeof withDriver>[1]>[0]): Promise<void> => {
      expect(await driver.call('first', '{"a":[1]}')).toBe(0);
      for (const { input } of envelopeCases) {
        const bytes = input.payload_b64 ? Buffer.from(input.payload_b64, 'base64') : null;
        const payload = input.payload_repeat ? repeatedText(input.payload_repeat) : bytes;
        await driver.call(input.event_b64 === null ? null : Buffer.from(input.event_b64, 'base64'), payload);
      }
      expect(await driver.threads(8, 200)).toBe(1600);
      for (const name of names(3)) expect(await driver.forkCall(name)).toEqual({ code: 0, status: 0 });
      expect(await driver.drained()).toMatchObject({ lost: 0 });
      await driver.threads(4, 50);
    };
    try {
      const end = await withDriver(config, body, variant, env);
      expect(end).toEqual({ code: 0, signal: null, stderr: '' });
    } finally {
      await receiver.close();
    }
  });

  test('without a fork nothing leaks, not even after failures', async (context) => {
    if (!isBuilt(variant)) return context.skip(`the compiler has no ${variant}`);
    const endpoint = `http://u:p@127.0.0.1:${await reservePort()}/e`;
    const end = await withDriver(
      { endpoint, retry: 1, retry_backoff_ms: 1 },
      async (driver) => {
        await driver.repeat(3000, 'event', '{"a":1}');
        await driver.call('huge', `"${'x'.repeat(13 * 1024 * 1024)}"`);
        await driver.drained();
      },
      variant,
    );
    expect(end).toEqual({ code: 0, signal: null, stderr: '' });
    expect(
      await withDriver('{"endpoint":', async (driver) => void (await driver.call('e')), variant),
    ).toMatchObject({
      code: 0,
      stderr: '',
    });
  });

  test('the pure parts read no byte too many', async (context) => {
    if (!isBuilt(variant)) return context.skip(`the compiler has no ${variant}`);
    const parts = new Parts(variant);
    const texts = [
      '',
      '"',
      '"\\',
      '"\\u12',
      '-',
      '1.',
      '[',
      '{"a"',
      '"\xe2',
      '"\xe2\x80',
      'tru',
      '"\\ud83d\\',
    ];
    for (const text of texts) expect(await parts.compact(Buffer.from(text, 'latin1'))).toBeNull();
    for (const text of [
      '',
      '+',
      '1',
      '.',
      '1.',
      '1µ',
      'http://',
      'http://[',
      'http://h/%',
      'http://h/%1',
      'http://@',
    ]) {
      expect(await parts.duration(text)).toBeNull();
      expect(await parts.url(text)).toBe('unusable');
      await parts.resolve('http://h/a', text);
      await parts.responses(text, 1);
    }
    expect(await parts.end()).toEqual({ code: 0, signal: null, stderr: '' });
  });
});

describe('a receiver that is not there', () => {
  test('100 000 calls stay below 16 MB', async () => {
    const endpoint = `http://127.0.0.1:${await reservePort()}/e`;
    await withDriver({ endpoint }, async (driver) => {
      const before = await driver.memory();
      const { accepted } = await driver.repeat(100_000, 'event', `"${'x'.repeat(78)}"`);
      const after = await driver.memory();
      expect(accepted).toBe(100_000);
      expect(after.residentKb - before.residentKb).toBeLessThanOrEqual(16_000);
      expect(after.threads - before.threads).toBeLessThanOrEqual(1);
      await driver.drained();
    });
  });

  test('dies again and again: every event arrives, in order of first arrival', async () => {
    const port = await reservePort();
    let receiver = await ScriptedReceiver.start([{ status: 204 }], port);
    const arrived: string[] = [];
    try {
      await withDriver(
        { endpoint: `http://127.0.0.1:${port}/e`, retry: 30, retry_backoff_ms: 5 },
        async (driver) => {
          for (let round = 0; round < 20; round += 1) {
            const calls = names(50).map((name) => driver.call(`r${round}${name}`));
            await driver.sleep(round % 4);
            await receiver.close();
            arrived.push(...eventNames(receiver));
            await Promise.all(calls);
            receiver = await ScriptedReceiver.start([{ status: 204 }], port);
          }
          expect(await driver.drained(60_000)).toMatchObject({ accepted: 1000, delivered: 1000, lost: 0 });
        },
      );
      arrived.push(...eventNames(receiver));
    } finally {
      await receiver.close();
    }
    const wanted = Array.from({ length: 20 }, (_, round) =>
      names(50).map((name) => `r${round}${name}`),
    ).flat();
    expect([...new Set(arrived)]).toEqual(wanted);
  });

  test('30 of 30 arrive when exit() follows the call, 20 times over', async () => {
    for (let round = 0; round < 20; round += 1) {
      const receiver = await ScriptedReceiver.start();
      try {
        await withDriver({ endpoint: receiver.url() }, async (driver) => {
          const calls = names(30).map((name) => driver.call(name));
          await driver.exit();
          await Promise.all(calls);
        });
        expect(eventNames(receiver)).toEqual(names(30));
      } finally {
        await receiver.close();
      }
    }
  });
});

describe('installed', () => {
  let folder: string;
  let receiver: ScriptedReceiver;
  beforeEach(async () => {
    folder = await makeFolder();
    receiver = await ScriptedReceiver.start();
    execFileSync('make', ['-s', '-C', LIBRARY_FOLDER, 'install', `PREFIX=${folder}/usr`]);
    await writeFile(join(folder, 'config.json'), JSON.stringify({ endpoint: receiver.url() }));
  });
  afterEach(async () => {
    await receiver.close();
    await removeFolder(folder);
  });

  // Not execFileSync: the receiver lives in this process and must answer while the program runs.
  async function runExample(program: string): Promise<void> {
    const child = spawn(program, {
      env: { ...process.env, MIMO_NOTIFY_CONFIG: join(folder, 'config.json') },
    });
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
    expect(receiver.requests[0]?.body.toString()).toMatch(
      /^\{"event":"bdev_ready","payload":\{"name":"nvme0n1","size":1073741824\},"timestamp":\d{10}\}$/,
    );
  }

  test('found by pkg-config, used from C++ as well', async (context) => {
    if (!has('pkg-config')) return context.skip('no pkg-config here');
    const env = { ...process.env, PKG_CONFIG_PATH: join(folder, 'usr/lib/pkgconfig') };
    const flags = execFileSync('pkg-config', ['--cflags', '--libs', 'spdk_go_notify'], { env })
      .toString()
      .trim()
      .split(/\s+/);
    const source = join(LIBRARY_FOLDER, 'example/notify_example.c');
    execFileSync('cc', [source, '-Wall', '-Wextra', '-Werror', '-o', join(folder, 'example'), ...flags]);
    await runExample(join(folder, 'example'));
    if (has('c++')) {
      await copyFile(source, join(folder, 'example.cc'));
      execFileSync('c++', [join(folder, 'example.cc'), '-o', join(folder, 'example-cc'), ...flags]);
    }
  });

  test('found by CMake', async (context) => {
    if (!has('cmake')) return context.skip('no cmake here');
    const source = join(LIBRARY_FOLDER, 'example');
    execFileSync('cmake', ['-S', source, '-B', join(folder, 'b'), `-DCMAKE_PREFIX_PATH=${folder}/usr`], {
      stdio: 'ignore',
    });
    execFileSync('cmake', ['--build', join(folder, 'b')], { stdio: 'ignore' });
    await runExample(join(folder, 'b/notify_example'));
  });
});

describe('lab-emitter', () => {
  test('emits at the rate it is told, says what became of it, and ends with its input', async () => {
    const receiver = await ScriptedReceiver.start();
    const folder = await makeFolder();
    const config = join(folder, 'config.json');
    await writeFile(config, JSON.stringify({ endpoint: receiver.url() }));
    const child = spawn(libraryFile('lab-emitter'), ['500'], {
      env: { ...process.env, MIMO_NOTIFY_CONFIG: config },
    });
    const lines: string[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
    try {
      await receiver.waitForRequests(300);
      child.stdin.write('bursts off\nrate 0\nnonsense\n');
      const [message] = await once(child.stderr, 'data');
      expect(String(message)).toContain('not understood: nonsense');
      child.stdin.end();
      const [code] = await once(child, 'close');
      expect(code).toBe(0);
      const last: unknown = JSON.parse(lines.at(-1) ?? '');
      expect(last).toMatchObject({ failed: 0, dropped: 0 });
      const seen = new Set(eventNames(receiver));
      expect(eventNames(receiver)[0]).toBe('mimo_tgt_started');
      for (const name of ['bdev_ready', 'bdev_created', 'nvme_ctrlr_physically_removed', 'error_occurred']) {
        expect(seen).toContain(name);
      }
      for (const { body } of receiver.requests) expect(() => JSON.parse(body.toString())).not.toThrow();
    } finally {
      child.kill('SIGKILL');
      await receiver.close();
      await removeFolder(folder);
    }
  });
});
