// The serve host as its users get it: packed, installed by dpkg below a folder, started, used, removed. No network.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCli, type CliProcess } from '../kit/cli-process.ts';
import { freePort, ROOT } from '../kit/serve-process.ts';

const has = (command: string): boolean => spawnSync(command, ['--version']).error === undefined;
const asRoot = process.getuid?.() === 0 ? [] : ['fakeroot'];
const canInstall = has('dpkg-deb') && has('dpkg') && asRoot.every(has);

let folder = '';
let serve: CliProcess | null = null;
const under = (path: string): string => join(folder, 'root', path);
const data = (): string[] => ['--data', join(folder, 'data')];

function run(...command: readonly string[]): string {
  const [program = '', ...args] = command;
  const done = spawnSync(program, args, { cwd: ROOT, encoding: 'utf8' });
  if (done.status !== 0)
    throw new Error(`${command.join(' ')}: ${done.status}\n${done.stdout}\n${done.stderr}`);
  return done.stdout;
}

function dpkg(...args: readonly string[]): string {
  const options = [`--root=${under('')}`, '--force-script-chrootless', '--force-depends', '--no-debsig'];
  return run(...asRoot, 'dpkg', ...options, ...args);
}

function makeDpkgFolder(): void {
  for (const name of ['info', 'updates', 'triggers'])
    mkdirSync(under(`var/lib/dpkg/${name}`), { recursive: true });
  mkdirSync(under('usr/bin'), { recursive: true });
  writeFileSync(under('var/lib/dpkg/status'), '');
}

describe.skipIf(!canInstall)('the package of the serve host', () => {
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sb-package-'));
    const output = join(folder, 'release');
    run(process.execPath, 'scripts/package.mjs', 'serve', `-c.directories.output=${output}`);
    const packed = readdirSync(output).filter((name) => name.endsWith('.deb'));
    expect(packed).toHaveLength(1);
    makeDpkgFolder();
    dpkg('--install', join(output, packed[0] ?? ''));
  }, 120_000);
  afterAll(async () => {
    serve?.stop();
    await serve?.done;
    rmSync(folder, { recursive: true, force: true });
  });

  it('brings its own Node, addon and library, and needs nothing of a checkout', () => {
    const { checks } = JSON.parse(run(under('usr/bin/signalbox'), 'doctor', '--json', ...data())) as {
      checks: { name: string; state: string; detail: string }[];
    };
    const stateOf = (name: string): string | undefined => checks.find((check) => check.name === name)?.state;
    expect([stateOf('node'), stateOf('native addon'), stateOf('libnotify')]).toEqual(['ok', 'ok', 'ok']);
    expect(run(under('usr/bin/signalbox'), 'doctor', '--help')).toContain('.local/share/signalbox');
  });

  it('serves the page, takes events and tells them', async () => {
    const mimoPort = await freePort();
    const ports = ['--port', '0', '--mimo-port', String(mimoPort)];
    serve = startCli(['serve', '--no-window', '--lab', ...ports, ...data()], {}, under('usr/bin/signalbox'));
    const link = await serve.seen(/http:\/\/127\.0\.0\.1:\d+\/open\?ticket=[\w-]+/);
    expect((await fetch(link)).status).toBe(200);
    const endpoint = `http://127.0.0.1:${mimoPort}/mimo/events`;
    run(under('usr/bin/signalbox'), 'notify', 'packed_event', '{"from":"package"}', '--endpoint', endpoint);
    const told = run(
      under('usr/bin/signalbox'),
      'tail',
      '--json',
      '-n',
      '1',
      '--no-follow',
      'type:packed_event',
      ...data(),
    );
    expect(JSON.parse(told)).toMatchObject({ type: 'packed_event' });
    serve.stop();
    expect(await serve.done).toMatchObject({ code: 0 });
  });

  it('is removed without a trace', () => {
    dpkg('--remove', 'signalbox-serve');
    expect(existsSync(under('opt/signalbox-serve'))).toBe(false);
    expect(readdirSync(under('usr/bin'))).toEqual([]);
  });
});
