// All MIMO vector files but delivery.json (see delivery.test.ts) against the real library.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { reservePort, ScriptedReceiver } from '../../../tests/kit/scripted-receiver.ts';
import { makeFolder, removeFolder, withDriver } from './driver-config.ts';
import { Driver, Parts } from './driver.ts';
import {
  callCases,
  configCases,
  durationCases,
  envelopeCases,
  headCases,
  repeatedText,
  searchCases,
} from './vectors.ts';
import type { SearchCase } from './vectors.ts';

const TIMESTAMP = /,"timestamp":(\d{10})\}$/;

let receiver: ScriptedReceiver;
beforeEach(async () => {
  receiver = await ScriptedReceiver.start();
});
afterEach(async () => receiver.close());

function decoded(text: string | null | undefined): Buffer | null {
  return text === null || text === undefined ? null : Buffer.from(text, 'base64');
}

test('envelope.json: bodies are the same, byte for byte', async () => {
  const wanted: Buffer[] = [];
  const startS = Math.floor(Date.now() / 1000);
  await withDriver({ endpoint: receiver.url() }, async (driver) => {
    for (const { id, input, expect: wants } of envelopeCases) {
      const payload = input.payload_repeat ? repeatedText(input.payload_repeat) : decoded(input.payload_b64);
      expect([id, await driver.call(decoded(input.event_b64), payload)]).toEqual([id, wants.return_code]);
      if (!wants.sent) continue;
      const repeated = wants.body_before_timestamp_repeat;
      wanted.push(
        repeated
          ? Buffer.from(repeatedText(repeated))
          : (decoded(wants.body_before_timestamp_b64) ?? Buffer.of()),
      );
    }
    await receiver.waitForRequests(wanted.length);
    expect(await driver.drained()).toMatchObject({ delivered: wanted.length, lost: 0 });
  });
  expect(receiver.requests).toHaveLength(wanted.length);
  for (const [index, request] of receiver.requests.entries()) {
    const body = request.body.toString('latin1');
    const time = TIMESTAMP.exec(body);
    expect(body.slice(0, time?.index)).toBe(wanted[index]?.toString('latin1'));
    expect(Number(time?.[1])).toBeGreaterThanOrEqual(startS);
    expect(Number(time?.[1])).toBeLessThanOrEqual(Date.now() / 1000);
  }
});

describe('durations.json', () => {
  let parts: Parts;
  beforeAll(() => {
    parts = new Parts();
  });
  afterAll(async () => {
    await parts.end();
  });
  test.each(durationCases)('$id $input', async ({ input, expect: wants }) => {
    expect(await parts.duration(input)).toBe(wants.ns === undefined ? null : BigInt(wants.ns));
  });
});

describe('config.json', () => {
  test.each(configCases)('$id $title', async ({ input, expect: wants }) => {
    const text = input.text_b64 === undefined ? (input.text ?? '') : Buffer.from(input.text_b64, 'base64');
    await withDriver(text, async (driver) => {
      const settings = await driver.settings();
      if (wants.init === 'error') {
        expect(settings.code).toBe(-1);
        expect(settings.problem).not.toBeNull();
        expect(await driver.call('e')).toBe(wants.notify_return_code);
        return;
      }
      const endpoint =
        wants.endpoint === '<DEFAULT_ENDPOINT>' ? 'http://127.0.0.1:9988/mimo/events' : wants.endpoint;
      expect(settings).toMatchObject({
        code: 0,
        timeoutNs: BigInt(wants.timeout_ns ?? -1),
        retry: wants.retry,
        retryBackoffMs: wants.retry_backoff_ms,
      });
      expect(settings.endpoint?.toString()).toBe(endpoint);
      expect(settings.method?.toString()).toBe(wants.method);
      expect(settings.source?.toString()).toBe(wants.source);
      expect(settings.problem === null).toBe(wants.events_can_be_built);
      // Events that can never be built are accepted and dropped without a connection.
      if (wants.events_can_be_built === false) {
        expect(await driver.call('e')).toBe(0);
        expect(await driver.drained()).toMatchObject({
          droppedUnsendable: 1,
          connections: 0,
          failedAttempts: 0,
        });
      }
    });
  });
});

/** The relative candidates of a row; the absolute ones would need a machine of our own. */
async function placeFiles(folder: string, row: SearchCase): Promise<void> {
  await mkdir(join(folder, 'config'));
  const places: Record<string, string> = {
    '<ENV>': 'env.json',
    './': 'notify_config.json',
    './config': 'config/notify_config.json',
  };
  for (const [place, path] of Object.entries(places)) {
    if (!row.present.includes(place)) continue;
    const text = row.broken.includes(place) ? '{"endpoint":' : JSON.stringify({ source: place });
    await writeFile(join(folder, path), text);
  }
}

function environmentOf(folder: string, row: SearchCase): string | undefined {
  if (row.env === undefined) return row.present.includes('<ENV>') ? join(folder, 'env.json') : undefined;
  if (row.env === '') return '';
  return row.env === 'a directory' ? folder : join(folder, 'missing.json');
}

