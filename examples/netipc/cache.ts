/** A cache: `node examples/netipc/cache.ts <run folder>` refreshes twice, looks one cgroup up, compares the generations. */
import { loadNative } from '../../native/index.ts';
import { NetipcClient } from '../../electron/protocols/netipc/client.ts';
import { METHOD } from '../../electron/protocols/netipc/envelope.ts';
import { SnapshotCache, diffGenerations } from '../../electron/protocols/netipc/snapshot-cache.ts';
import { SYSTEM_CLOCK as clock } from '../../electron/net/system-clock.ts';

const [runFolder = ''] = process.argv.slice(2);
const loaded = loadNative();
if (loaded.native === null) throw new Error(loaded.reason);

const client = new NetipcClient({
  native: loaded.native,
  runFolder,
  service: 'cgroups-snapshot',
  method: METHOD.CGROUPS_SNAPSHOT,
  authToken: 0n,
});
const cache = new SnapshotCache(client, clock, 10);
// False means that it failed; what was there before stays.
for (let round = 0; round < 2; round += 1) {
  if (!(await cache.refresh())) throw new Error(cache.status().lastError);
}
const found = cache.get(1_001, new TextEncoder().encode('database'));
process.stdout.write(`found ${found === null ? 'nothing' : Buffer.from(found.path).toString()}\n`);
const [before, after] = cache.generations;
if (before !== undefined && after !== undefined) {
  const { added, removed, changed } = diffGenerations(before, after);
  process.stdout.write(`${added.length} added, ${removed.length} removed, ${changed.length} changed\n`);
}
cache.close();
