/** Recorded sessions, twice each: the client's packets against our server, the server's packets against our client. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AppLookupItem } from '../../../electron/protocols/netipc/apps-lookup.ts';
import type { CgroupLookupItem } from '../../../electron/protocols/netipc/cgroups-lookup.ts';
import {
  SnapshotView,
  encodeSnapshotRequest,
  type SnapshotItem,
} from '../../../electron/protocols/netipc/cgroups-snapshot.ts';
import { NetipcClient } from '../../../electron/protocols/netipc/client.ts';
import { METHOD, type Method } from '../../../electron/protocols/netipc/envelope.ts';
import { NetipcCodecError } from '../../../electron/protocols/netipc/errors.ts';
import { decodeHello } from '../../../electron/protocols/netipc/handshake.ts';
import { lookupApps, lookupCgroups } from '../../../electron/protocols/netipc/lookup-client.ts';
import {
  decodeIncrement,
  decodeStringReverse,
  encodeIncrement,
  encodeStringReverse,
} from '../../../electron/protocols/netipc/simple-methods.ts';
import { RawListener, RawPeer, addon } from '../../kit/netipc-raw.ts';
import { readProgram, startReferenceServer, type ProgramArguments } from './reference-server.ts';
import {
  arrayOf,
  bigOf,
  bytesOf,
  hexOf,
  objectOf,
  textOf,
  wordOf,
  type Json,
  type JsonObject,
} from './wire-names.ts';

const CALL_TIMEOUT_MS = 10_000;
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const plain = (value: Uint8Array): string => Buffer.from(value).toString('utf8');

interface Event {
  readonly connection: number;
  readonly from: 'client' | 'server' | null;
  readonly hex: string;
  readonly closeBy: string | null;
}

function eventsOf(vector: JsonObject): Event[] {
  return arrayOf(vector['events']).map((value) => {
    const event = objectOf(value);
    const from = event['from'] ?? null;
    const closeBy = event['close_by'] ?? null;
    return {
      connection: Number(event['connection']),
      from: from === null ? null : wordOf<'client' | 'server'>(from, ['client', 'server']),
      hex: typeof event['hex'] === 'string' ? event['hex'] : '',
      closeBy: typeof closeBy === 'string' ? closeBy : null,
    };
  });
}

/** Plays one side of the recording and expects the other. */
async function replay(
  events: readonly Event[],
  side: 'client' | 'server',
  open: () => Promise<RawPeer>,
): Promise<void> {
  const peers = new Map<number, RawPeer>();
  try {
    for (const [index, event] of events.entries()) {
      let peer = peers.get(event.connection);
      if (peer === undefined) {
        peer = await open();
        peers.set(event.connection, peer);
      }
      if (event.closeBy === side) peer.close();
      else if (event.closeBy !== null) assert.equal(await peer.next(), null, `event ${index}: end of file`);
      else if (event.from === side) peer.send(bytesOf(event.hex));
      else assert.equal(hexOf((await peer.next()) ?? new Uint8Array(0)), event.hex, `event ${index}`);
    }
  } finally {
    for (const peer of peers.values()) peer.close();
  }
}

async function againstOurServer(vector: JsonObject, folder: string): Promise<void> {
  const server = startReferenceServer(textOf(vector['server']), folder, bigOf(vector['auth_token']));
  try {
    await replay(eventsOf(vector), 'client', async () => RawPeer.connect(server.path));
  } finally {
    server.close();
  }
}

const METHODS: Readonly<Record<string, Method>> = {
  'snapshot-client': METHOD.CGROUPS_SNAPSHOT,
  'increment-client': METHOD.INCREMENT,
  'reverse-client': METHOD.STRING_REVERSE,
  'cgroups-lookup-client': METHOD.CGROUPS_LOOKUP,
  'apps-lookup-client': METHOD.APPS_LOOKUP,
};

/** The recorded HELLO is the recorded client's configuration; that ours sends the same bytes is checked by the replay. */
function clientOf(vector: JsonObject, folder: string, method: Method): NetipcClient {
  const first = eventsOf(vector).find((event) => event.from === 'client');
  const hello = decodeHello(bytesOf(first?.hex ?? '').subarray(32));
  return new NetipcClient({
    native: addon(),
    runFolder: folder,
    service: 'vec',
    method,
    authToken: hello.authToken,
    supportedProfiles: hello.supportedProfiles,
    preferredProfiles: hello.preferredProfiles,
    requestPayloadBytesMax: hello.requestPayloadBytesMax,
    responsePayloadBytesMax: hello.responsePayloadBytesMax,
    requestItemsMax: hello.requestItemsMax,
    packetBytes: hello.packetBytes,
  });
}

async function againstOurClient(vector: JsonObject, folder: string): Promise<void> {
  const program = readProgram(textOf(vector['client']));
  const method = METHODS[program.program];
  if (method === undefined) throw new TypeError(`no such test client: ${program.program}`);
  const listener = new RawListener(join(folder, 'vec.sock'));
  const client = clientOf(vector, folder, method);
  const served = replay(eventsOf(vector), 'server', () => listener.accept());
  try {
    await client.refresh();
    const results = await runClient(client, program);
    const recorded = arrayOf(vector['client_result']).map(objectOf);
    checkResults(client, results, recorded);
    client.close();
    await served;
  } finally {
    client.close();
    listener.close();
    await served.catch(() => undefined); // told already when it was the reason
  }
}

