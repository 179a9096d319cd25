/** `signalbox snapshot get|diff|lookup|watch`: asks a netipc provider directly; no console is needed. */
import type { SnapshotDiffRow, SnapshotRow } from '../../../shared/contract/snapshots.ts';
import { OperatingError } from '../../../shared/failure.ts';
import { askApps, askCgroups } from '../../core/netipc/lookups.ts';
import { diffRows, pageRows, rowOf } from '../../core/netipc/snapshot-rows.ts';
import { trackGeneration, type TrackedGeneration } from '../../core/netipc/generation-tracks.ts';
import type { NetipcClient } from '../../protocols/netipc/client.ts';
import { METHOD } from '../../protocols/netipc/envelope.ts';
import { nameHash32 } from '../../protocols/netipc/names.ts';
import { SnapshotCache } from '../../protocols/netipc/snapshot-cache.ts';
import { SYSTEM_CLOCK } from '../../net/system-clock.ts';
import { EXIT } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';
import { connectTo, needAddon, runFolderOf, tokenOf, type EndpointFlags } from './netipc-endpoint.ts';
import type { Output } from './output.ts';

export interface SnapshotOptions extends EndpointFlags {
  readonly service: string;
  readonly output: Output;
  readonly signal: AbortSignal;
}

/** One service, refreshed when told. */
class Source {
  readonly client: NetipcClient;
  private readonly cache: SnapshotCache;
  private last: TrackedGeneration | null = null;

  constructor(client: NetipcClient) {
    this.client = client;
    this.cache = new SnapshotCache(client, SYSTEM_CLOCK, 2);
  }

  /** Fails E_PEER_GONE when the provider went away, E_PROTOCOL when its answer is none. */
  async take(): Promise<TrackedGeneration> {
    const startMs = performance.now();
    const isFresh = await this.cache.refresh();
    const { current } = this.cache;
    const { lastError, client } = this.cache.status();
    if (!isFresh || current === null) {
      const code = client.state === 'NOT_FOUND' ? 'E_PEER_GONE' : 'E_PROTOCOL';
      throw new OperatingError(code, client.reason === '' ? lastError : client.reason);
    }
    if (this.last?.head.number !== current.number) {
      this.last = trackGeneration(current, this.last, performance.now() - startMs);
    }
    return this.last;
  }

  close(): void {
    this.client.close();
  }
}

async function withSource(
  options: SnapshotOptions,
  work: (source: Source) => Promise<ExitCode>,
): Promise<ExitCode> {
  const source = new Source(await connectTo(options, options.service, METHOD.CGROUPS_SNAPSHOT));
  try {
    return await work(source);
  } finally {
    source.close();
  }
}

function rowText(row: SnapshotRow): string {
  const hash = row.hash.toString(16).padStart(8, '0');
  return `${hash} ${row.enabled === 0 ? 'off' : 'on '} ${String(row.options).padStart(3)} ${row.name}  ${row.path}`;
}

function sayHead(options: SnapshotOptions, source: Source, { head }: TrackedGeneration): void {
  const transport = source.client.status().transport ?? 'no transport';
  const facts = `${head.items} items, generation ${head.generation}, systemd ${head.systemdEnabled}`;
  options.output.note(
    `${facts}, ${head.payloadBytes} bytes over ${transport} in ${head.refreshMs.toFixed(1)} ms`,
  );
}

/** `get [filter…]`: every matching row, ordered by path. */
export function get(options: SnapshotOptions & { readonly filter: string }): Promise<ExitCode> {
  return withSource(options, async (source) => {
    const tracked = await source.take();
    sayHead(options, source, tracked);
    const { rows } = pageRows(tracked, [], {
      serviceId: '',
      generationNumber: null,
      filter: options.filter,
      sort: 'path',
      descending: false,
      offset: 0,
      rowsMax: Math.max(1, tracked.head.items),
      historyMax: 0,
    });
    for (const row of rows) {
      options.output.json(row);
      options.output.line(rowText(row));
      await options.output.room();
    }
    return EXIT.ok;
  });
}

const MARKS: Readonly<Record<SnapshotDiffRow['kind'], string>> = {
  added: '+',
  removed: '-',
  changed: '~',
  same: ' ',
};

