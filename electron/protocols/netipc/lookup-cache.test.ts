import { describe, expect, it } from 'vitest';
import { addon } from '../../../tests/kit/netipc-raw.ts';
import { testPlace } from '../../../tests/kit/test-place.ts';
import { decodeAppLookupRequest, encodeAppLookupItem, UID_UNSET } from './apps-lookup.ts';
import { decodeCgroupLookupRequest, encodeCgroupLookupItem } from './cgroups-lookup.ts';
import { decodeSnapshotRequest, encodeSnapshot, type SnapshotItem } from './cgroups-snapshot.ts';
import { NetipcClient } from './client.ts';
import { METHOD, type Method } from './envelope.ts';
import { NetipcCodecError } from './errors.ts';
import { fitAppLookup, fitCgroupLookup } from './lookup-budget.ts';
import { lookupApps, lookupCgroups } from './lookup-client.ts';
import { NetipcServer, type ServiceHandler } from './server.ts';
import { SnapshotCache, diffGenerations } from './snapshot-cache.ts';

const place = testPlace('sb-lookup-');

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

function serve(service: string, method: Method, handler: ServiceHandler, bytesMax = 4_096): NetipcServer {
  return place.keep(
    new NetipcServer({
      native: addon(),
      runFolder: place.folder,
      service,
      method,
      handler,
      authToken: 1n,
      requestPayloadBytesMax: bytesMax,
      responsePayloadBytesMax: bytesMax,
      ownerGeneration: 3,
      onHandlerBug: (error) => {
        throw error;
      },
    }),
  );
}

async function connect(
  service: string,
  method: Method,
  requestPayloadBytesMax = 1_024,
): Promise<NetipcClient> {
  const client = new NetipcClient({
    native: addon(),
    runFolder: place.folder,
    service,
    method,
    authToken: 1n,
    requestPayloadBytesMax,
  });
  place.keep(client);
  await client.refresh();
  return client;
}

describe.skipIf(process.platform !== 'linux')('logical lookups', () => {
  const cgroups: ServiceHandler = (payload, budgetBytes) => {
    const paths = decodeCgroupLookupRequest(payload);
    const items = paths.map((path) =>
      encodeCgroupLookupItem({
        status: 0,
        orchestrator: 3,
        path,
        name: text('pod'),
        labels: [{ key: text('a'), value: path }],
      }),
    );
    return fitCgroupLookup(paths, items, 9n, budgetBytes);
  };

  it.each([0, 1, 7, 3_000])('answers %i paths in order, whatever the limits', async (count) => {
    serve('cgroups-lookup', METHOD.CGROUPS_LOOKUP, cgroups);
    const client = await connect('cgroups-lookup', METHOD.CGROUPS_LOOKUP);
    const paths = Array.from({ length: count }, (_, index) => text(`/cg/${index}`));
    const view = await lookupCgroups(client, paths, 20_000);
    expect(view.itemCount).toBe(count);
    for (const [index, path] of paths.entries()) expect(Buffer.compare(view.item(index).path, path)).toBe(0);
  });

  it('answers a path that no request can carry without asking', async () => {
    serve('cgroups-lookup', METHOD.CGROUPS_LOOKUP, cgroups);
    const client = await connect('cgroups-lookup', METHOD.CGROUPS_LOOKUP);
    const view = await lookupCgroups(client, [text('/a'), new Uint8Array(2_000).fill(65), text('/b')], 5_000);
    expect([0, 1, 2].map((index) => view.item(index).status)).toEqual([0, 4, 0]);
  });

  it('answers thousands of pids', async () => {
    serve('apps-lookup', METHOD.APPS_LOOKUP, (payload, budgetBytes) => {
      const pids = decodeAppLookupRequest(payload);
      const none = new Uint8Array(0);
      const items = pids.map((pid) =>
        encodeAppLookupItem({
          status: 0,
          orchestrator: 0,
          cgroupStatus: 3,
          pid,
          ppid: 1,
          uid: UID_UNSET,
          startTime: BigInt(pid),
          comm: text('init'),
          cgroupPath: none,
          cgroupName: none,
          labels: [],
        }),
      );
      return fitAppLookup(pids, items, 4n, budgetBytes);
    });
    const client = await connect('apps-lookup', METHOD.APPS_LOOKUP);
    const pids = Array.from({ length: 2_000 }, (_, index) => index + 1);
    const view = await lookupApps(client, pids, 20_000);
    expect(pids.every((pid, index) => view.item(index).startTime === BigInt(pid))).toBe(true);
  });

  it('refuses a provider that echoes the wrong key', async () => {
    serve('cgroups-lookup', METHOD.CGROUPS_LOOKUP, (payload, budgetBytes) => {
      const paths = decodeCgroupLookupRequest(payload).toReversed();
      return fitCgroupLookup(
        paths,
        paths.map((path) =>
          encodeCgroupLookupItem({ status: 0, orchestrator: 0, path, name: text(''), labels: [] }),
        ),
        1n,
        budgetBytes,
      );
    });
    const client = await connect('cgroups-lookup', METHOD.CGROUPS_LOOKUP);
    await expect(lookupCgroups(client, [text('/a'), text('/b')], 5_000)).rejects.toThrow(NetipcCodecError);
  });
});

