/**
 * The process the store's chaos tests kill: appends for ever and says what was acknowledged.
 * `node store-child.ts FOLDER ROUND DURABILITY`; each body is {"round":r,"index":i}, i from 0 without a gap.
 * Lines: `ready`, `ack SEQ COUNT`, `refused CODE`, `state STATE`, `locked MESSAGE`.
 */
import { writeSync } from 'node:fs';
import { SYSTEM_CLOCK } from '../../electron/net/system-clock.ts';
import { OperatingError } from '../../shared/failure.ts';
import { openEventStore } from '../../electron/store/open-event-store.ts';
import { makeEvent } from '../kit/store-kit.ts';

const [folder = '', round = '0', durability = 'normal'] = process.argv.slice(2);
const PAD = 'x'.repeat(3_000);
const PAUSE_AFTER_REFUSAL_MS = 50;
/** Some calls wait in line, as with a busy listener. */
const CALLS_IN_FLIGHT = 4;

/** Straight to the pipe: what is said has been said, however this process ends. */
function say(line: string): void {
  writeSync(1, `${line}\n`);
}

let index = 0;

async function run(): Promise<void> {
  const store = await openEventStore({
    folder,
    clock: SYSTEM_CLOCK,
    retentionDays: 3_650,
    // Two hundred rounds write more than 4 GiB, and what retention frees would look like a loss.
    retentionBytes: 2 ** 40,
    durability: durability === 'full' ? 'full' : 'normal',
    onStateChange: (stats) => say(`state ${stats.state}`),
  });
  say('ready');
  await Promise.all(Array.from({ length: CALLS_IN_FLIGHT }, () => appendForEver(store)));
}

async function appendForEver(store: Awaited<ReturnType<typeof openEventStore>>): Promise<void> {
  for (;;) {
    const count = 1 + Math.floor(Math.random() * 40);
    const first = index;
    index += count;
    const events = Array.from({ length: count }, (_, offset) => {
      const pad = PAD.slice(0, Math.floor(Math.random() * PAD.length));
      const body = `{"round":${round},"index":${first + offset},"pad":"${pad}"}`;
      return makeEvent(first + offset, { body: Buffer.from(body) });
    });
    try {
      const rows = await store.append(events);
      say(`ack ${rows[0]?.seq} ${rows.length}`);
    } catch (error) {
      if (!(error instanceof OperatingError)) throw error;
      say(`refused ${error.code}`);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_AFTER_REFUSAL_MS));
    }
  }
}

try {
  await run();
} catch (error) {
  if (!(error instanceof OperatingError)) throw error;
  say(`${error.code === 'E_STORE_LOCKED' ? 'locked' : 'failed'} ${error.message}`);
  process.exitCode = 3;
}
