// GSE: encoding a dispatch beside JSON.stringify, reading frames whole and byte by byte, callbacks into the
// store beside a bare node:http server, and a job of 50 000 targets against the lab.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'undici';
import type { JobSpec } from '../electron/core/gse-job-plan.ts';
import { JobRunner } from '../electron/core/gse-job-runner.ts';
import { sendOutgoing } from '../electron/core/gse-outgoing.ts';
import { GseJob } from '../electron/core/gse-jobs.ts';
import { GseLab } from '../electron/lab/gse/gse-lab.ts';
import { simulatedFate } from '../electron/lab/gse/simulated-agents.ts';
import { openCallbackServer, type UplinkReceived } from '../electron/protocols/gse/callback-server.ts';
import { DispatchClient } from '../electron/protocols/gse/dispatch-client.ts';
import { encodeDispatchRequest, encodeUplink } from '../electron/protocols/gse/dispatch-messages.ts';
import { encodeFrame, FRAME_TYPES, FrameReader } from '../electron/protocols/gse/frames.ts';
import type { NewEvent } from '../electron/store/event-store.ts';
import { openEventStore } from '../electron/store/open-event-store.ts';
import { SYSTEM_CLOCK as clock } from '../electron/net/system-clock.ts';
import type { BenchLine } from './bench-line.ts';

export const name = 'gse';

type Report = (line: BenchLine) => void;

const ENCODE_BAR = 0.5;
const FRAMES_BAR = 300_000;
const LINEAR_BAR = 3;
const CALLBACK_BAR = 0.6;
const JOB_SECONDS_BAR = 15;
const ROUNDS = 7;

