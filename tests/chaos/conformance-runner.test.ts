// The conformance runner itself must be able to fail: a wrong value, an unknown file, an empty folder.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const RUNNER = fileURLToPath(new URL('../conformance/run.ts', import.meta.url));
const VECTORS = fileURLToPath(new URL('../vectors/mimo/', import.meta.url));

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-runner-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function run(...args: readonly string[]): Promise<{ code: unknown; lines: string[] }> {
  const child = spawn(process.execPath, [RUNNER, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const [code]: unknown[] = await once(child, 'close');
  return { code, lines: text.trimEnd().split('\n') };
}

/** One case of a vector file, changed by `change`, in a file with another name. */
async function writeOne(name: string, id: string, change: (text: string) => string): Promise<void> {
  const document: unknown = JSON.parse(await readFile(join(VECTORS, name), 'utf8'));
  const rows = typeof document === 'object' && document !== null ? Reflect.get(document, 'cases') : [];
  const row: unknown = Array.isArray(rows)
    ? rows.find((value) => Reflect.get(Object(value), 'id') === id)
    : undefined;
  const text = JSON.stringify(row).replaceAll(id, 'changed-1');
  const changed = change(text);
  expect(changed).not.toBe(text);
  await mkdir(join(folder, 'deep/er'), { recursive: true });
  await writeFile(join(folder, 'deep/er', `other-${name}`), `{"about":"x","cases":[${changed}]}`);
}

describe('the runner', () => {
  test.each([
    ['envelope.json', 'm-env-01', '"body_before_timestamp_b64":"eyJl', '"body_before_timestamp_b64":"eyJm'],
    ['durations.json', 'm-dur-2', '"500000000"', '"500000001"'],
    ['config.json', 'm-cfg-06', '"retry":4,"retry_backoff_ms":7', '"retry":5,"retry_backoff_ms":7'],
    ['config-search.json', 'm-search-4', '"use":"./"', '"use":"./config"'],
    ['calls.json', 'm-call-1', '[-1]', '[0]'],
    [
      'http-request.json',
      'm-head-2',
      '"Content-Type: application/json","Accept',
      '"Content-Type: text/plain","Accept',
    ],
    [
      'delivery.json',
      'm-dlv-13',
      '"method_path":"POST /e","event":"x"}]',
      '"method_path":"POST /e","event":"y"}]',
    ],
    ['delivery.json', 'm-dlv-14', '"at_ms":310', '"at_ms":810'],
    ['receiver.json', 'm-rcv-01', '"recorded":{"event":"bdev_ready"', '"recorded":{"event":"bdev_steady"'],
    ['receiver.json', 'm-rcv-35', '"outcome":"reject","status":"4xx"', '"outcome":"accept","status":"2xx"'],
  ])('%s: a wrong value in %s is a failure, the right one is not', async (name, id, right, wrong) => {
    await writeOne(name, id, (text) => text.replace(right, wrong));
    const failing = await run(folder);
    expect(failing.code).toBe(1);
    expect(failing.lines.some((line) => line.startsWith('FAIL') && line.includes('changed-1'))).toBe(true);
    expect(failing.lines.at(-1)).toMatch(/^\d+ passed, [1-9]\d* failed$/);
    await writeOne(name, id, (text) =>
      text.replaceAll('"title"', '"heading"').replace(/"verified":\w+/, '"verified":null'),
    );
    if (name === 'calls.json') return;
    const passing = await run(folder);
    expect(passing).toMatchObject({ code: 0 });
    expect(passing.lines.at(-1)).toMatch(/^[1-9]\d* passed, 0 failed$/);
  });

  test.each([
    ['an unknown kind', '{"cases":[{"id":"x","colour":"blue"}]}'],
    ['no cases', '{"cases":[]}'],
    ['no JSON', '{"cases":['],
    ['a row that is no row', '{"cases":[{"id":"a","input":"2s","expect":{"ns":"2000000000"}},{"id":"b"}]}'],
    ['a text', '"durations"'],
  ])('%s is a failure', async (_name, text) => {
    await writeFile(join(folder, 'durations.json'), text);
    const { code, lines } = await run(folder);
    expect(code).toBe(1);
    expect(lines[0]).toMatch(/^FAIL .*durations\.json/);
  });

  test('running nothing is a failure', async () => {
    await writeFile(join(folder, 'README.md'), '# no vectors');
    expect(await run(folder)).toMatchObject({ code: 1 });
    expect(await run(join(folder, 'missing'))).toMatchObject({ code: 1 });
    expect(await run()).toMatchObject({ code: 1 });
  });
});
