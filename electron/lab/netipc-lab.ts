/** A simulated host of thousands of cgroups that come, go and change, behind the real protocol. */
import { mkdirSync } from 'node:fs';
import type { NativeAddon } from '../../native/index.ts';
import {
  decodeSnapshotRequest,
  encodeSnapshot,
  type SnapshotItem,
} from '../protocols/netipc/cgroups-snapshot.ts';
import {
  bareCgroupItem,
  decodeCgroupLookupRequest,
  encodeCgroupLookupItem,
} from '../protocols/netipc/cgroups-lookup.ts';
import { METHOD } from '../protocols/netipc/envelope.ts';
import { fitCgroupLookup } from '../protocols/netipc/lookup-budget.ts';
import { nameHash32 } from '../protocols/netipc/names.ts';
import { NetipcServer } from '../protocols/netipc/server.ts';
import { LIMITS } from '../../shared/limits.ts';

export const LAB_CGROUPS = 5_000;
const CHURN_INTERVAL_MS = 2_000;
const CHURN_ITEMS = 8;
const POD_SHARE = 0.6;
const K8S = 3;
const SYSTEMD = 1;
const UNKNOWN_PERMANENT = 2;

interface LabCgroup {
  readonly item: SnapshotItem;
  readonly orchestrator: number;
}

export interface NetipcLabOptions {
  readonly native: NativeAddon;
  readonly runFolder: string;
  readonly cgroups?: number;
  readonly authToken?: bigint;
  /** 0 to 1. */
  readonly random: () => number;
  readonly onHandlerBug: (error: unknown) => void;
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

export class NetipcLab {
  private readonly random: () => number;
  private readonly servers: readonly NetipcServer[];
  private readonly timer: NodeJS.Timeout;
  private readonly cgroups: LabCgroup[];
  private next: number;
  private generation = 1n;

  /** Serves at once, in a folder of its own. Fails with NetipcSocketError ADDR_IN_USE, PATH_TOO_LONG or SOCKET. */
  constructor(options: NetipcLabOptions) {
    this.random = options.random;
    this.next = options.cgroups ?? LAB_CGROUPS;
    this.cgroups = Array.from({ length: this.next }, (_, index) => this.make(index));
    mkdirSync(options.runFolder, { recursive: true, mode: 0o700 });
    const { native, runFolder, onHandlerBug } = options;
    const common = { native, runFolder, authToken: options.authToken ?? 0n, ownerGeneration: 1, onHandlerBug };
    const snapshot = new NetipcServer({
      ...common,
      service: 'cgroups-snapshot',
      method: METHOD.CGROUPS_SNAPSHOT,
      growthBytesMax: LIMITS.netipcProviderResponseBytesMax,
      handler: (payload) => this.snapshot(payload),
    });
    try {
      const lookup = new NetipcServer({
        ...common,
        service: 'cgroups-lookup',
        method: METHOD.CGROUPS_LOOKUP,
        requestPayloadBytesMax: LIMITS.netipcGrowthBytesMax,
        handler: (payload, budgetBytes) => this.lookup(payload, budgetBytes),
      });
      this.servers = [snapshot, lookup];
    } catch (error) {
      snapshot.close();
      throw error;
    }
    this.timer = setInterval(() => this.churn(), CHURN_INTERVAL_MS);
  }

  /** Idempotent. */
  close(): void {
    clearInterval(this.timer);
    for (const server of this.servers) server.close();
  }

  /** A few end, as many begin, a few are switched. */
  churn(): void {
    this.generation += 1n;
    for (let step = 0; step < CHURN_ITEMS; step += 1) {
      const at = Math.floor(this.random() * this.cgroups.length);
      const old = this.cgroups[at];
      if (old === undefined) continue;
      if (step % 2 === 0) {
        this.cgroups.splice(at, 1);
        this.cgroups.push(this.make(this.next));
        this.next += 1;
      } else {
        this.cgroups[at] = { ...old, item: { ...old.item, enabled: 1 - old.item.enabled } };
      }
    }
  }

  private make(index: number): LabCgroup {
    const isPod = (index * 7919) % 1_000 < POD_SHARE * 1_000;
    const number = index.toString(16).padStart(8, '0');
    const name = isPod ? `k8s-lab-pod-${number}` : `lab-unit-${index}.service`;
    const path = isPod
      ? `/sys/fs/cgroup/kubepods.slice/kubepods-burstable.slice/pod${number}/container`
      : `/sys/fs/cgroup/system.slice/lab-unit-${index}.service`;
    const bytes = utf8(name);
    const item = { hash: nameHash32(bytes), options: 2, enabled: 1, name: bytes, path: utf8(path) };
    return { item, orchestrator: isPod ? K8S : SYSTEMD };
  }

  private snapshot(payload: Uint8Array): Uint8Array {
    decodeSnapshotRequest(payload);
    const items = this.cgroups.map(({ item }) => item);
    return encodeSnapshot({ generation: this.generation, systemdEnabled: 1 }, items);
  }

  private lookup(payload: Uint8Array, budgetBytes: number): Uint8Array {
    const paths = decodeCgroupLookupRequest(payload);
    const byPath = new Map(this.cgroups.map((cgroup) => [Buffer.from(cgroup.item.path).toString(), cgroup]));
    const items = paths.map((path) => {
      const found = byPath.get(Buffer.from(path).toString());
      if (found === undefined) return bareCgroupItem(path, UNKNOWN_PERMANENT);
      const labels = [{ key: utf8('lab'), value: utf8('simulated') }];
      const { orchestrator, item } = found;
      return encodeCgroupLookupItem({ status: 0, orchestrator, path, name: item.name, labels });
    });
    return fitCgroupLookup(paths, items, this.generation, budgetBytes);
  }
}
