/** The calls of the Cache view. */
import { join } from 'node:path';
import type { CallInput, CallOutput } from '../../../shared/contract/contract.ts';
import type { CallHandlers } from '../../../shared/contract/handlers.ts';
import type { ConsoleParts } from '../console-parts.ts';
import { OperatingError } from '../../../shared/failure.ts';
import { equalBytes } from '../../protocols/netipc/bytes.ts';
import { nameHash32 } from '../../protocols/netipc/names.ts';
import type { TrackedGeneration } from './generation-tracks.ts';
import { askApps, askCgroups } from './lookups.ts';
import { exportRows } from './snapshot-export.ts';
import { diffRows, pageRows, rowOf } from './snapshot-rows.ts';
import { wireOf } from './snapshot-wire.ts';
import type { Snapshots } from './snapshots.ts';

type SnapshotCallName = Extract<keyof CallHandlers, `snapshots.${string}`>;
export type SnapshotCalls = Pick<CallHandlers, SnapshotCallName>;

/** One look-up is far below what a clock can tell: many are timed together. */
const LOOKUPS_TIMED = 256;
const LOOKUP_ROUNDS = 5;

export function snapshotCalls(
  parts: Pick<ConsoleParts, 'snapshots' | 'options' | 'downloads'>,
): SnapshotCalls {
  const { snapshots, options, downloads } = parts;
  return {
    'snapshots.page': async (input) => {
      const tracked = snapshots.generation(input.serviceId, input.generationNumber);
      return pageRows(tracked, snapshots.watcher(input.serviceId).generations, input);
    },
    'snapshots.lookup': async (input) => lookUp(snapshots, input),
    'snapshots.diff': async (input) => {
      const from = snapshots.generation(input.serviceId, input.from);
      return diffRows(from, snapshots.generation(input.serviceId, input.to), input);
    },
    'snapshots.raw': async ({ serviceId, generationNumber, index }) => {
      const tracked = snapshots.generation(serviceId, generationNumber);
      if (index !== null && index >= tracked.generation.items.length) {
        throw new OperatingError('E_NOT_FOUND', `row ${index} of ${tracked.generation.items.length}`);
      }
      return wireOf(tracked, index);
    },
    'snapshots.act': async (input) => {
      await snapshots.act(input);
      return snapshots.list();
    },
    'snapshots.cgroups': ({ serviceId, paths }) =>
      runAsked(() => askCgroups(snapshots.lookupPlace(serviceId), paths)),
    'snapshots.apps': ({ serviceId, pids }) =>
      runAsked(() => askApps(snapshots.lookupPlace(serviceId), pids)),
    'snapshots.export': async (input) => {
      const tracked = snapshots.generation(input.serviceId, input.generationNumber);
      const folder = join(options.dataFolder, 'exports');
      const file = await exportRows(folder, options.clock.wallMs(), tracked, input);
      return { ...file, downloadPath: options.host === 'serve' ? downloads.offer(file.path) : null };
    },
  };
}

/** What is thrown before the first wait is a rejection too. */
async function runAsked<Output>(ask: () => Promise<Output>): Promise<Output> {
  return ask();
}

/** Of the first row with that name; of a name nobody has, what this console's own providers would give it. */
function hashOfName({ generation }: TrackedGeneration, name: Uint8Array): number {
  const found = generation.items.find((item) => equalBytes(item.name, name));
  return found?.hash ?? nameHash32(name);
}

function lookUp(snapshots: Snapshots, input: CallInput<'snapshots.lookup'>): CallOutput<'snapshots.lookup'> {
  const tracked = snapshots.generation(input.serviceId, input.generationNumber);
  const name =
    input.nameHex === null
      ? new TextEncoder().encode(input.name)
      : Uint8Array.from(Buffer.from(input.nameHex, 'hex'));
  const { index } = tracked.generation;
  const hash = input.hash ?? hashOfName(tracked, name);
  const rounds: number[] = [];
  for (let round = 0; round < LOOKUP_ROUNDS; round += 1) {
    const startMs = performance.now();
    for (let turn = 0; turn < LOOKUPS_TIMED; turn += 1) index.position(hash, name);
    rounds.push(((performance.now() - startMs) * 1e6) / LOOKUPS_TIMED);
  }
  const lookupNs = rounds.toSorted((left, right) => left - right)[LOOKUP_ROUNDS >> 1] ?? 0;
  const position = index.position(hash, name);
  const row = position < 0 ? null : rowOf(tracked, position, snapshots.watcher(input.serviceId).generations);
  return { row, lookupNs, generation: tracked.head.number };
}