export async function run(report: Report): Promise<void> {
  encoding(report);
  reading(report);
  const folder = await mkdtemp(join(tmpdir(), 'gse-bench-'));
  try {
    await callbacks(report, folder);
    await job(report, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Milliseconds of the quietest of some rounds: what else the machine does only adds. */
function quietest(work: () => void, rounds = ROUNDS): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round += 1) {
    const startMs = performance.now();
    work();
    best = Math.min(best, performance.now() - startMs);
  }
  return best;
}

function encoding(report: Report): void {
  const TURNS = 500;
  const agentIds = Array.from(
    { length: 1_000 },
    (_, index) => `02000000005254${String(index).padStart(21, '0')}n`,
  );
  const text = JSON.stringify({
    cmd: 'reload',
    note: 'x'.repeat(900),
    args: Array.from({ length: 20 }, (_, i) => i),
  });
  const content = Buffer.from(text);
  const plain = { slot_id: 10, token: 't', message_id: 'm', agent_id_list: agentIds, content: text };
  let length = 0;
  const repeat = (work: () => number) => (): void => {
    for (let turn = 0; turn < TURNS; turn += 1) length += work();
  };
  const ours = repeat(
    () => encodeDispatchRequest({ slotId: 10n, token: 't', messageId: 'm', agentIds, content }).length,
  );
  const theirs = repeat(() => JSON.stringify(plain).length);
  let oursMs = Number.POSITIVE_INFINITY;
  let theirsMs = Number.POSITIVE_INFINITY;
  // By turns, so that both meet the same machine.
  for (let round = 0; round < ROUNDS; round += 1) {
    oursMs = Math.min(oursMs, quietest(ours, 1));
    theirsMs = Math.min(theirsMs, quietest(theirs, 1));
  }
  if (length === 0) throw new Error('nothing was encoded');
  report({
    what: 'encode a dispatch for 1 000 agents, 1 kB content, to bytes',
    figure: (TURNS * 1_000) / oursMs,
    unit: 'requests/s',
    ratio: theirsMs / oursMs,
    against: 'JSON.stringify (to a string)',
    bar: `≥ ${ENCODE_BAR} × JSON.stringify`,
    holds: theirsMs / oursMs >= ENCODE_BAR,
  });
}

function reading(report: Report): void {
  const info = Buffer.from('{"message_id":"server-msg-1","session_id":""}');
  const frame = encodeFrame({
    type: FRAME_TYPES.dispatch,
    sequence: 1n,
    info,
    content: Buffer.alloc(1_024, 'x'),
  });
  const chunk = Buffer.concat(Array.from({ length: 60 }, () => frame));
  const CHUNKS = 500;
  let frames = 0;
  const wholeMs = quietest(() => {
    const reader = new FrameReader();
    for (let turn = 0; turn < CHUNKS; turn += 1) frames += reader.push(chunk).frames.length;
  });
  if (frames !== CHUNKS * 60 * ROUNDS) throw new Error(`${frames} frames`);
  const perSecond = (CHUNKS * 60 * 1_000) / wholeMs;
  const holds = perSecond >= FRAMES_BAR;
  report({
    what: 'frame reader, 1 kB messages',
    figure: perSecond,
    unit: 'frames/s',
    ratio: null,
    against: '',
    bar: `≥ ${FRAMES_BAR} frames/s`,
    holds,
  });
  const perByte = [64 * 1_024, 1_024 * 1_024].map((bytes) => byteByByteNs(bytes));
  const growth = (perByte[1] ?? 0) / (perByte[0] ?? 1);
  report({
    what: 'frame reader, a frame of 1 MiB in pieces of one byte',
    figure: perByte[1] ?? 0,
    unit: 'ns/byte',
    ratio: growth,
    against: 'a frame of 64 KiB',
    bar: `≤ ${LINEAR_BAR} × per byte, so linear`,
    holds: growth <= LINEAR_BAR,
  });
}

function byteByByteNs(bytes: number): number {
  const frame = encodeFrame({
    type: FRAME_TYPES.dispatch,
    sequence: 1n,
    info: Buffer.alloc(1),
    content: Buffer.alloc(bytes),
  });
  const ms = quietest(() => {
    const reader = new FrameReader();
    let frames = 0;
    for (let offset = 0; offset < frame.length; offset += 1)
      frames += reader.push(frame.subarray(offset, offset + 1)).frames.length;
    if (frames !== 1) throw new Error('no frame');
  }, 4);
  return (ms * 1e6) / frame.length;
}

const CALLBACKS = 20_000;
const SENDERS = 64;

async function callbacks(report: Report, folder: string): Promise<void> {
  const figures: { bare: number[]; ours: number[] } = { bare: [], ours: [] };
  for (let round = 0; round < 2; round += 1) {
    figures.bare.push(await bareRate());
    figures.ours.push(await listenerRate(join(folder, `store-${round}`)));
  }
  const bare = Math.max(...figures.bare);
  const ours = Math.max(...figures.ours);
  report({
    what: 'bare node:http answering 200',
    figure: bare,
    unit: 'callbacks/s',
    ratio: null,
    against: '',
    bar: 'for comparison',
    holds: null,
  });
  report({
    what: 'callback listener → committed in the store',
    figure: ours,
    unit: 'callbacks/s',
    ratio: ours / bare,
    against: 'bare node:http',
    bar: `≥ ${CALLBACK_BAR} × bare node:http`,
    holds: ours / bare >= CALLBACK_BAR,
  });
}

async function bareRate(): Promise<number> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      JSON.parse(Buffer.concat(parts).toString('utf8'));
      response.writeHead(200, { 'Content-Length': '0' });
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await postMany((server.address() as AddressInfo).port);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

async function listenerRate(folder: string): Promise<number> {
  const store = await openEventStore({ folder, clock, retentionDays: 30, retentionBytes: 4 * 1024 ** 3 });
  const server = await openCallbackServer({
    host: '127.0.0.1',
    port: 0,
    path: '/cb',
    clock,
    accept: async (uplink) => void (await store.append([newEvent(uplink)])),
    refuse: () => Promise.resolve(),
  });
  try {
    return await postMany(server.port);
  } finally {
    await server.close();
    await store.close();
  }
}

function newEvent({ receivedAtMs, agentId, messageId, peer, body, head }: UplinkReceived): NewEvent {
  const from = {
    source: 'gse',
    kind: 'event',
    severity: 'info',
    link: 'gse-bench',
    simulated: true,
  } as const;
  return {
    ...from,
    receivedAtMs,
    type: 'uplink',
    host: agentId,
    peer,
    id: messageId,
    sentAtS: null,
    body,
    head,
  };
}

async function postMany(port: number): Promise<number> {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: SENDERS, pipelining: 1 });
  let next = 0;
  const sender = async (): Promise<void> => {
    for (let index = next++; index < CALLBACKS; index = next++) {
      const body = encodeUplink(`m-${index}`, '0:127.0.0.1', Buffer.from('{"code":0,"data":[]}'));
      const answer = await pool.request({ path: '/cb', method: 'POST', body });
      await answer.body.dump();
      if (answer.statusCode !== 200) throw new Error(`status ${answer.statusCode}`);
    }
  };
  try {
    const startMs = performance.now();
    await Promise.all(Array.from({ length: SENDERS }, sender));
    return (CALLBACKS * 1_000) / (performance.now() - startMs);
  } finally {
    await pool.destroy();
  }
}

