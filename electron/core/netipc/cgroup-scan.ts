/**
 * Lists the cgroups of this host: version 2 (one tree) or version 1 (a tree a controller, joined by path). Asynchronous and bounded:
 * at most LIMITS.netipcScanCgroupsMax, LIMITS.netipcScanDepthMax deep, few folders at a time. Works without privileges.
 */
import { access, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LIMITS } from '../../../shared/limits.ts';
import { kindOfCgroup, type CgroupKind } from './cgroup-kind.ts';

export const CGROUP_ROOT = '/sys/fs/cgroup';
const FOLDERS_AT_ONCE = 16;

/** Bits of an item's `options` as this console serves it. */
export const CGROUP_OPTION = { V1: 1, V2: 2, PROCESSES_UNREADABLE: 4 } as const;

export interface FoundCgroup {
  /** From the root of its hierarchy, beginning with `/`; the key of /proc/<pid>/cgroup. */
  readonly relativePath: string;
  /** Where it stands in the file system. */
  readonly path: string;
  readonly kind: CgroupKind;
  /** Unique in one scan: the kind's name, or the path where that is taken. */
  readonly name: string;
  /** CGROUP_OPTION bits. */
  readonly options: number;
  /** True when it or one below it holds a process. */
  readonly isPopulated: boolean;
}

export interface CgroupScan {
  readonly cgroups: readonly FoundCgroup[];
  readonly version: 1 | 2;
  readonly systemdEnabled: boolean;
  /** False when the bounds cut it or some folder could not be read. */
  readonly isComplete: boolean;
}

interface Folder {
  readonly relativePath: string;
  readonly depth: number;
}

interface Tree {
  readonly folders: readonly string[];
  readonly isComplete: boolean;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false, // missing or hidden from us: the same to a reader
  );
}

async function childrenOf(path: string): Promise<string[] | null> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch {
    return null; // gone meanwhile, or not ours to read
  }
}

/** Breadth first, a bounded number of folders at a time. */
async function walk(root: string): Promise<Tree> {
  const folders: string[] = [];
  let isComplete = true;
  let level: Folder[] = [{ relativePath: '/', depth: 0 }];
  while (level.length > 0) {
    const next: Folder[] = [];
    for (let start = 0; start < level.length; start += FOLDERS_AT_ONCE) {
      const slice = level.slice(start, start + FOLDERS_AT_ONCE);
      const lists = await Promise.all(slice.map(({ relativePath }) => childrenOf(join(root, relativePath))));
      for (const [index, folder] of slice.entries()) {
        const children = lists[index] ?? null;
        if (children === null && folder.depth > 0) isComplete = false;
        if (folders.length >= LIMITS.netipcScanCgroupsMax) return { folders, isComplete: false };
        folders.push(folder.relativePath);
        if (folder.depth >= LIMITS.netipcScanDepthMax) {
          isComplete &&= children === null || children.length === 0;
          continue;
        }
        const prefix = folder.relativePath === '/' ? '' : folder.relativePath;
        for (const name of children ?? []) {
          next.push({ relativePath: `${prefix}/${name}`, depth: folder.depth + 1 });
        }
      }
    }
    level = next;
  }
  return { folders, isComplete };
}

/** Null = its processes cannot be read. */
async function isPopulated(path: string, version: 1 | 2): Promise<boolean | null> {
  try {
    if (version === 1) return (await readFile(join(path, 'cgroup.procs'), 'latin1')).length > 0;
    return (await readFile(join(path, 'cgroup.events'), 'latin1')).includes('populated 1');
  } catch {
    // The root of version 2 has no cgroup.events: it always holds the kernel's own processes.
    return (await exists(join(path, 'cgroup.procs'))) ? true : null;
  }
}

interface Hierarchy {
  readonly root: string;
  readonly version: 1 | 2;
}

async function hierarchiesOf(root: string): Promise<Hierarchy[]> {
  if (await exists(join(root, 'cgroup.controllers'))) return [{ root, version: 2 }];
  const names = (await childrenOf(root)) ?? [];
  const found: Hierarchy[] = [];
  for (const name of names.toSorted()) {
    const path = join(root, name);
    if (!(await exists(join(path, 'cgroup.procs')))) continue;
    found.push({ root: path, version: (await exists(join(path, 'cgroup.controllers'))) ? 2 : 1 });
  }
  return found;
}

async function describe(hierarchy: Hierarchy, folders: readonly string[]): Promise<Map<string, FoundCgroup>> {
  const found = new Map<string, FoundCgroup>();
  for (let start = 0; start < folders.length; start += FOLDERS_AT_ONCE) {
    const slice = folders.slice(start, start + FOLDERS_AT_ONCE);
    const populated = await Promise.all(
      slice.map((folder) => isPopulated(join(hierarchy.root, folder), hierarchy.version)),
    );
    for (const [index, relativePath] of slice.entries()) {
      const holds = populated[index] ?? null;
      const version = hierarchy.version === 1 ? CGROUP_OPTION.V1 : CGROUP_OPTION.V2;
      const kind = kindOfCgroup(relativePath);
      found.set(relativePath, {
        relativePath,
        path: relativePath === '/' ? hierarchy.root : join(hierarchy.root, relativePath),
        kind,
        name: kind.name,
        options: version | (holds === null ? CGROUP_OPTION.PROCESSES_UNREADABLE : 0),
        isPopulated: holds === true,
      });
    }
  }
  return found;
}

/** Without cgroups at all (no mount, another system) the list is empty. */
export async function scanCgroups(root = CGROUP_ROOT): Promise<CgroupScan> {
  const hierarchies = await hierarchiesOf(root);
  const joined = new Map<string, FoundCgroup>();
  let isComplete = true;
  for (const hierarchy of hierarchies) {
    const tree = await walk(hierarchy.root);
    isComplete &&= tree.isComplete;
    for (const [relativePath, cgroup] of await describe(hierarchy, tree.folders)) {
      const before = joined.get(relativePath);
      if (before === undefined) joined.set(relativePath, cgroup);
      else joined.set(relativePath, merge(before, cgroup));
    }
  }
  const cgroups = [...joined.values()].slice(0, LIMITS.netipcScanCgroupsMax);
  return {
    cgroups: withUniqueNames(cgroups),
    version: hierarchies.some(({ version }) => version === 1) ? 1 : 2,
    systemdEnabled: joined.has('/system.slice') || joined.has('/init.scope'),
    isComplete: isComplete && cgroups.length === joined.size,
  };
}

/** The same cgroup in two controllers' trees. */
function merge(left: FoundCgroup, right: FoundCgroup): FoundCgroup {
  const isPopulatedThere = left.isPopulated || right.isPopulated;
  return { ...left, options: left.options | right.options, isPopulated: isPopulatedThere };
}

function withUniqueNames(cgroups: readonly FoundCgroup[]): FoundCgroup[] {
  const counts = new Map<string, number>();
  for (const { name } of cgroups) counts.set(name, (counts.get(name) ?? 0) + 1);
  return cgroups.map((cgroup) =>
    (counts.get(cgroup.name) ?? 0) > 1 ? { ...cgroup, name: cgroup.relativePath.slice(1) || '/' } : cgroup,
  );
}
