/**
 * Tools that let a Linux machine say something about the Windows files: mingw-w64 compiles them, Wine runs them. None is needed to work on
 * the product; what is missing is named by the tests that are left out.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const WINE_PLACES = ['/usr/lib/wine/wine64', '/usr/lib64/wine/wine64'];
const RUN_TIMEOUT_MS = 150_000;

function onPath(name: string): string | null {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? null;
}

/** Null, or why nothing can be compiled for Windows here. */
export function crossCompilerMissing(): string | null {
  return onPath('x86_64-w64-mingw32-gcc') === null
    ? 'no x86_64-w64-mingw32-gcc on this machine (Debian: gcc-mingw-w64-x86-64)'
    : null;
}

/** Null, or why nothing made for Windows can be run here. */
export function wineMissing(): string | null {
  return wine() === null ? 'no wine64 on this machine (Debian: wine64)' : null;
}

function wine(): string | null {
  return onPath('wine64') ?? WINE_PLACES.find((path) => existsSync(path)) ?? null;
}

export interface WineRun {
  readonly status: number | null;
  readonly stdout: string;
}

/** Runs a program of Windows with its own set-up under `folder`; endWine(folder) stops what that leaves running. */
export function runInWine(folder: string, program: string, args: readonly string[] = []): WineRun {
  const done = spawnSync(wine() ?? '', [program, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: RUN_TIMEOUT_MS,
    env: wineEnv(folder),
  });
  return { status: done.status, stdout: done.stdout.replaceAll('\r', '') };
}

/** Only the server of this set-up: another Wine on the machine is not touched. */
export function endWine(folder: string): void {
  const server = onPath('wineserver');
  if (server !== null && existsSync(join(folder, 'wine')))
    spawnSync(server, ['-k'], { env: wineEnv(folder) });
}

function wineEnv(folder: string): NodeJS.ProcessEnv {
  // Wine calls itself an older Windows than Node asks for.
  return {
    ...process.env,
    WINEPREFIX: join(folder, 'wine'),
    WINEDEBUG: '-all',
    NODE_SKIP_PLATFORM_CHECK: '1',
  };
}

/** A path as programs in Wine see it. */
export function winePath(path: string): string {
  return `Z:${path.replaceAll('/', '\\')}`;
}
