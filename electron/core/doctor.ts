/** `app.doctor`: is everything the console needs there, and if not, what now. Also prints every limit. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rm, statfs, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadNative } from '../../native/index.ts';
import type { Doctor, LabState, LinkState } from '../../shared/contract/app.ts';
import { OperatingError } from '../../shared/failure.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { StoreStats } from '../store/event-store.ts';
import { LOOP_STALL_MS } from './event-loop.ts';
import type { LoopHealth } from './event-loop.ts';

type Check = Doctor['checks'][number];
const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const NODE_MAJOR_MIN = 24;
const SPACE_WARN_BYTES = 512 * 1024 * 1024;

export interface DoctorParts {
  readonly dataFolder: string;
  /** Null when there is none yet; the error when it could not be opened. */
  readonly store: StoreStats | OperatingError | null;
  readonly links: readonly LinkState[];
  readonly lab: LabState | null;
  readonly loop: LoopHealth | null;
  readonly missing: readonly { readonly what: string; readonly why: string; readonly fix: string }[];
}

export async function examine(parts: DoctorParts): Promise<Doctor> {
  const checks: Check[] = [
    nodeCheck(),
    await folderCheck(parts.dataFolder),
    await spaceCheck(parts.dataFolder),
    storeCheck(parts.store),
    addonCheck(),
    libnotifyCheck(),
    ...parts.links.map(linkCheck),
  ];
  if (parts.lab !== null) checks.push(labCheck(parts.lab));
  if (parts.loop !== null) checks.push(loopCheck(parts.loop));
  for (const { what, why, fix } of parts.missing)
    checks.push({ name: what, state: 'warn', detail: why, fix });
  return { checks, limits: { ...LIMITS } };
}

function nodeCheck(): Check {
  const major = Number(process.versions.node.split('.')[0]);
  const detail = `Node ${process.versions.node} on ${process.platform}-${process.arch}`;
  if (major >= NODE_MAJOR_MIN) return { name: 'node', state: 'ok', detail, fix: '' };
  return {
    name: 'node',
    state: 'fail',
    detail,
    fix: `Run it with Node ${NODE_MAJOR_MIN} or newer: npm run setup.`,
  };
}

async function folderCheck(folder: string): Promise<Check> {
  if (!existsSync(folder)) {
    return {
      name: 'data folder',
      state: 'ok',
      detail: `${folder} is not there yet; the first start makes it`,
      fix: '',
    };
  }
  const probe = join(folder, `.probe-${randomBytes(6).toString('hex')}`);
  try {
    await writeFile(probe, 'x', { flag: 'wx', mode: 0o600 });
    await rm(probe);
    return { name: 'data folder', state: 'ok', detail: `${folder} is writable`, fix: '' };
  } catch (error) {
    // The file system's refusal: missing folder, permission, no space.
    const detail = error instanceof Error ? error.message : String(error);
    return {
      name: 'data folder',
      state: 'fail',
      detail,
      fix: 'Make it writable for you, or name another with --data.',
    };
  }
}

async function spaceCheck(folder: string): Promise<Check> {
  try {
    const { bavail, bsize } = await statfs(existingParent(folder));
    const free = bavail * bsize;
    const detail = `${mebibytes(free)} MiB free`;
    if (free >= SPACE_WARN_BYTES) return { name: 'space', state: 'ok', detail, fix: '' };
    return {
      name: 'space',
      state: 'warn',
      detail,
      fix: 'Free some space, or keep fewer events (Settings, retention).',
    };
  } catch (error) {
    // statfs is refused by some file systems.
    return {
      name: 'space',
      state: 'warn',
      detail: error instanceof Error ? error.message : 'not known',
      fix: '',
    };
  }
}

function existingParent(folder: string): string {
  let path = resolve(folder);
  while (!existsSync(path) && dirname(path) !== path) path = dirname(path);
  return path;
}

function storeCheck(stats: StoreStats | OperatingError | null): Check {
  if (stats === null) return { name: 'store', state: 'ok', detail: 'nothing stored yet', fix: '' };
  if (stats instanceof OperatingError) {
    return { name: 'store', state: 'fail', detail: `${stats.code}: ${stats.message}`, fix: stats.fix ?? '' };
  }
  const use = `${stats.rows} events, ${mebibytes(stats.bytes)} of ${mebibytes(stats.bytesMax)} MiB`;
  const detail = `${use}, commit p99 ${stats.commitMsP99.toFixed(1)} ms`;
  if (stats.state === 'ok') return { name: 'store', state: 'ok', detail, fix: '' };
  const state = stats.state === 'full' ? 'warn' : 'fail';
  return {
    name: 'store',
    state,
    detail: `${stats.state}: ${stats.stateReason}; ${detail}`,
    fix: 'Free some space; look at the log.',
  };
}

/** Loads it: a file that is there may be of another platform or need a library that is not. */
function addonCheck(): Check {
  const load = loadNative();
  if (load.native !== null && process.platform === 'win32') {
    const detail = `${relative(ROOT, load.path)}; named pipes are untested on Windows, shared memory is not offered`;
    return {
      name: 'native addon',
      state: 'warn',
      detail,
      fix: 'Report what does not work with netipc here.',
    };
  }
  if (load.native !== null) {
    return { name: 'native addon', state: 'ok', detail: relative(ROOT, load.path), fix: '' };
  }
  const lacking = 'no netipc sockets, no shared memory, and connections are taken by node:http alone';
  const detail = `${load.reason}; ${lacking}`;
  return { name: 'native addon', state: 'warn', detail, fix: 'Install a C compiler and run: npm run setup.' };
}

function libnotifyCheck(): Check {
  const path = 'native/libnotify/build/libspdk_go_notify.so';
  if (existsSync(join(ROOT, path))) return { name: 'libnotify', state: 'ok', detail: path, fix: '' };
  const detail = 'not built; the lab uses the TypeScript sender';
  return {
    name: 'libnotify',
    state: 'warn',
    detail,
    fix: 'Install a C compiler and make, then run: npm run libnotify.',
  };
}

function linkCheck(link: LinkState): Check {
  const state =
    link.state === 'failed' || link.state === 'down' ? 'fail' : link.state === 'degraded' ? 'warn' : 'ok';
  const detail = `${link.address}: ${link.state}${link.reason === '' ? '' : `, ${link.reason}`}`;
  return { name: `link ${link.id}`, state, detail, fix: link.fix };
}

function labCheck(lab: LabState): Check {
  const detail = lab.running ? `${lab.emitter}, ${lab.ratePerSecond} events/s` : 'not running';
  const reason = lab.emitterReason === '' ? '' : `; ${lab.emitterReason}`;
  const state = lab.running && lab.emitter === 'typescript' ? 'warn' : 'ok';
  return { name: 'lab', state, detail: detail + reason, fix: '' };
}

function loopCheck(loop: LoopHealth): Check {
  const detail = `delay p99 ${loop.p99Ms.toFixed(1)} ms, longest ${loop.maxMs.toFixed(0)} ms`;
  return { name: 'event loop', state: loop.p99Ms > LOOP_STALL_MS ? 'warn' : 'ok', detail, fix: '' };
}

function mebibytes(bytes: number): string {
  return (bytes / (1024 * 1024)).toFixed(bytes < 10 * 1024 * 1024 ? 1 : 0);
}
