// The conformance runner itself must be able to fail: a wrong value, an unknown file, an empty folder.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const RUNNER = fileURLToPath(new URL('../conformance/run.ts', import.meta.url));
const VECTORS = fileURLToPath(new URL('../vectors/', import.meta.url));

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-runner-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function run(...args: readonly string[]): Promise<{ code: unknown; lines: string[] }> {
  return runFrom(undefined, ...args);
}

/** As npm does when it was called in `callerFolder`. */
async function runFrom(
  callerFolder: string | undefined,
  ...args: readonly string[]
): Promise<{ code: unknown; lines: string[] }> {
  const env = { ...process.env, INIT_CWD: callerFolder };
  const child = spawn(process.execPath, [RUNNER, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] });
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
  await writeFile(join(folder, 'deep/er', `other-${basename(name)}`), `{"about":"x","cases":[${changed}]}`);
}

describe('the runner', () => {
  test.each([
    [
      'mimo/envelope.json',
      'm-env-01',
      '"body_before_timestamp_b64":"eyJl',
      '"body_before_timestamp_b64":"eyJm',
    ],
    ['mimo/durations.json', 'm-dur-2', '"500000000"', '"500000001"'],
    ['mimo/config.json', 'm-cfg-06', '"retry":4,"retry_backoff_ms":7', '"retry":5,"retry_backoff_ms":7'],
    ['mimo/config-search.json', 'm-search-4', '"use":"./"', '"use":"./config"'],
    ['mimo/calls.json', 'm-call-1', '[-1]', '[0]'],
    [
      'mimo/http-request.json',
      'm-head-2',
      '"Content-Type: application/json","Accept',
      '"Content-Type: text/plain","Accept',
    ],
    [
      'mimo/delivery.json',
      'm-dlv-13',
      '"method_path":"POST /e","event":"x"}]',
      '"method_path":"POST /e","event":"y"}]',
    ],
    ['mimo/delivery.json', 'm-dlv-14', '"at_ms":310', '"at_ms":810'],
    [
      'mimo/receiver.json',
      'm-rcv-01',
      '"recorded":{"event":"bdev_ready"',
      '"recorded":{"event":"bdev_steady"',
    ],
    [
      'mimo/receiver.json',
      'm-rcv-35',
      '"outcome":"reject","status":"4xx"',
      '"outcome":"accept","status":"2xx"',
    ],
    ['mimo/delivery.json', 'm-dlv-14', '"at_ms":310', '"at_ms":110'],
    ['mimo/envelope.json', 'm-env-01', '"sent":true', '"sent":true,"colour":"blue"'],
    ['gse/dispatch_requests.json', 'req-basic', '"body_hex":"7b22736c6f74', '"body_hex":"7b22736c6f75'],
    ['gse/dispatch_requests.json', 'multi-two', '"results":[]', '"results":[{"code":1,"message":""}]'],
    ['gse/dispatch_responses.json', 'resp-dup-agent', '"code":2', '"code":3'],
    ['gse/json_codec.json', 'cb-lone-surrogate', '"content_hex":"efbfbd"', '"content_hex":"ff"'],
    ['gse/agent_message_frames.json', 'up-keepalive-1', '"magic":"0xdeadbeef"', '"magic":"0xdeadbeee"'],
    ['gse/agent_message_frames.json', 'down-kaack', '"reserved0":0', '"reserved0":1'],
    ['gse/agent_malformed.json', 'disp-no-info', '"works_afterwards":true', '"works_afterwards":false'],
    ['gse/agent_malformed.json', 'ka-text', '"not authorized"', 'null'],
    ['gse/agent_report_frames.json', 'rup-report', '"data_id":1000', '"data_id":1001'],
    ['gse/agent_lifecycle.json', 'launch-after-terminate', '"got_keepalive":true', '"got_keepalive":false'],
    ['gse/agent_lifecycle.json', 'states', '"launch_twice"', '"colour":"blue","launch_twice"'],
  ])('%s: a wrong value in %s is a failure, the right one is not', async (name, id, right, wrong) => {
    await writeOne(name, id, (text) => text.replace(right, wrong));
    const failing = await run(folder);
    expect(failing.code).toBe(1);
    expect(failing.lines.some((line) => line.startsWith('FAIL') && line.includes('changed-1'))).toBe(true);
    expect(failing.lines.at(-1)).toMatch(/^\d+ passed, [1-9]\d* failed$/);
    await writeOne(name, id, (text) =>
      text
        .replaceAll('"title"', '"heading"')
        .replace(/"verified":\w+/, '"verified":null')
        .replace('"note":"', '"note":"other: '),
    );
    if (name === 'mimo/calls.json') return;
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

  test('a folder counts from where npm was called, and links to folders are followed', async () => {
    const file = '{"cases":[{"id":"a","input":"2s","expect":{"ns":"2000000000"}}]}';
    await mkdir(join(folder, 'real'));
    await writeFile(join(folder, 'real/durations.json'), file);
    await mkdir(join(folder, 'linked'));
    await symlink(join(folder, 'real'), join(folder, 'linked/here'));
    await symlink(join(folder, 'linked'), join(folder, 'linked/loop'));
    expect(await runFrom(folder, 'real')).toMatchObject({ code: 0 });
    expect(await runFrom(join(folder, 'real'), '../linked')).toMatchObject({ code: 0 });
    expect(await run('real')).toMatchObject({ code: 1 });
  });

  test('running nothing is a failure', async () => {
    await writeFile(join(folder, 'README.md'), '# no vectors');
    expect(await run(folder)).toMatchObject({ code: 1 });
    expect(await run(join(folder, 'missing'))).toMatchObject({ code: 1 });
    expect(await run()).toMatchObject({ code: 1 });
  });
});