function checkResults(client: NetipcClient, results: readonly Json[], recorded: readonly JsonObject[]): void {
  const calls = recorded.filter((entry) => entry['status'] === undefined);
  assert.deepEqual(results, calls.map(comparable));
  const status = recorded.find((entry) => entry['status'] !== undefined)?.['status'];
  if (status === undefined) return;
  const ours = statusJson(client);
  const told = Object.keys(objectOf(status)).map((key) => [key, ours[key] ?? null]);
  assert.deepEqual(Object.fromEntries(told), status);
}

/** Every number the recorded client tells of itself. */
function statusJson(client: NetipcClient): JsonObject {
  const { state, connectCount, reconnectCount, callCount, errorCount, transport } = client.status();
  const { agreed, proposed } = client.limits();
  return {
    state,
    connects: connectCount,
    reconnects: reconnectCount,
    calls: callCount,
    errors: errorCount,
    profile: agreed?.selectedProfile ?? null,
    session_id: agreed === undefined ? null : String(agreed.sessionId),
    packet_size: agreed?.packetBytes ?? null,
    max_req: agreed?.requestPayloadBytesMax ?? null,
    max_resp: agreed?.responsePayloadBytesMax ?? null,
    cfg_max_req: proposed.requestPayloadBytesMax,
    cfg_max_resp: proposed.responsePayloadBytesMax,
    shm: transport === 'shared-memory' ? 1 : 0,
  };
}

/** What both sides can tell alike: transport details of the recording are compared by their packets. */
function comparable(entry: JsonObject): Json {
  const { shm: _transport, ...rest } = entry;
  return rest;
}

async function runClient(client: NetipcClient, program: ProgramArguments): Promise<Json[]> {
  if (program.program === 'increment-client') return [await incrementRun(client, program)];
  if (program.program === 'reverse-client') return reverseRun(client, program);
  const results: Json[] = [];
  for (let call = 0; call < Number(program.option('--count', '1')); call += 1) {
    try {
      results.push({ call, err: 'OK', ...(await oneCall(client, program)) });
    } catch (error) {
      if (!(error instanceof NetipcCodecError)) throw error;
      results.push({ call, err: error.wire });
    }
  }
  return results;
}

async function incrementRun(client: NetipcClient, program: ProgramArguments): Promise<Json> {
  const count = Number(program.option('--count', '1'));
  let value = BigInt(program.option('--gen', '42'));
  for (let call = 0; call < count; call += 1)
    value = decodeIncrement(await client.call(encodeIncrement(value)));
  return { ok: true, count, final: String(value) };
}

async function reverseRun(client: NetipcClient, program: ProgramArguments): Promise<Json[]> {
  const results: Json[] = [];
  for (const [call, word] of program.rest.entries()) {
    const value = decodeStringReverse(await client.call(encodeStringReverse(text(word))));
    results.push({ call, err: 'OK', value: plain(value) });
  }
  return results;
}

async function oneCall(client: NetipcClient, program: ProgramArguments): Promise<JsonObject> {
  if (program.program === 'cgroups-lookup-client') {
    const view = await lookupCgroups(client, pathsOf(program.rest).map(text), CALL_TIMEOUT_MS, 'reference');
    const items = Array.from({ length: view.itemCount }, (_, index) => cgroupJson(view.item(index)));
    return { item_count: view.itemCount, generation: String(view.generation), items };
  }
  if (program.program === 'apps-lookup-client') {
    const view = await lookupApps(client, pidsOf(program.rest), CALL_TIMEOUT_MS, 'reference');
    const items = Array.from({ length: view.itemCount }, (_, index) => appJson(view.item(index)));
    return { item_count: view.itemCount, generation: String(view.generation), items };
  }
  const view = new SnapshotView(await client.call(encodeSnapshotRequest()));
  return {
    item_count: view.itemCount,
    systemd_enabled: view.systemdEnabled,
    generation: String(view.generation),
    items: Array.from({ length: view.itemCount }, (_, index) => snapshotJson(view.item(index))),
  };
}

function pathsOf(rest: readonly string[]): string[] {
  return rest.flatMap((word) => {
    if (!word.startsWith('@')) return [word];
    return Array.from({ length: Number(word.slice(1)) }, (_, i) => {
      const tail = i % 7 === 3 ? '?R' : i % 7 === 5 ? '?P' : '';
      return `/cg/${String(i).padStart(6, '0')}${tail}`;
    });
  });
}

function pidsOf(rest: readonly string[]): number[] {
  return rest.flatMap((word) =>
    word.startsWith('@')
      ? Array.from({ length: Number(word.slice(1)) }, (_, i) => 1_000 + i)
      : [Number(word)],
  );
}

function snapshotJson(item: SnapshotItem): Json {
  const { hash, options, enabled, name, path } = item;
  return { hash, options, enabled, name: plain(name), path: plain(path) };
}

function cgroupJson(item: CgroupLookupItem): Json {
  const { status, orchestrator, path, name, labels } = item;
  const pairs = labels.map(({ key, value }) => [plain(key), plain(value)]);
  return { status, orchestrator, path: plain(path), name: plain(name), labels: pairs };
}

function appJson(item: AppLookupItem): Json {
  return {
    status: item.status,
    cgroup_status: item.cgroupStatus,
    orchestrator: item.orchestrator,
    pid: item.pid,
    ppid: item.ppid,
    uid: item.uid,
    starttime: String(item.startTime),
    comm: plain(item.comm),
    cgroup_path: plain(item.cgroupPath),
    cgroup_name: plain(item.cgroupName),
    labels: item.labels.length,
  };
}

export async function runTranscript(vector: JsonObject): Promise<void> {
  for (const run of [againstOurServer, againstOurClient]) {
    const folder = mkdtempSync(join(tmpdir(), 'sb-tr-'));
    try {
      await run(vector, folder);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}
