/** A netipc peer as a process of its own: `node netipc-child.ts serve <folder>` or `call <folder> <socket|shm>`; says `ready`. */
import { NetipcClient } from '../../electron/protocols/netipc/client.ts';
import { METHOD } from '../../electron/protocols/netipc/envelope.ts';
import { NetipcServer } from '../../electron/protocols/netipc/server.ts';
import { decodeIncrement, encodeIncrement } from '../../electron/protocols/netipc/simple-methods.ts';
import { addon } from '../kit/netipc-raw.ts';

const [role = '', folder = '', transport = 'shm'] = process.argv.slice(2);
/** A request of this value is never answered: somebody kills this process meanwhile. */
const SILENT_VALUE = 666n;
/** A request of this value is answered after a while: something happens to the session meanwhile. */
const SLOW_VALUE = 777n;
const SLOW_MS = 150;

function serve(): void {
  const server = new NetipcServer({
    native: addon(),
    runFolder: folder,
    service: 'increment',
    method: METHOD.INCREMENT,
    handler: (payload) => {
      const value = decodeIncrement(payload);
      const answer = encodeIncrement(BigInt.asUintN(64, value + 1n));
      if (value === SILENT_VALUE) return new Promise<Uint8Array>(() => undefined);
      if (value === SLOW_VALUE) return new Promise((resolve) => setTimeout(() => resolve(answer), SLOW_MS));
      return answer;
    },
    authToken: 7n,
    requestPayloadBytesMax: 4_096,
    responsePayloadBytesMax: 4_096,
    ownerGeneration: process.pid,
    onHandlerBug: (error) => {
      throw error;
    },
  });
  process.once('SIGTERM', () => server.close());
}

async function call(): Promise<void> {
  const client = new NetipcClient({
    native: addon(),
    runFolder: folder,
    service: 'increment',
    method: METHOD.INCREMENT,
    authToken: 7n,
    ...(transport === 'shm' ? {} : { supportedProfiles: 1, preferredProfiles: 1 }),
  });
  await client.refresh();
  await client.call(encodeIncrement(1n));
  setInterval(() => undefined, 60_000); // stays connected until it is killed
}

if (role === 'serve') serve();
else await call();
process.stdout.write('ready\n');
