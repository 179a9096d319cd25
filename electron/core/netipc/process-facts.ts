/** What /proc tells about one process, without privileges. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export const PROC_ROOT = '/proc';
/** Of version 1, the controllers whose path is most telling, first first. */
const CONTROLLERS = ['memory', 'cpuacct', 'cpu,cpuacct', 'pids', 'blkio', 'name=systemd'];
/** Fields of /proc/<pid>/stat counted after the closing bracket of the name (proc(5), field 3 on). */
const STAT_PPID = 1;
const STAT_START_TIME = 19;

export interface ProcessFacts {
  readonly ppid: number;
  /** Null = not told. */
  readonly uid: number | null;
  /** Clock ticks since the machine started. */
  readonly startTime: bigint;
  /** Bytes as the kernel has them, at most 15. */
  readonly comm: Uint8Array;
  /** From the root of the hierarchy, beginning with `/`; null = not readable. */
  readonly cgroupPath: string | null;
}

async function textOf(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'latin1');
  } catch {
    return null; // the process ended, or /proc hides it from us
  }
}

/** The cgroup a process counts for: version 2 where it has one, else the most telling of version 1 that is not the root. */
export function cgroupOfProcess(text: string): string | null {
  const byController = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^\d+:([^:]*):(\/.*)$/.exec(line);
    if (match !== null) byController.set(match[1] ?? '', match[2] ?? '/');
  }
  const candidates = ['', ...CONTROLLERS]
    .map((name) => byController.get(name))
    .filter((path) => path !== undefined);
  return candidates.find((path) => path !== '/') ?? candidates[0] ?? null;
}

/** The name may hold spaces and brackets itself: the last bracket ends it. */
export function parseStat(text: string): Pick<ProcessFacts, 'ppid' | 'startTime' | 'comm'> | null {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  if (open < 0 || close < open) return null;
  const fields = text.slice(close + 2).split(' ');
  const startTime = fields[STAT_START_TIME] ?? '';
  const ppid = Number(fields[STAT_PPID]);
  if (!/^\d+$/.test(startTime) || !Number.isSafeInteger(ppid)) return null;
  const comm = Uint8Array.from(Buffer.from(text.slice(open + 1, close), 'latin1')).subarray(0, 15);
  return { ppid, startTime: BigInt(startTime), comm };
}

/** Null = no such process, or nothing of it may be read. */
export async function readProcess(pid: number, procRoot = PROC_ROOT): Promise<ProcessFacts | null> {
  const folder = join(procRoot, String(pid));
  const [stat, status, cgroup] = await Promise.all([
    textOf(join(folder, 'stat')),
    textOf(join(folder, 'status')),
    textOf(join(folder, 'cgroup')),
  ]);
  const parsed = stat === null ? null : parseStat(stat);
  if (parsed === null) return null;
  const uid = status === null ? undefined : /^Uid:\t(\d+)/m.exec(status)?.[1];
  return {
    ...parsed,
    uid: uid === undefined ? null : Number(uid),
    cgroupPath: cgroup === null ? null : cgroupOfProcess(cgroup),
  };
}
