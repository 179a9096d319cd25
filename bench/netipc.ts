/**
 * netipc beside plain C doing the same (netipc_echo.c), both ends pinned to one core, short rounds in turn, medians of ratios taken in
 * the same round. On a busy machine read the ratios, and run it again.
 */
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { NetipcClient } from '../electron/protocols/netipc/client.ts';
import { CgroupLookupView, encodeCgroupLookupResponse } from '../electron/protocols/netipc/cgroups-lookup.ts';
import { SnapshotView } from '../electron/protocols/netipc/cgroups-snapshot.ts';
import { METHOD } from '../electron/protocols/netipc/envelope.ts';
import { nameHash32 } from '../electron/protocols/netipc/names.ts';
import { SnapshotCache } from '../electron/protocols/netipc/snapshot-cache.ts';
import { loadNative } from '../native/index.ts';
import type { BenchLine } from './bench-line.ts';
import { median } from './median.ts';

export const name = 'netipc';

type Report = (line: BenchLine) => void;

const HERE = fileURLToPath(new URL('.', import.meta.url));
const PEER = join(HERE, 'netipc', 'peer.ts');
const ROUNDS = 5;
const TURNS = 20_000;
const ITEMS = 5_000;
const SNAPSHOT_ROUNDS = 31;
const LOOKUPS = 2_000_000;
const C_LOOKUP_CODEC_PER_S = 960_000;
const CORE = '0';
const PIPELINE_BAR = 1.5;

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

class Place {
  readonly folder = mkdtempSync(join(tmpdir(), 'sb-bench-'));
  readonly echo = join(this.folder, 'netipc_echo');
  private readonly children: ChildProcess[] = [];

  path(file: string): string {
    return join(this.folder, file);
  }

