import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCli, startCli } from '../../../tests/kit/cli-process.ts';
import { consoleOptions } from '../../../tests/kit/console-options.ts';
import { StoreKit, makeEvent, makeEvents } from '../../../tests/kit/store-kit.ts';
import { openConsole } from '../../core/console.ts';
import type { Console } from '../../core/console.ts';
import { openControl } from '../../rpc/control-server.ts';
import type { ControlServer } from '../../rpc/control-server.ts';

describe('without a console', () => {
  let kit: StoreKit;
  beforeAll(async () => {
    kit = new StoreKit();
    const store = await kit.open();
    await store.append(makeEvents(40));
    await store.append([
      makeEvent(40, {
        type: 'evil\u001b[2J\u202e',
        severity: 'error',
        body: Buffer.from('\u001b]0;title\u0007'),
      }),
    ]);
    await store.close();
  });
  afterAll(() => kit.end());

  test('every command explains itself', async () => {
    for (const name of ['', 'serve', 'lab', 'tail', 'notify', 'export', 'doctor']) {
      const help = await runCli(...(name === '' ? [] : [name]), '--help');
      expect(help.code).toBe(0);
      expect(help.stdout).toContain('Exit codes:');
      if (name !== '') expect(help.stdout).toContain('--json');
    }
  });

  test('wrong arguments end with 2 and say why', async () => {
    expect(await runCli('fly')).toMatchObject({ code: 2, stdout: '' });
    expect((await runCli('tail', '--lines', 'many')).stderr).toContain('number from 0');
    expect(await runCli('notify')).toMatchObject({ code: 2 });
    expect(await runCli('export', '--from', 'yesterday')).toMatchObject({ code: 2 });
    const filter = await runCli('tail', '--data', kit.folder, '磁盘 sev>=wran');
    expect(filter.code).toBe(2);
    expect(filter.stderr.split('\n').slice(0, 2)).toEqual(['  磁盘 sev>=wran', '            ^^^^']);
  });

  test('with --json every failure is one JSON line on stderr and nothing else', async () => {
    const asked: readonly (readonly [readonly string[], string])[] = [
      [['tail', 'sev>=wran'], 'E_FILTER'],
      [['fly'], 'E_INPUT'],
      [['tail', '-n', '1.5'], 'E_INPUT'],
      [['export', '--format', 'xml'], 'E_INPUT'],
      [['lab', '--endpoint', 'nowhere', '--seconds', '1'], 'E_INPUT'],
      [['notify', ''], 'E_INPUT'],
      [['snapshot', 'get', '--bogus'], 'E_INPUT'],
      [['gse', 'plugin'], 'E_INPUT'],
      [['export', '--from', '15m', '--to', '30m'], 'E_INPUT'],
    ];
    for (const [words, code] of asked) {
      const done = await runCli(...words, '--json');
      expect({ words, code: done.code, stdout: done.stdout }).toEqual({ words, code: 2, stdout: '' });
      expect(JSON.parse(done.stderr)).toMatchObject({ failure: { code } });
    }
  });

  test('a wrong filter or argument says what to do, in whole sentences', async () => {
    const field = await runCli('tail', '--data', kit.folder, 'nosuch:1');
    expect(field.stderr).toContain('There is no field of this name. Fields are src,');
    const dashed = await runCli('tail', '--data', kit.folder, '-type:x');
    expect(dashed.code).toBe(2);
    expect(dashed.stderr).toContain('goes after --: signalbox tail -- -type:');
    const payload = await runCli('notify', 'x', '{bad');
    expect(payload.stderr).toContain('not valid JSON. Give one JSON value');
    const file = join(kit.folder, 'a-file');
    writeFileSync(file, '', { mode: 0o600 });
    for (const folder of [file, join(file, 'below')]) {
      const serve = await runCli('serve', '--data', folder, '--no-window', '--mimo-port', '1');
      expect(serve.code).toBe(1);
      expect(serve.stderr).toMatch(/^E_PERMISSION: .* Name a folder of yours/);
      expect(serve.stderr).not.toContain('Error:');
    }
  });

  test('an export that cannot be written says so, and is no bug', async () => {
    const nowhere = join(kit.folder, 'nowhere', 'x.jsonl');
    const wanted: readonly (readonly [string, number, RegExp])[] = [
      [nowhere, 2, /^E_INPUT: .*nowhere\/x\.jsonl cannot be made: its folder is not there\. Make/],
      [kit.folder, 2, /^E_INPUT: .* is a folder\. Name a file in it/],
      ['/proc/x.jsonl', process.getuid?.() === 0 ? 2 : 1, /^E_(INPUT|PERMISSION): \/proc\/x\.jsonl/],
    ];
    for (const [file, code, words] of wanted) {
      const done = await runCli('export', '--data', kit.folder, '-o', file);
      expect(done.stderr).toMatch(words);
      expect(done).toMatchObject({ code, stdout: '' });
    }
  });

  test('the lab says when nothing of it arrives', async () => {
    const words = ['lab', '--endpoint', 'http://127.0.0.1:1/mimo/events', '--seconds', '2', '--rate', '20'];
    const done = await runCli(...words);
    expect(done.code).toBe(4);
    expect(done.stderr).toContain('does anybody listen there?');
    expect(done.stderr).toMatch(/E_PEER_GONE: (\d+) of \1 events did not reach/);
    const lines = done.stdout.trimEnd().split('\n');
    expect(new Set(lines).size).toBe(lines.length);
  });

  test('tail prints what is stored, makes hostile text harmless, and says that none will come', async () => {
    const shown = await runCli('tail', '--data', kit.folder, '-n', '3');
    expect(shown.code).toBe(0);
    expect(shown.stdout.split('\n').length).toBe(4);
    expect(shown.stdout).toContain('#41 error');
    expect(shown.stdout).not.toContain('\u001b');
    expect(shown.stdout).not.toContain('\u202e');
    expect(shown.stderr).toContain('No console runs');
    const json = await runCli('tail', '--data', kit.folder, '--json', '--no-follow', 'sev>=error');
    expect(json.stdout).not.toContain('\u202e');
    expect(JSON.parse(json.stdout)).toMatchObject({ seq: 41, type: 'evil\u001b[2J\u202e' });
  });

  test('export writes a file, or stdout, and leaves no part of one', async () => {
    const file = join(kit.folder, 'out.csv');
    const done = await runCli(
      'export',
      '--data',
      kit.folder,
      '--format',
      'csv',
      '-o',
      file,
      'seq<=5',
      '--json',
    );
    expect(done).toMatchObject({ code: 0 });
    expect(JSON.parse(done.stdout)).toMatchObject({ rows: 5, file });
    expect(readFileSync(file, 'utf8').trimEnd().split('\n').length).toBe(6);
    expect(existsSync(`${file}.part`)).toBe(false);
    const piped = await runCli('export', '--data', kit.folder, '--bodies', 'type:type_3');
    expect(
      piped.stdout
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { type: string }).type),
    ).toEqual(Array(6).fill('type_3'));
    expect(piped.stderr).toContain('6 events');
  });

  test('an unknown folder is an answer, not a new folder', async () => {
    const nowhere = join(kit.folder, 'nowhere');
    expect(await runCli('tail', '--data', nowhere)).toMatchObject({ code: 4 });
    expect((await runCli('doctor', '--data', nowhere)).stdout).toContain('not there yet');
    expect(existsSync(nowhere)).toBe(false);
  });

  test('doctor prints checks and every limit', async () => {
    const report = await runCli('doctor', '--data', kit.folder, '--json');
    expect(report.code).toBe(0);
    const { checks, limits } = JSON.parse(report.stdout) as {
      checks: { name: string }[];
      limits: Record<string, number>;
    };
    expect(checks.map((check) => check.name)).toEqual(expect.arrayContaining(['console', 'node', 'store']));
    expect(limits.feedRingRowsMax).toBe(100_000);
    expect((await runCli('doctor', '--data', kit.folder)).stdout).toContain('limit feedRingRowsMax');
  });

  test('notify says what became of the event', async () => {
    expect(await runCli('notify', 'x', '{"a":', '--endpoint', 'http://127.0.0.1:1/')).toMatchObject({
      code: 2,
    });
    const gone = await runCli('notify', 'x', '--endpoint', 'http://127.0.0.1:1/mimo/events', '--json');
    expect(gone.code).toBe(4);
    expect(JSON.parse(gone.stdout)).toMatchObject({ delivered: false, attempts: 3 });
    expect(JSON.parse(gone.stderr)).toMatchObject({
      failure: { fix: expect.stringContaining('signalbox serve') },
    });
    const config = join(kit.folder, 'broken.json');
    writeFileSync(config, '{"retry": 1.5}');
    expect(await startCli(['notify', 'x'], { MIMO_NOTIFY_CONFIG: config }).done).toMatchObject({ code: 2 });
  });
});

