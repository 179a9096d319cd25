/**
 * Serves this host's cgroups and processes as `cgroups-snapshot`, `cgroups-lookup` and `apps-lookup`, as Netdata's plugins do, so that
 * there is real data without Netdata. What the numbers mean here:
 * hash = FNV-1a (32 bits) of the name · options = CGROUP_OPTION bits · enabled = 1 when the cgroup or one below it holds a process ·
 * starttime = clock ticks since the machine started · generation = rises when the list of cgroups changes.
 */
import type { NativeAddon } from '../../../native/index.ts';
import type { Clock } from '../../../shared/clock.ts';
import { LIMITS } from '../../../shared/limits.ts';
import {
  APP_CGROUP_STATUS,
  APP_LOOKUP_STATUS,
  UID_UNSET,
  bareAppItem,
  decodeAppLookupRequest,
  encodeAppLookupItem,
} from '../../protocols/netipc/apps-lookup.ts';
import {
  CGROUP_LOOKUP_STATUS,
  bareCgroupItem,
  decodeCgroupLookupRequest,
  encodeCgroupLookupItem,
} from '../../protocols/netipc/cgroups-lookup.ts';
import {
  decodeSnapshotRequest,
  encodeSnapshot,
  type SnapshotItem,
} from '../../protocols/netipc/cgroups-snapshot.ts';
import { METHOD, type Method } from '../../protocols/netipc/envelope.ts';
import { fitAppLookup, fitCgroupLookup } from '../../protocols/netipc/lookup-budget.ts';
import type { Label } from '../../protocols/netipc/lookup-layout.ts';
import { NetipcServer, type ServiceHandler } from '../../protocols/netipc/server.ts';
import { nameHash32 } from '../../protocols/netipc/names.ts';
import { CGROUP_ROOT, scanCgroups, type CgroupScan, type FoundCgroup } from './cgroup-scan.ts';
import { PROC_ROOT, readProcess, type ProcessFacts } from './process-facts.ts';

export const SERVICE_SNAPSHOT = 'cgroups-snapshot';
export const SERVICE_CGROUPS = 'cgroups-lookup';
export const SERVICE_APPS = 'apps-lookup';
const SCAN_KEPT_MS = 1_000;
const PROCESSES_AT_ONCE = 32;
/** Netdata's limits for lookups: thousands of keys in one request. */
const REQUEST_BYTES_MAX = LIMITS.netipcGrowthBytesMax;

export interface HostProviderOptions {
  readonly native: NativeAddon;
  /** Exists, mode 0700. */
  readonly runFolder: string;
  readonly clock: Clock;
  readonly authToken: bigint;
  readonly onHandlerBug: (error: unknown) => void;
  /** PROFILE bits; default socket and shared memory. */
  readonly transport?: { readonly supported: number; readonly preferred: number };
  /** Other places, for tests. */
  readonly cgroupRoot?: string;
  readonly procRoot?: string;
}

interface HostScan extends CgroupScan {
  readonly takenAtMs: number;
  readonly generation: bigint;
  readonly items: readonly SnapshotItem[];
  /** By relative path and by path in the file system. */
  readonly byPath: ReadonlyMap<string, FoundCgroup>;
}

const utf8 = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'utf8'));
const pathText = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

function itemOf(cgroup: FoundCgroup): SnapshotItem {
  const name = utf8(cgroup.name);
  const enabled = cgroup.isPopulated ? 1 : 0;
  return { hash: nameHash32(name), options: cgroup.options, enabled, name, path: utf8(cgroup.path) };
}

function labelsOf(cgroup: FoundCgroup): Label[] {
  return cgroup.kind.labels.map(([key, value]) => ({ key: utf8(key), value: utf8(value) }));
}

export class HostProvider {
  private readonly options: HostProviderOptions;
  private readonly servers: NetipcServer[] = [];
  private scan: HostScan | null = null;
  private scanning: Promise<HostScan> | null = null;

