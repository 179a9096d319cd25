// Why an agent cannot be reached, as the step that is broken: path, permission, connect, first answer.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PluginConsole, socketOf } from '../../../tests/kit/plugin-console.ts';
import type { PluginView } from '../../../shared/contract/plugin.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { encodeReportAnswer } from '../../protocols/gse/report-frames.ts';

let host: PluginConsole;
beforeAll(async () => {
  host = await PluginConsole.start(false);
});
afterAll(() => host.close());
afterEach(() => host.clean());

describe('the broken step', () => {
  const failed = (found: PluginView): boolean => socketOf(found).state === 'failed';

  it('path: nothing there, and no socket', async () => {
    await host.connectTo({ messageAt: join(host.folder, 'none', 'ipc.state.message') });
    const none = socketOf(await host.eventually('failed', failed));
    expect(none).toMatchObject({ step: 'path', fix: 'Start the agent, or correct the path.' });
    expect(none.reason).toContain('there is no ');
    expect((await host.eventually('waits', (found) => socketOf(found).nextDialAtMs !== null)).wanted).toBe(
      true,
    );
    await host.connectTo({ messageAt: join(host.folder, 'plugins.json') });
    const file = socketOf(await host.eventually('failed', failed));
    expect(file).toMatchObject({ step: 'path' });
    expect(file.reason).toContain('is a file, not a socket');
    await host.connectTo({ messageAt: `/${'x'.repeat(LIMITS.unixPathBytesMax + 1)}` });
    expect(socketOf(await host.eventually('failed', failed)).step).toBe('path');
  });

  it('permission: of the socket and of a folder, as a user who has none', async () => {
    // The dial must really be refused: root is never, so another user asks where we are root.
    const closed = mkdtempSync(join(tmpdir(), 'closed-'));
    host.afterwards(async () => rmSync(closed, { recursive: true, force: true }));
    chmodSync(closed, 0o755);
    const agent = createServer();
    await new Promise<void>((resolve) => agent.listen(join(closed, 'a.sock'), resolve));
    host.afterwards(() => new Promise((resolve) => agent.close(() => resolve())));
    chmodSync(join(closed, 'a.sock'), 0o600);
    mkdirSync(join(closed, 'inner'), { mode: 0o700 });
    const asNobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : null;
    if (asNobody === null) chmodSync(join(closed, 'a.sock'), 0o000);
    if (asNobody === null) chmodSync(join(closed, 'inner'), 0o000);
    const module = fileURLToPath(new URL('./plugin-diagnosis.ts', import.meta.url));
    const script = `import(${JSON.stringify(module)}).then(async ({ diagnose }) => {
      const found = [];
      for (const path of process.argv.slice(1)) found.push(await diagnose({ path }, 'connect EACCES', 'EACCES'));
      process.stdout.write(JSON.stringify(found));
    })`;
    const asked = spawnSync(
      process.execPath,
      ['-e', script, join(closed, 'a.sock'), join(closed, 'inner', 'b.sock')],
      {
        encoding: 'utf8',
        cwd: '/',
        ...asNobody,
      },
    );
    // A checkout only its owner may read cannot be loaded by nobody: then there is nothing to ask.
    if (asNobody !== null && asked.stderr.includes('EACCES')) return;
    expect(asked.stderr).toBe('');
    const [socket, folderOf] = JSON.parse(asked.stdout) as { step: string; reason: string; fix: string }[];
    expect(socket).toMatchObject({ step: 'permission' });
    expect(socket?.reason).toMatch(
      /^permission denied on .*a\.sock: the socket is \S+:\S+ 0[06]00, this is user \d+$/,
    );
    expect(folderOf).toMatchObject({ step: 'permission' });
    expect(folderOf?.reason).toContain('inner: the folder is');
    chmodSync(join(closed, 'inner'), 0o700);
  });

  it('connect: a socket nobody listens on, and a port', async () => {
    const agent = await host.rawAgent();
    // Its file stays, as after a crash.
    spawnSync(process.execPath, [
      '-e',
      `require('net').createServer().listen(${JSON.stringify(`${agent.path}.dead`)}, () => process.kill(process.pid, 'SIGKILL'))`,
    ]);
    await host.connectTo({ messageAt: `${agent.path}.dead` });
    expect(socketOf(await host.eventually('failed', failed))).toMatchObject({
      step: 'connect',
      fix: 'Start the agent.',
    });
    await host.connectTo({ messageAt: '1' });
    const port = socketOf(await host.eventually('failed', failed));
    expect(port).toMatchObject({ step: 'connect', reason: 'nobody listens on 127.0.0.1:1' });
  });

  it('answer: one that closes at once, one that is silent, one that speaks something else', async () => {
    const closing = await host.rawAgent(false);
    closing.onConnection = ({ socket }) => void socket.destroy();
    await host.connectTo({ messageAt: closing.path });
    expect(socketOf(await host.eventually('failed', failed))).toMatchObject({ step: 'answer' });
    const count = closing.connections.length;
    expect(count).toBeLessThanOrEqual(5);

    const silent = await host.rawAgent(false);
    await host.connectTo({ messageAt: silent.path });
    const waiting = socketOf(
      await host.eventually('degraded', (found) => socketOf(found).state === 'degraded'),
    );
    expect(waiting).toMatchObject({ step: 'answer', lastAnswerAtMs: null });
    expect(waiting.reason).toContain('no answer to a keepalive');
    expect((await host.view()).agent).toBeNull();

    const foreign = await host.rawAgent(false);
    foreign.onConnection = (connection) => void connection.write(encodeReportAnswer(0x0a, Buffer.from('{}')));
    await host.connectTo({ messageAt: foreign.path });
    const other = await host.eventually('failed', failed);
    expect(socketOf(other).reason).toContain('bad_magic');
    expect(socketOf(other).fix).toContain('right one of the two sockets');
    expect(socketOf(other).refused.map(({ code }) => code)).toEqual(['bad_magic']);
  });
});
