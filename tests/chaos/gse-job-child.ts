// A console that runs one job and is killed in between: node gse-job-child.ts BASE_URL JOURNAL_PATH
// SPEC_JSON.
import { randomUUID } from 'node:crypto';
import { appendFileSync, writeFileSync } from 'node:fs';
import type { JobSpec } from '../../electron/core/gse-job-plan.ts';
import { sendOutgoing } from '../../electron/core/gse-outgoing.ts';
import { JobRunner } from '../../electron/core/gse-job-runner.ts';
import { GseJob } from '../../electron/core/gse-jobs.ts';
import { DispatchClient } from '../../electron/protocols/gse/dispatch-client.ts';
import { SYSTEM_CLOCK } from '../../electron/net/system-clock.ts';

const [baseUrl = '', journalPath = '', specText = ''] = process.argv.slice(2);
const spec = JSON.parse(specText) as JobSpec;
writeFileSync(journalPath, '');
const client = new DispatchClient({
  baseUrl,
  slot: { slotId: 1001n, token: 't' },
  auth: { appCode: '', appSecret: '' },
});
const runner = new JobRunner({
  job: new GseJob(spec),
  dispatch: (outgoing) => sendOutgoing(client, outgoing),
  // A killed process keeps what it has written; only a power cut would need more.
  append: (line) => Promise.resolve(appendFileSync(journalPath, `${line}\n`)),
  clock: SYSTEM_CLOCK,
  uuid: randomUUID,
  onChange: () => undefined,
  onTrouble: () => undefined,
});
process.send?.('begun');
runner.go();
await runner.ended;
await runner.close();
await client.close();
process.send?.('ended');
process.disconnect?.();
