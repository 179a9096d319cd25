/**
 * Runs under a Node of Windows: one server and clients over real named pipes. `netipc-windows-session.ts ADDON RESULT`; a line is written to
 * RESULT for each thing that held, and `done` at the end. Results go to a file because Wine's standard streams are not Node's.
 */
import { appendFileSync, writeFileSync } from 'node:fs';
import { loadNative } from '../../native/index.ts';
import { NetipcClient } from '../../electron/protocols/netipc/client.ts';
import { METHOD } from '../../electron/protocols/netipc/envelope.ts';
import { HandlerRefusal, NetipcServer } from '../../electron/protocols/netipc/server.ts';
import { decodeIncrement, encodeIncrement } from '../../electron/protocols/netipc/simple-methods.ts';

const [addon = '', resultFile = ''] = process.argv.slice(2);
writeFileSync(resultFile, '');

function say(text: string): void {
  appendFileSync(resultFile, `${text}\n`);
}

function expect(holds: boolean, what: string): void {
  say(`${holds ? 'ok' : 'FAILED'} ${what}`);
}

async function wireOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'answered';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function main(): Promise<void> {
  const loaded = loadNative(addon);
  if (loaded.native === null) throw new Error(loaded.reason);
  const endpoint = {
    native: loaded.native,
    runFolder: 'C:\\run',
    service: 'inc',
    method: METHOD.INCREMENT,
    authToken: 5n,
  };
  const large = new Uint8Array(900_000).map((_, index) => index * 7);
  let mode = 'increment';
  const server = new NetipcServer({
    ...endpoint,
    ownerGeneration: 7,
    sessionsMax: 8,
    onHandlerBug: (error) => say(`FAILED handler: ${String(error)}`),
    handler: (payload) => {
      if (mode === 'large') return large;
      if (mode === 'refuse') throw new HandlerRefusal('not now');
      if (mode === 'stuck') return new Promise<Uint8Array>(() => undefined);
      return encodeIncrement(BigInt.asUintN(64, decodeIncrement(payload) + 1n));
    },
  });
  const increment = async (caller: NetipcClient, value: bigint): Promise<boolean> =>
    decodeIncrement(await caller.call(encodeIncrement(value))) === value + 1n;
  const client = new NetipcClient(endpoint);
  await client.refresh();
  expect(client.isReady && client.status().transport === 'socket', 'connected over the pipe');
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, index) => increment(client, BigInt(index))),
  );
  expect(answers.every(Boolean), 'a hundred calls in flight');
  mode = 'large';
  expect(
    Buffer.compare(await client.call(encodeIncrement(1n)), large) === 0,
    'limits grow; fourteen packets make one answer',
  );
  mode = 'refuse';
  expect(
    (await wireOf(client.call(encodeIncrement(1n), { isRetried: false }))).includes('status 6'),
    'a refusal arrives',
  );
  mode = 'stuck';
  await client.refresh();
  expect(
    (await wireOf(client.call(encodeIncrement(1n), { timeoutMs: 100 }))).startsWith('TIMEOUT'),
    'a call times out',
  );
  mode = 'increment';
  const stranger = new NetipcClient({ ...endpoint, authToken: 6n });
  await stranger.refresh();
  expect(stranger.status().state === 'AUTH_FAILED', 'a wrong token is refused');
  let served = 0;
  for (let round = 0; round < 100; round += 1) {
    const guest = new NetipcClient(endpoint);
    await guest.refresh();
    if (guest.isReady && (await increment(guest, BigInt(round)))) served += 1;
    guest.close();
  }
  expect(served === 100, 'a hundred clients come and go');
  await client.refresh();
  server.close();
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(client.status().state === 'BROKEN', 'a server that ends is noticed');
  await client.refresh();
  expect(client.status().state === 'NOT_FOUND', 'and is gone');
  for (const caller of [client, stranger]) caller.close();
  say('done');
}

// The process ends by itself: a handle left in the loop would keep it and fail the test.
main().catch((error: unknown) => say(`FAILED ${error instanceof Error ? error.stack : String(error)}`));