describe('beside a running console', () => {
  let folder: string;
  let core: Console;
  let control: ControlServer;
  let endpoint: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'signalbox-cli-'));
    core = await openConsole(consoleOptions(folder));
    control = await openControl({
      console: core,
      dataFolder: folder,
      host: 'serve',
      startedAtMs: 0,
      onBug: () => undefined,
    });
    const { checks } = await core.calls['app.doctor']({});
    const address = checks.find((check) => check.name === 'link mimo-any')?.detail.split(': ')[0] ?? '';
    endpoint = `http://${address}/mimo/events`;
  });
  afterAll(async () => {
    await control.close();
    await core.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('tail follows every event that notify sends, and ends by Ctrl-C with 0', async () => {
    expect(statSync(join(folder, 'control.sock')).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'console.json')).mode & 0o777).toBe(0o600);
    const tail = startCli(['tail', '--data', folder, '-n', '5', 'type:cli_*']);
    const sent = await runCli('notify', 'cli_first', '{"a":1}', '--endpoint', endpoint);
    expect(sent).toMatchObject({ code: 0 });
    expect(sent.stdout).toContain('delivered');
    await runCli('notify', 'other', '--endpoint', endpoint);
    await tail.seen('cli_first');
    await runCli('notify', 'cli_second', '--endpoint', endpoint);
    await tail.seen('cli_second');
    tail.stop();
    const { code, stdout } = await tail.done;
    expect(code).toBe(0);
    expect(stdout).not.toContain('other');
  });

  test('export and doctor go through the console', async () => {
    await runCli('notify', 'exported', '--endpoint', endpoint);
    const done = await runCli('export', '--data', folder, 'type:exported');
    expect(JSON.parse(done.stdout)).toMatchObject({ type: 'exported' });
    const nowhere = await runCli('export', '--data', folder, '-o', join(folder, 'nowhere', 'x'));
    expect(nowhere).toMatchObject({ code: 2, stdout: '' });
    expect(nowhere.stderr).toMatch(/^E_INPUT: .* its folder is not there/);
    expect(readdirSync(join(folder, 'exports'))).toEqual([]);
    const report = await runCli('doctor', '--data', folder, '--no-limits');
    expect(report.stdout).toContain(`running, pid ${process.pid}`);
    expect(report.code).toBe(0);
  });

  test('a refusing receiver is no success, though a real program would never know', async () => {
    const refused = await runCli('notify', 'x', '--endpoint', endpoint.replace('events', 'nothing'));
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stderr).toContain('answered 404: E_PATH, nothing is served at /mimo/nothing');
    expect(refused.stderr).toContain('Send events to /mimo/events.');
    const tls = await runCli('notify', 'x', '--endpoint', endpoint.replace('http:', 'https:'));
    expect(tls).toMatchObject({ code: 4 });
    expect(tls.stderr).toContain('does not speak TLS');
    expect(tls.stderr).not.toContain('Warning');
  });

  test('without its socket the folder is locked: 3, with the pid', async () => {
    await control.close();
    expect(existsSync(join(folder, 'console.json'))).toBe(false);
    const locked = await runCli('tail', '--data', folder);
    expect(locked.code).toBe(3);
    expect(locked.stderr).toContain(String(process.pid));
  });
});
