/** What the console remembers of a generation beside its items: since when each is there and unchanged, and how it differs from the one before. */
import type { Generation } from '../../protocols/netipc/snapshot-cache.ts';
import type { GenerationHead } from '../../../shared/contract/snapshots.ts';

export interface TrackedGeneration {
  readonly generation: Generation;
  readonly head: GenerationHead;
  /** By position in the generation; generation numbers. */
  readonly presentSince: Uint32Array;
  readonly unchangedSince: Uint32Array;
}

function isSameItem(left: Generation['items'][number], right: Generation['items'][number]): boolean {
  return (
    left.options === right.options &&
    left.enabled === right.enabled &&
    Buffer.compare(left.path, right.path) === 0
  );
}

/** `before` is the generation just before it, null for the first. `refreshMs` = what the refresh took. */
export function trackGeneration(
  generation: Generation,
  before: TrackedGeneration | null,
  refreshMs: number,
): TrackedGeneration {
  const { items, number } = generation;
  const presentSince = new Uint32Array(items.length).fill(number);
  const unchangedSince = new Uint32Array(items.length).fill(number);
  const counts = { added: 0, changed: 0, stayed: 0 };
  for (const [position, item] of items.entries()) {
    const at = before?.generation.index.position(item.hash, item.name) ?? -1;
    const old = before?.generation.items[at];
    if (before === null || old === undefined) {
      counts.added += 1;
      continue;
    }
    counts.stayed += 1;
    presentSince[position] = before.presentSince[at] ?? number;
    if (isSameItem(old, item)) unchangedSince[position] = before.unchangedSince[at] ?? number;
    else counts.changed += 1;
  }
  const removed = Math.max(0, (before?.generation.items.length ?? 0) - counts.stayed);
  const head: GenerationHead = {
    number,
    generation: String(generation.generation),
    items: items.length,
    systemdEnabled: generation.systemdEnabled,
    takenAtMs: generation.takenAtWallMs,
    payloadBytes: generation.payload.length,
    refreshMs,
    added: counts.added,
    removed,
    changed: counts.changed,
  };
  return { generation, head, presentSince, unchangedSince };
}

/** The same generation again: only its time moves on. */
export function confirmGeneration(tracked: TrackedGeneration, generation: Generation): TrackedGeneration {
  return { ...tracked, generation, head: { ...tracked.head, takenAtMs: generation.takenAtWallMs } };
}
