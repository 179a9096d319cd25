/** Logical look-ups of paths and pids, asked of the services beside a snapshot service. */
import type { NativeAddon } from '../../../native/index.ts';
import type { CallOutput } from '../../../shared/contract/contract.ts';
import { OperatingError, type FailureCode } from '../../../shared/failure.ts';
import { UID_UNSET, type AppLookupView } from '../../protocols/netipc/apps-lookup.ts';
import type { CgroupLookupView } from '../../protocols/netipc/cgroups-lookup.ts';
import { NetipcClient, type ClientState } from '../../protocols/netipc/client.ts';
import { METHOD, type Method } from '../../protocols/netipc/envelope.ts';
import { NetipcCodecError } from '../../protocols/netipc/errors.ts';
import { lookupApps, lookupCgroups } from '../../protocols/netipc/lookup-client.ts';
import { ORCHESTRATORS, type Label } from '../../protocols/netipc/lookup-layout.ts';
import { SERVICE_APPS, SERVICE_CGROUPS } from './host-provider.ts';

const LOOKUP_TIMEOUT_MS = 10_000;

export interface LookupPlace {
  readonly native: NativeAddon;
  readonly runFolder: string;
  readonly authToken: bigint;
}

const CODE_OF_STATE: Partial<Record<ClientState, FailureCode>> = {
  NOT_FOUND: 'E_PEER_GONE',
  AUTH_FAILED: 'E_AUTH',
  INCOMPATIBLE: 'E_PROTOCOL',
};

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

function orchestratorWord(orchestrator: number): string {
  return ORCHESTRATORS[orchestrator] ?? String(orchestrator);
}

function labelTexts(labels: readonly Label[]): { key: string; value: string }[] {
  return labels.map(({ key, value }) => ({ key: text(key), value: text(value) }));
}

/** One client for one logical call; it is closed whatever happens. */
async function ask<View>(
  place: LookupPlace,
  service: string,
  method: Method,
  look: (client: NetipcClient) => Promise<View>,
): Promise<View> {
  const client = new NetipcClient({ ...place, service, method, callTimeoutMs: LOOKUP_TIMEOUT_MS });
  try {
    await client.refresh();
    const { state, reason } = client.status();
    if (state !== 'READY') {
      throw new OperatingError(CODE_OF_STATE[state] ?? 'E_PROTOCOL', `${service}: ${reason}`, {
        fix: `Start the provider of ${service} in ${place.runFolder}.`,
      });
    }
    return await look(client);
  } catch (error) {
    if (!(error instanceof NetipcCodecError)) throw error;
    const code = error.wire === 'TIMEOUT' ? 'E_DEADLINE' : error.wire === 'NOT_READY' ? 'E_PEER_GONE' : error.code;
    throw new OperatingError(code, `${service}: ${error.message}`, { cause: error });
  } finally {
    client.close();
  }
}

const CGROUP_STATUS = ['known', 'retry_later', 'unknown', 'other', 'oversized'] as const;
const APP_STATUS = ['known', 'unknown', 'other', 'oversized'] as const;
const APP_CGROUP = ['known', 'retry_later', 'unknown', 'host_root'] as const;

function cgroupItem(view: CgroupLookupView, index: number): CallOutput<'snapshots.cgroups'>['items'][number] {
  const { path, status, orchestrator, name, labels } = view.item(index);
  return {
    path: text(path),
    status: CGROUP_STATUS[status] ?? 'other',
    orchestrator: orchestratorWord(orchestrator),
    name: text(name),
    labels: labelTexts(labels),
  };
}

function appItem(view: AppLookupView, index: number): CallOutput<'snapshots.apps'>['items'][number] {
  const item = view.item(index);
  return {
    pid: item.pid,
    status: APP_STATUS[item.status] ?? 'other',
    ppid: item.ppid,
    uid: item.uid === UID_UNSET ? null : item.uid,
    startTime: String(item.startTime),
    comm: text(item.comm),
    cgroupStatus: APP_CGROUP[item.cgroupStatus] ?? 'other',
    cgroupPath: text(item.cgroupPath),
    cgroupName: text(item.cgroupName),
    orchestrator: orchestratorWord(item.orchestrator),
    labels: labelTexts(item.labels),
  };
}

/** Answers in the order of `paths`. Fails E_PEER_GONE, E_AUTH, E_DEADLINE or E_PROTOCOL. */
export async function askCgroups(
  place: LookupPlace,
  paths: readonly string[],
): Promise<CallOutput<'snapshots.cgroups'>> {
  const startMs = performance.now();
  const keys = paths.map((path) => new TextEncoder().encode(path));
  if (keys.some((key) => key.includes(0))) throw new OperatingError('E_INPUT', 'a path holds a NUL');
  const view = await ask(place, SERVICE_CGROUPS, METHOD.CGROUPS_LOOKUP, (client) =>
    lookupCgroups(client, keys, LOOKUP_TIMEOUT_MS),
  );
  const items = Array.from({ length: view.itemCount }, (_, index) => cgroupItem(view, index));
  return { generation: String(view.generation), items, elapsedMs: performance.now() - startMs };
}

/** Answers in the order of `pids`. */
export async function askApps(
  place: LookupPlace,
  pids: readonly number[],
): Promise<CallOutput<'snapshots.apps'>> {
  const startMs = performance.now();
  const view = await ask(place, SERVICE_APPS, METHOD.APPS_LOOKUP, (client) =>
    lookupApps(client, pids, LOOKUP_TIMEOUT_MS),
  );
  const items = Array.from({ length: view.itemCount }, (_, index) => appItem(view, index));
  return { generation: String(view.generation), items, elapsedMs: performance.now() - startMs };
}
