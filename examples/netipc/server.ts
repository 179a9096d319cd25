/** A provider: `node examples/netipc/server.ts <run folder>` serves three cgroups until it is stopped. */
import { loadNative } from '../../native/index.ts';
import { decodeSnapshotRequest, encodeSnapshot } from '../../electron/protocols/netipc/cgroups-snapshot.ts';
import { METHOD } from '../../electron/protocols/netipc/envelope.ts';
import { NetipcServer } from '../../electron/protocols/netipc/server.ts';

const [runFolder = ''] = process.argv.slice(2);
const loaded = loadNative();
if (loaded.native === null) throw new Error(loaded.reason);
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
let generation = 0n;

const server = new NetipcServer({
  native: loaded.native,
  runFolder,
  service: 'cgroups-snapshot',
  method: METHOD.CGROUPS_SNAPSHOT,
  // A request comes in as bytes and goes out as bytes; what does not decode is refused by what is thrown here.
  handler: (payload) => {
    decodeSnapshotRequest(payload);
    generation += 1n;
    const items = ['web', 'database', 'cache'].map((name, index) => ({
      hash: 1_000 + index,
      options: 0,
      enabled: 1,
      name: utf8(name),
      path: utf8(`/sys/fs/cgroup/example/${name}`),
    }));
    return encodeSnapshot({ generation, systemdEnabled: 0 }, items);
  },
  authToken: 0n,
  ownerGeneration: process.pid,
  onHandlerBug: (error) => {
    throw error;
  },
});
process.once('SIGTERM', () => server.close());
process.stdout.write(`serving ${server.path}\n`);