async function sayChanges(
  options: SnapshotOptions,
  before: TrackedGeneration,
  after: TrackedGeneration,
): Promise<void> {
  const { rows } = diffRows(before, after, {
    serviceId: '',
    from: null,
    to: null,
    filter: '',
    changesOnly: true,
    offset: 0,
    rowsMax: before.head.items + after.head.items + 1,
  });
  for (const change of rows) {
    options.output.json({ atMs: after.head.takenAtMs, ...change });
    const row = change.after ?? change.before;
    if (row !== null) options.output.line(`${MARKS[change.kind]} ${rowText(row)}`);
    await options.output.room();
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}

/** `diff`: what changes within so many seconds. */
export function diff(options: SnapshotOptions & { readonly seconds: number }): Promise<ExitCode> {
  return withSource(options, async (source) => {
    const before = await source.take();
    sayHead(options, source, before);
    await pause(options.seconds * 1_000, options.signal);
    const after = await source.take();
    sayHead(options, source, after);
    await sayChanges(options, before, after);
    return EXIT.ok;
  });
}

/** `watch`: the changes of every refresh until Ctrl-C; a provider that goes away is waited for. */
export function watch(options: SnapshotOptions & { readonly intervalMs: number }): Promise<ExitCode> {
  return withSource(options, async (source) => {
    let before = await source.take();
    sayHead(options, source, before);
    let isLost = false;
    while (!options.signal.aborted) {
      await pause(options.intervalMs, options.signal);
      try {
        const after = await source.take();
        if (isLost) options.output.note('the provider is back');
        isLost = false;
        if (after !== before) await sayChanges(options, before, after);
        before = after;
      } catch (error) {
        // Gone, restarting, or answering nonsense: said once, and tried again.
        if (!(error instanceof OperatingError)) throw error;
        if (!isLost) options.output.note(`lost: ${error.message}; waiting`);
        isLost = true;
      }
    }
    return EXIT.ok;
  });
}

export interface LookupOptions extends SnapshotOptions {
  readonly names: readonly string[];
  /** Null = the FNV-1a hash of the name, then any hash with that name. */
  readonly hash: number | null;
  readonly paths: readonly string[];
  readonly pids: readonly number[];
}

function findName(tracked: TrackedGeneration, name: string, hash: number | null): SnapshotRow | null {
  const bytes = new TextEncoder().encode(name);
  const { index, items } = tracked.generation;
  const position = index.position(hash ?? nameHash32(bytes), bytes);
  if (position >= 0) return rowOf(tracked, position);
  if (hash !== null) return null;
  const found = items.findIndex((item) => Buffer.compare(item.name, bytes) === 0);
  return found < 0 ? null : rowOf(tracked, found);
}

/** `lookup`: names in the snapshot, paths and pids through the look-up services beside it. 1 when anything was not found. */
export async function lookup(options: LookupOptions): Promise<ExitCode> {
  const { output, names, paths, pids } = options;
  let isAllFound = true;
  const say = (key: string, isFound: boolean, value: unknown, text: string): void => {
    output.json({ key, found: isFound, value });
    output.line(`${isFound ? 'hit ' : 'miss'} ${key}${text === '' ? '' : `  ${text}`}`);
    isAllFound &&= isFound;
  };
  if (names.length > 0) {
    await withSource(options, async (source) => {
      const tracked = await source.take();
      for (const name of names) {
        const row = findName(tracked, name, options.hash);
        say(name, row !== null, row, row === null ? '' : rowText(row));
      }
      return EXIT.ok;
    });
  }
  const place = {
    native: needAddon(),
    runFolder: runFolderOf(options),
    authToken: tokenOf(options.tokenFile),
  };
  if (paths.length > 0) {
    for (const item of (await askCgroups(place, paths)).items) {
      say(item.path, item.status === 'known', item, `${item.orchestrator} ${item.name} ${item.status}`);
    }
  }
  if (pids.length > 0) {
    for (const item of (await askApps(place, pids)).items) {
      const text = `${item.comm} ${item.cgroupStatus} ${item.cgroupPath} ${item.orchestrator}`;
      say(String(item.pid), item.status === 'known', item, item.status === 'known' ? text : '');
    }
  }
  return isAllFound ? EXIT.ok : EXIT.failed;
}
