/** A consumer: `node examples/netipc/client.ts <run folder>` asks once and prints what it got. */
import { loadNative } from '../../native/index.ts';
import { SnapshotView, encodeSnapshotRequest } from '../../electron/protocols/netipc/cgroups-snapshot.ts';
import { NetipcClient } from '../../electron/protocols/netipc/client.ts';
import { METHOD } from '../../electron/protocols/netipc/envelope.ts';

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
// Nothing runs in the background: refresh() is the one connect attempt, call it from your own loop.
await client.refresh();
if (!client.isReady) throw new Error(client.status().reason);
const view = new SnapshotView(await client.call(encodeSnapshotRequest()));
process.stdout.write(`generation ${view.generation}, over ${client.status().transport}\n`);
for (let index = 0; index < view.itemCount; index += 1) {
  const { hash, name, path } = view.item(index); // views of the answer: copy what must outlive it
  process.stdout.write(`${hash} ${Buffer.from(name).toString()} ${Buffer.from(path).toString()}\n`);
}
client.close();