const TARGETS = 50_000;
const BATCH = 1_000;
const AT_ONCE = 4;

/**
 * Without screen and disk: how long the job, its requests and the lab take. Every outcome must be the one the
 * lab foretells.
 */
async function job(report: Report, folder: string): Promise<void> {
  const behaviour = { failEvery: 50, silentEvery: 40, replyEvery: 0, replyAfterMsMin: 0, replyAfterMsMax: 0 };
  const slot = { slotId: 10n, token: 't', pluginName: 'bench', callbackUrl: null };
  const lab = await GseLab.start({
    folder,
    port: 0,
    clock,
    slot,
    simulatedCount: TARGETS,
    behaviour,
    plugins: [],
  });
  const client = new DispatchClient({
    baseUrl: lab.server.baseUrl,
    slot,
    auth: { appCode: 'c', appSecret: 's' },
  });
  try {
    const job = new GseJob(jobSpec(lab.simulated.ids()));
    let journalBytes = 0;
    const runner = new JobRunner({
      job,
      dispatch: (outgoing) => sendOutgoing(client, outgoing),
      append: (line) => Promise.resolve(void (journalBytes += line.length)),
      clock,
      uuid: randomUUID,
      onChange: () => undefined,
      onTrouble: () => undefined,
    });
    const startMs = performance.now();
    runner.go();
    await runner.ended;
    const seconds = (performance.now() - startMs) / 1_000;
    await runner.close();
    for (let index = 0; index < TARGETS; index += 1) {
      const wanted = simulatedFate(index, behaviour) === 'fails' ? 'failed' : 'ok';
      if (job.row(index).state !== wanted)
        throw new Error(`row ${index} is ${job.row(index).state}, not ${wanted}`);
    }
    if (journalBytes === 0) throw new Error('nothing was written down');
    report({
      what: 'job of 50 000 lab agents, batches of 1 000, 4 at once, outcomes exact',
      figure: seconds,
      unit: 's',
      ratio: null,
      against: '',
      bar: `≤ ${JOB_SECONDS_BAR} s`,
      holds: seconds <= JOB_SECONDS_BAR,
    });
  } finally {
    await client.close();
    await lab.close();
  }
}

function jobSpec(targets: readonly string[]): JobSpec {
  return {
    id: 'bench',
    parentId: null,
    createdAtMs: 0,
    profile: 'lab',
    targets,
    messageId: 'bench-{{uuid}}',
    content: { base64: Buffer.alloc(1_024, 'x').toString('base64') },
    variables: {},
    rolling: '',
    multi: false,
    requestTargetsMax: BATCH,
    concurrency: AT_ONCE,
    delayMs: 0,
    onFailure: 'continue',
    replyTimeoutMs: null,
  };
}
