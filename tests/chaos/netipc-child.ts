/**
 * A netipc peer as a process of its own: `netipc-child.ts serve <folder>`, `call <folder> <socket|shm>`, `foreign <folder> <uid>`, which
 * becomes that user before it connects and says what came of it, or `race <folder>`, which starts a server at each moment (ms) told on
 * stdin, says `won` or the error's code, and ends it at the next line. Says `ready`.
 */
import { createInterface } from 'node:readline';
import { NetipcClient } from '../../electron/protocols/netipc/client.ts';
import { METHOD } from '../../electron/protocols/netipc/envelope.ts';
import { NetipcServer } from '../../electron/protocols/netipc/server.ts';
import { decodeIncrement, encodeIncrement } from '../../electron/protocols/netipc/simple-methods.ts';
import { ProtocolError } from '../../shared/failure.ts';
import { addon } from '../kit/netipc-raw.ts';

const [role = '', folder = '', transport = 'shm'] = process.argv.slice(2);
/** A request of this value is never answered: somebody kills this process meanwhile. */
const SILENT_VALUE = 666n;
/** A request of this value is answered after a while: something happens to the session meanwhile. */
const SLOW_VALUE = 777n;
const SLOW_MS = 150;

function makeServer(): NetipcServer {
  return new NetipcServer({
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
}

function serve(): void {
  const server = makeServer();
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

/** Root may be any user; what it had loaded as root stays loaded. */
async function foreign(uid: number): Promise<void> {
  const native = addon();
  process.setgroups?.([]);
  process.setgid?.(uid);
  process.setuid?.(uid);
  const client = new NetipcClient({
    native,
    runFolder: folder,
    service: 'increment',
    method: METHOD.INCREMENT,
    authToken: 7n,
    supportedProfiles: 1,
    preferredProfiles: 1,
  });
  await client.refresh();
  const value = client.isReady ? decodeIncrement(await client.call(encodeIncrement(41n))) : 0n;
  process.stdout.write(`${process.getuid?.()} ${client.status().reason || value}\n`);
  client.close();
}

async function race(): Promise<void> {
  process.stdout.write('ready\n');
  let server: NetipcServer | null = null;
  for await (const line of createInterface(process.stdin)) {
    server?.close();
    server = null;
    if (line === 'stop') {
      process.stdout.write('stopped\n');
      continue;
    }
    while (Date.now() < Number(line)); // both processes start in the same millisecond
    try {
      server = makeServer();
      process.stdout.write('won\n');
    } catch (error) {
      process.stdout.write(`${error instanceof ProtocolError ? error.code : String(error)}\n`);
    }
  }
}

if (role === 'race') await race();
else if (role === 'serve') serve();
else if (role === 'foreign') await foreign(Number(transport));
else await call();
process.stdout.write('ready\n');