  /** Listens at once. Fails with NetipcSocketError ADDR_IN_USE, PATH_TOO_LONG or SOCKET; then nothing is left open. */
  constructor(options: HostProviderOptions) {
    this.options = options;
    try {
      this.serve(SERVICE_SNAPSHOT, METHOD.CGROUPS_SNAPSHOT, (payload) => this.snapshot(payload));
      this.serve(SERVICE_CGROUPS, METHOD.CGROUPS_LOOKUP, (...request) => this.lookupCgroups(...request));
      this.serve(SERVICE_APPS, METHOD.APPS_LOOKUP, (...request) => this.lookupApps(...request));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Idempotent. */
  close(): void {
    for (const server of this.servers) server.close();
  }

  /** Lets calls under way be answered. */
  async drain(timeoutMs: number): Promise<void> {
    await Promise.all(this.servers.map((server) => server.drain(timeoutMs)));
  }

  private serve(service: string, method: Method, handler: ServiceHandler): void {
    const { native, runFolder, authToken, onHandlerBug, clock, transport } = this.options;
    const server = new NetipcServer({
      native,
      runFolder,
      service,
      method,
      handler,
      authToken,
      ...(method === METHOD.CGROUPS_SNAPSHOT ? {} : { requestPayloadBytesMax: REQUEST_BYTES_MAX }),
      ...(transport === undefined
        ? {}
        : { supportedProfiles: transport.supported, preferredProfiles: transport.preferred }),
      growthBytesMax: LIMITS.netipcProviderResponseBytesMax,
      ownerGeneration: (Math.floor(clock.wallMs()) >>> 0) | 1,
      onHandlerBug,
    });
    this.servers.push(server);
  }

  private async snapshot(payload: Uint8Array): Promise<Uint8Array> {
    decodeSnapshotRequest(payload);
    const { generation, items, systemdEnabled } = await this.freshScan();
    // Not cut to the budget: the server then learns how much is needed and offers it at the next handshake.
    return encodeSnapshot({ generation, systemdEnabled: systemdEnabled ? 1 : 0 }, items);
  }

  private async lookupCgroups(payload: Uint8Array, budgetBytes: number): Promise<Uint8Array> {
    const paths = decodeCgroupLookupRequest(payload);
    const scan = await this.freshScan();
    const items = paths.map((path) => {
      const found = scan.byPath.get(pathText(path));
      if (found === undefined) {
        const { UNKNOWN_PERMANENT, UNKNOWN_RETRY_LATER } = CGROUP_LOOKUP_STATUS;
        return bareCgroupItem(path, scan.isComplete ? UNKNOWN_PERMANENT : UNKNOWN_RETRY_LATER);
      }
      const { orchestrator } = found.kind;
      const labels = labelsOf(found);
      const name = utf8(found.name);
      return encodeCgroupLookupItem({ status: CGROUP_LOOKUP_STATUS.KNOWN, orchestrator, path, name, labels });
    });
    return fitCgroupLookup(paths, items, scan.generation, budgetBytes);
  }

  private async lookupApps(payload: Uint8Array, budgetBytes: number): Promise<Uint8Array> {
    const pids = decodeAppLookupRequest(payload);
    const scan = await this.freshScan();
    const items: Uint8Array[] = [];
    for (let start = 0; start < pids.length; start += PROCESSES_AT_ONCE) {
      const slice = pids.slice(start, start + PROCESSES_AT_ONCE);
      const facts = await Promise.all(
        slice.map((pid) => readProcess(pid, this.options.procRoot ?? PROC_ROOT)),
      );
      for (const [index, pid] of slice.entries()) items.push(appItem(pid, facts[index] ?? null, scan));
    }
    // Processes come and go between the calls of one long lookup; their generation must not (section 10.6).
    return fitAppLookup(pids, items, 1n, budgetBytes);
  }

  /** At most a second old; one scan at a time however many ask. */
  private async freshScan(): Promise<HostScan> {
    const nowMs = this.options.clock.monotonicMs();
    if (this.scan !== null && nowMs - this.scan.takenAtMs < SCAN_KEPT_MS) return this.scan;
    this.scanning ??= this.scanNow().finally(() => {
      this.scanning = null;
    });
    return this.scanning;
  }

  private async scanNow(): Promise<HostScan> {
    const found = await scanCgroups(this.options.cgroupRoot ?? CGROUP_ROOT);
    const byPath = new Map<string, FoundCgroup>();
    for (const cgroup of found.cgroups) {
      byPath.set(cgroup.relativePath, cgroup);
      byPath.set(cgroup.path, cgroup);
    }
    const items = found.cgroups.map(itemOf);
    const before = this.scan;
    const isSame = before !== null && isSameList(before.items, items);
    const generation = isSame ? before.generation : (before?.generation ?? 0n) + 1n;
    this.scan = { ...found, takenAtMs: this.options.clock.monotonicMs(), generation, items, byPath };
    return this.scan;
  }
}

function isSameList(left: readonly SnapshotItem[], right: readonly SnapshotItem[]): boolean {
  if (left.length !== right.length) return false;
  return left.every((item, index) => {
    const other = right[index];
    return (
      other !== undefined &&
      item.options === other.options &&
      item.enabled === other.enabled &&
      Buffer.compare(item.name, other.name) === 0 &&
      Buffer.compare(item.path, other.path) === 0
    );
  });
}

function appItem(pid: number, facts: ProcessFacts | null, scan: HostScan): Uint8Array {
  if (facts === null || facts.comm.length === 0) return bareAppItem(pid, APP_LOOKUP_STATUS.UNKNOWN);
  const { ppid, uid, startTime, comm, cgroupPath } = facts;
  const known = {
    status: APP_LOOKUP_STATUS.KNOWN,
    pid,
    ppid,
    uid: uid ?? UID_UNSET,
    startTime,
    comm,
    orchestrator: 0,
    cgroupName: new Uint8Array(0),
    cgroupPath: new Uint8Array(0),
    labels: [],
  };
  if (cgroupPath === null) {
    return encodeAppLookupItem({ ...known, cgroupStatus: APP_CGROUP_STATUS.UNKNOWN_RETRY_LATER });
  }
  if (cgroupPath === '/') return encodeAppLookupItem({ ...known, cgroupStatus: APP_CGROUP_STATUS.HOST_ROOT });
  const path = utf8(cgroupPath);
  const found = scan.byPath.get(cgroupPath);
  if (found === undefined) {
    return encodeAppLookupItem({
      ...known,
      cgroupStatus: APP_CGROUP_STATUS.UNKNOWN_PERMANENT,
      cgroupPath: path,
    });
  }
  return encodeAppLookupItem({
    ...known,
    cgroupStatus: APP_CGROUP_STATUS.KNOWN,
    orchestrator: found.kind.orchestrator,
    cgroupPath: path,
    cgroupName: utf8(found.name),
    labels: labelsOf(found),
  });
}