describe.skipIf(process.platform !== 'linux')('snapshot cache', () => {
  const clock = { wallMs: () => 1_000, monotonicMs: () => performance.now() };
  const item = (index: number, options = 0): SnapshotItem => ({
    hash: 1_000 + index,
    options,
    enabled: index % 2,
    name: text(`cgroup-${index}`),
    path: text(`/sys/fs/cgroup/cg-${index}`),
  });
  /** What an item says: one of a snapshot reads its fields in the answer. */
  const saidBy = ({ hash, options, enabled, name, path }: SnapshotItem): SnapshotItem => ({
    hash,
    options,
    enabled,
    name,
    path,
  });
  const state = { items: [item(0)], generation: 1n };
  const snapshots: ServiceHandler = (payload, budgetBytes) => {
    decodeSnapshotRequest(payload);
    return encodeSnapshot({ generation: state.generation, systemdEnabled: 1 }, state.items, budgetBytes);
  };
  async function cache(generationsMax = 3): Promise<SnapshotCache> {
    const client = await connect('cgroups-snapshot', METHOD.CGROUPS_SNAPSHOT);
    const made = new SnapshotCache(client, clock, generationsMax);
    place.keep(made);
    return made;
  }

  it('finds 5 000 items, keeps them while the provider is away, and takes the new ones when it is back', async () => {
    state.items = Array.from({ length: 5_000 }, (_, index) => item(index));
    const server = serve('cgroups-snapshot', METHOD.CGROUPS_SNAPSHOT, snapshots, 1 << 20);
    const made = await cache();
    expect(await made.refresh()).toBe(true);
    expect(made.current?.items.length).toBe(5_000);
    const found = made.get(1_042, text('cgroup-42'));
    expect(found === null ? null : saidBy(found)).toEqual(item(42));
    expect(made.get(1_042, text('cgroup-43'))).toBeNull();
    server.close();
    expect(await made.refresh()).toBe(false);
    expect(made.status()).toMatchObject({ isPopulated: true, itemCount: 5_000, failuresInRow: 1 });
    expect(made.status().client.state).toBe('NOT_FOUND');
    state.items = [item(1), item(2)];
    serve('cgroups-snapshot', METHOD.CGROUPS_SNAPSHOT, snapshots, 1 << 20);
    expect(await made.refresh()).toBe(true);
    expect(made.status()).toMatchObject({ itemCount: 2, failuresInRow: 0, lastError: '' });
  });

  it('says what changed between two generations and forgets the oldest', async () => {
    state.items = [item(1), item(2), item(3)];
    serve('cgroups-snapshot', METHOD.CGROUPS_SNAPSHOT, snapshots, 1 << 20);
    const made = await cache(2);
    await made.refresh();
    state.items = [item(2, 9), item(3), item(4)];
    await made.refresh();
    const [before, after] = made.generations;
    expect(before !== undefined && after !== undefined).toBe(true);
    if (before === undefined || after === undefined) return;
    const { added, removed, changed } = diffGenerations(before, after);
    expect(added.map(saidBy)).toEqual([item(4)]);
    expect(removed.map(saidBy)).toEqual([item(1)]);
    expect(changed.map((one) => saidBy(one.before))).toEqual([item(2)]);
    expect(changed.map((one) => saidBy(one.after))).toEqual([item(2, 9)]);
    await made.refresh(); // the same bytes again: the same generation, seen later
    expect(made.generations.map((generation) => generation.number)).toEqual([1, 2]);
    expect(made.current?.takenAtMs).toBeGreaterThan(after.takenAtMs);
    state.items = [item(3)];
    await made.refresh();
    expect(made.generations.map((generation) => generation.number)).toEqual([2, 3]);
  });

  it('keeps the old snapshot when an item of the new one does not decode', async () => {
    state.items = [item(1)];
    const broken = { now: false };
    serve(
      'cgroups-snapshot',
      METHOD.CGROUPS_SNAPSHOT,
      (payload, budgetBytes) => {
        const bytes = Uint8Array.from(snapshots(payload, budgetBytes) as Uint8Array);
        if (broken.now) bytes[bytes.length - 1] = 1;
        return bytes;
      },
      1 << 20,
    );
    const made = await cache();
    await made.refresh();
    broken.now = true;
    expect(await made.refresh()).toBe(false);
    expect(made.current?.number).toBe(1);
    expect(made.status().client.state).toBe('READY');
  });
});
