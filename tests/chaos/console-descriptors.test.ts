/** H3: without free descriptors the listener lives, and serves again when there are some. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { postEvent, startCore } from '../kit/core-process.ts';
import type { CoreProcess } from '../kit/core-process.ts';
import { until } from '../kit/store-kit.ts';

const NOFILE = 80;
const hasPrlimit = spawnSync('prlimit', ['--version']).status === 0;
let folder: string;
let core: CoreProcess | null = null;
const sockets: Socket[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-chaos-'));
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  core?.child.kill('SIGKILL');
  await core?.exited;
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

function descriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

test.skipIf(!hasPrlimit)(
  'a flood of connections takes all descriptors; the console lives and serves again when they are gone',
  async () => {
    core = await startCore(folder, { prefix: ['prlimit', `--nofile=${NOFILE}`] });
    const pid = core.child.pid ?? 0;
    expect(await postEvent(core.address, 'before')).toBe(204);
    const idle = descriptors(pid);
    const [host = '', port = ''] = core.address.split(':');
    for (let index = 0; index < NOFILE * 3; index += 1) {
      const socket = connect(Number(port), host);
      socket.on('error', () => undefined);
      sockets.push(socket);
    }
    await until('it has no descriptor left', () => descriptors(pid) >= NOFILE - 1);
    await sleep(500);
    expect(core.child.exitCode).toBeNull();
    for (const socket of sockets.splice(0)) socket.destroy();
    await until('the flood is gone', () => descriptors(pid) <= idle + 4);
    expect(await postEvent(core.address, 'after')).toBe(204);
    core.child.kill('SIGTERM');
    expect((await core.exited).code).toBe(0);
  },
);