  /** A peer in the background, pinned; resolves when it is ready. */
  async start(core: string, ...words: readonly string[]): Promise<void> {
    const child = spawn('taskset', ['-c', core, ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.children.push(child);
    await new Promise<void>((resolve, reject) => {
      child.stdout.once('data', () => resolve());
      child.once('exit', (code) => reject(new Error(`${words.join(' ')} ended with ${code}`)));
    });
  }

  /** Runs one end to its result: operations a second. */
  measure(core: string, ...words: readonly string[]): number {
    return Number(execFileSync('taskset', ['-c', core, ...words], { encoding: 'utf8', timeout: 120_000 }));
  }

  close(): void {
    for (const child of this.children) child.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export async function run(report: Report): Promise<void> {
  const loaded = loadNative();
  if (loaded.native === null) throw new Error(`the native addon is needed: ${loaded.reason}`);
  const place = new Place();
  try {
    const built = spawnSync('cc', ['-O2', '-o', place.echo, join(HERE, 'netipc_echo.c')], {
      stdio: 'inherit',
    });
    if (built.status !== 0) throw new Error('netipc_echo.c was not built');
    await benchTransports(place, report);
    if (availableParallelism() > 1) await benchTwoCores(place, report);
    await benchSnapshot(place, report);
    benchCodec(report);
  } finally {
    place.close();
  }
}

interface Row {
  readonly what: string;
  /** Null: only for information. */
  readonly bar: number | null;
  /** `itself`: the row before. */
  readonly against: 'socket' | 'region' | 'itself';
  run(): number;
}

/** Each row beside the C of its round, or beside the row before it. */
function transportRows(place: Place): Row[] {
  const { echo } = place;
  const node = (...words: readonly string[]): number =>
    place.measure(CORE, process.execPath, PEER, ...words, String(TURNS));
  const loop = 'event-loop client, ping-pong of 64 bytes';
  return [
    { what: loop, bar: 0.7, against: 'socket', run: () => node('loop-client', place.path('echo.sock')) },
    {
      what: 'event-loop server, ping-pong of 64 bytes',
      bar: 0.7,
      against: 'socket',
      run: () => place.measure(CORE, echo, 'call', place.path('loop.sock'), String(TURNS), '64'),
    },
    {
      what: 'blocking client in a worker',
      bar: 0.8,
      against: 'socket',
      run: () => node('blocking-client', place.path('echo.sock')),
    },
    {
      what: 'shared memory, futex, client in a worker',
      bar: 0.75,
      against: 'region',
      run: () => node('region-client', place.path('region')),
    },
    {
      what: 'typed call (increment), event loop',
      bar: 0.55,
      against: 'socket',
      run: () => node('typed-calls', place.folder),
    },
    {
      what: 'typed calls, 16 at once, event loop',
      bar: PIPELINE_BAR,
      against: 'itself',
      run: () => node('pipelined', place.folder),
    },
    {
      what: 'session (L1), one message at a time, event loop',
      bar: null,
      against: 'socket',
      run: () => node('session-messages', place.folder),
    },
    {
      what: 'session (L1), 16 messages at once, event loop',
      bar: PIPELINE_BAR,
      against: 'itself',
      run: () => node('session-pipelined', place.folder),
    },
  ];
}

async function benchTransports(place: Place, report: Report): Promise<void> {
  const { echo } = place;
  await place.start(CORE, echo, 'echo', place.path('echo.sock'));
  await place.start(CORE, echo, 'frames', place.path('frames.sock'));
  await place.start(CORE, echo, 'region-echo', place.path('region'), '0');
  await place.start(CORE, process.execPath, PEER, 'loop-server', place.path('loop.sock'));
  const socketC = (): number =>
    place.measure(CORE, echo, 'call', place.path('echo.sock'), String(TURNS), '64');
  const rows = transportRows(place);
  const figures = new Map<string, { figures: number[]; ratios: number[] }>();
  for (let round = 0; round < ROUNDS; round += 1) {
    const socket = socketC();
    const region = place.measure(CORE, echo, 'region-call', place.path('region'), String(TURNS), '0');
    let last = 1;
    for (const row of rows) {
      const figure = row.run();
      const beside = { socket, region, itself: last }[row.against];
      last = figure;
      const held = figures.get(row.what) ?? { figures: [], ratios: [] };
      held.figures.push(figure);
      held.ratios.push(figure / beside);
      figures.set(row.what, held);
    }
  }
  for (const { what, bar, against } of rows) {
    const held = figures.get(what) ?? { figures: [], ratios: [] };
    const ratio = median(held.ratios);
    const name = against === 'itself' ? 'its own ping-pong' : 'C';
    const text = bar === null ? 'for information' : `≥ ${bar} × ${name}`;
    report({
      what,
      figure: median(held.figures),
      unit: '/s',
      ratio,
      against: name,
      bar: text,
      holds: bar === null ? null : ratio >= bar,
    });
  }
}

async function benchTwoCores(place: Place, report: Report): Promise<void> {
  const SPIN = '20000';
  await place.start('1', place.echo, 'region-echo', place.path('spinning'), SPIN);
  const figures = Array.from({ length: ROUNDS }, () =>
    place.measure(
      CORE,
      process.execPath,
      PEER,
      'region-client',
      place.path('spinning'),
      String(TURNS * 5),
      SPIN,
    ),
  );
  const figure = median(figures);
  report({
    what: 'shared memory, spinning, two cores',
    figure,
    unit: '/s',
    ratio: null,
    against: '',
    bar: '≥ 400 000/s',
    holds: figure >= 400_000,
  });
}

async function benchSnapshot(place: Place, report: Report): Promise<void> {
  const { native } = loadNative();
  if (native === null) return;
  await place.start('1', process.execPath, PEER, 'snapshot-server', place.folder, String(ITEMS));
  const client = new NetipcClient({
    native,
    runFolder: place.folder,
    service: 'snapshot',
    method: METHOD.CGROUPS_SNAPSHOT,
    authToken: 0n,
  });
  const clock = { wallMs: () => Date.now(), monotonicMs: () => performance.now() };
  const cache = new SnapshotCache(client, clock, 2);
  for (let turn = 0; turn < 10; turn += 1) await cache.refresh();
  const wholeMs: number[] = [];
  const decodeMs: number[] = [];
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  for (let round = 0; round < SNAPSHOT_ROUNDS; round += 1) {
    const startMs = performance.now();
    if (!(await cache.refresh())) throw new Error(cache.status().lastError);
    wholeMs.push(performance.now() - startMs);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  delay.disable();
  const { current } = cache;
  if (current === null) throw new Error('no snapshot');
  for (let round = 0; round < SNAPSHOT_ROUNDS; round += 1) {
    const startMs = performance.now();
    const view = new SnapshotView(current.payload);
    let textBytes = 0;
    for (let index = 0; index < view.itemCount; index += 1) {
      const { name, path } = view.item(index);
      textBytes += name.length + path.length;
    }
    decodeMs.push(performance.now() - startMs);
    if (textBytes > current.payload.length) throw new Error('not what was sent');
  }
  const blockedMs = Math.max(0, delay.percentile(99) / 1e6 - 1);
  const line = (what: string, figure: number, max: number): void =>
    report({ what, figure, unit: 'ms', ratio: null, against: '', bar: `≤ ${max} ms`, holds: figure <= max });
  line(`snapshot of ${current.items.length} items: call, decode, index, publish`, median(wholeMs), 8);
  line('decoding it', median(decodeMs), 2);
  line('event loop blocked meanwhile, p99', blockedMs, 10);
  benchLookup(cache, report);
  client.close();
}

function benchLookup(cache: SnapshotCache, report: Report): void {
  const items = cache.current?.items ?? [];
  const byName = new Map(items.map((item) => [item.hash, item]));
  const ratios: number[] = [];
  const figures: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const ours = perSecond(LOOKUPS, (turn) => {
      const item = items[turn % items.length];
      return item !== undefined && cache.get(item.hash, item.name) !== null;
    });
    const plain = perSecond(LOOKUPS, (turn) => byName.has(items[turn % items.length]?.hash ?? 0));
    figures.push(ours);
    ratios.push(ours / plain);
  }
  const figure = median(figures);
  report({
    what: 'cache look-up by hash and name',
    figure,
    unit: '/s',
    ratio: median(ratios),
    against: 'Map.has by number',
    bar: '≥ 10 000 000/s',
    holds: figure >= 10_000_000,
  });
}

function perSecond(turns: number, act: (turn: number) => boolean): number {
  let hits = 0;
  const startMs = performance.now();
  for (let turn = 0; turn < turns; turn += 1) if (act(turn)) hits += 1;
  if (hits !== turns) throw new Error(`${hits} of ${turns} found`);
  return (turns * 1_000) / (performance.now() - startMs);
}

function benchCodec(report: Report): void {
  const items = Array.from({ length: 16 }, (_, index) => {
    const isKnown = index % 4 !== 3;
    const name = utf8(isKnown ? `pod-${index}` : '');
    const labels = isKnown ? [{ key: utf8('namespace'), value: utf8('bench') }] : [];
    return {
      status: isKnown ? 0 : 1,
      orchestrator: isKnown ? 3 : 0,
      path: utf8(`/cg/${index}`),
      name,
      labels,
    };
  });
  const payload = encodeCgroupLookupResponse(items, BigInt(nameHash32(utf8('bench'))));
  const figures = Array.from({ length: ROUNDS }, () =>
    perSecond(50_000, () => new CgroupLookupView(payload).itemCount === 16),
  );
  const figure = median(figures);
  report({
    what: 'look-up codec: a response of 16 mixed keys, checked whole',
    figure,
    unit: '/s',
    ratio: figure / C_LOOKUP_CODEC_PER_S,
    against: 'the C library elsewhere',
    bar: '≥ 0.25 × 960 000/s',
    holds: figure >= C_LOOKUP_CODEC_PER_S / 4,
  });
}