describe('config-search.json', () => {
  const needsRoot = (row: SearchCase): boolean => row.use === '/etc' || row.use === '/usr/local/etc';
  const special = new Set(['m-search-11', 'm-search-12', 'm-search-13']);
  const rows = searchCases.filter((row) => !special.has(row.id) && !needsRoot(row));
  let folder: string;
  beforeEach(async () => {
    folder = await makeFolder();
  });
  afterEach(() => removeFolder(folder));

  test('the rows that name files outside a folder of ours are the only ones left out', () => {
    expect(searchCases.filter(needsRoot).map((row) => row.id)).toEqual(['m-search-2', 'm-search-3']);
  });

  test.each(rows)('$id $title', async (row) => {
    await placeFiles(folder, row);
    const driver = new Driver({ cwd: folder, env: { MIMO_NOTIFY_CONFIG: environmentOf(folder, row) } });
    try {
      const settings = await driver.settings();
      const broken = row.use.startsWith('error');
      expect(settings.code).toBe(broken ? -1 : 0);
      if (broken) expect([await driver.call('e'), await driver.call('e')]).toEqual([-1, -1]);
      else expect(settings.source?.toString()).toBe(row.use === 'built-in defaults' ? 'mimo' : row.use);
    } finally {
      await driver.kill();
    }
  });

  test('m-search-11 to 13: environment and folder count at the first call, and only then', async () => {
    await writeFile(join(folder, 'notify_config.json'), '{"source":"folder"}');
    await writeFile(join(folder, 'late.json'), '{"source":"late"}');
    const moved = new Driver({ cwd: '/' });
    const late = new Driver({ cwd: folder });
    try {
      await moved.changeFolder(folder);
      expect((await moved.settings()).source?.toString()).toBe('folder');
      await moved.changeFolder('/');
      await moved.setEnvironment('MIMO_NOTIFY_CONFIG', join(folder, 'late.json'));
      expect((await moved.settings()).source?.toString()).toBe('folder');
      await late.setEnvironment('MIMO_NOTIFY_CONFIG', join(folder, 'late.json'));
      expect((await late.settings()).source?.toString()).toBe('late');
    } finally {
      await moved.kill();
      await late.kill();
    }
  });
});

describe('calls.json', () => {
  const good = (): Record<string, unknown> => ({ endpoint: receiver.url() });
  const quick = { retry: 1, retry_backoff_ms: 1 };
  type Call = readonly [string | null, string | null];
  const situations: Record<string, { config: () => unknown; calls: readonly Call[] }> = {
    'm-call-1': { config: good, calls: [[null, null]] },
    'm-call-2': { config: good, calls: [['', null]] },
    'm-call-3': { config: good, calls: [[null, '{}']] },
    'm-call-4': { config: good, calls: [['e', '{"a":1}']] },
    'm-call-5': { config: good, calls: [['e', '{bad']] },
    'm-call-6': {
      config: good,
      calls: [
        ['a', '1'],
        ['b', '{bad'],
        ['c', '3'],
      ],
    },
    'm-call-7': {
      config: () => '{',
      calls: [
        ['a', null],
        ['b', null],
      ],
    },
    'm-call-8': { config: () => '{', calls: [[null, null]] },
    'm-call-9': {
      config: async () => ({ endpoint: `http://127.0.0.1:${await reservePort()}/e`, ...quick }),
      calls: [['e', null]],
    },
    'm-call-10': { config: () => ({ endpoint: '::nowhere::' }), calls: [['e', null]] },
  };

  test.each(callCases)('$id $title', async (row) => {
    const situation = situations[row.id];
    if (situation === undefined) throw new Error(`no situation for ${row.id}`);
    const config = await situation.config();
    const codes: number[] = [];
    await withDriver(typeof config === 'string' ? config : JSON.stringify(config), async (driver) => {
      for (const [event, payload] of situation.calls) codes.push(await driver.call(event, payload));
      await driver.drained();
    });
    expect(codes).toEqual(row.return_codes);
    expect(receiver.requests).toHaveLength(row.requests_seen);
  });
});

describe('http-request.json', () => {
  test.each(headCases)('$id $title', async (row) => {
    const port = String(receiver.port);
    const config = { ...row.config, endpoint: row.config['endpoint']?.replace('<PORT>', port) };
    const withoutPayload = '{"event":"","timestamp":1234567890}'.length;
    const payload =
      row.body_length > 1000 ? JSON.stringify('x'.repeat(row.body_length - withoutPayload - 14)) : null;
    const event = 'e'.repeat(row.body_length - withoutPayload - (payload === null ? 0 : payload.length + 11));
    await withDriver(config, async (driver) => {
      expect(await driver.call(event, payload)).toBe(0);
      await driver.drained();
    });
    const [request] = receiver.requests;
    expect(request?.headLines).toEqual(row.request_head_lines.map((line) => line.replace('<PORT>', port)));
    expect(request?.body).toHaveLength(row.body_length);
  });
});
