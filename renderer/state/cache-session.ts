/**
 * The Cache view of this window while it is open: services, clock and loader brought together, and what can
 * be done.
 */
import type * as v from 'valibot';
import type { SignalboxApi } from '../../shared/contract/api.ts';
import type { GenerationHead, SnapshotService, snapshotActInput } from '../../shared/contract/snapshots.ts';
import type { Failure } from '../../shared/failure.ts';
import { CacheLoader } from './cache-loader.ts';
import { freshBook, serviceOf, useCache } from './cache-slice.ts';
import { momentOf, stepFrom, targetOf } from './cache-time.ts';
import { oncePerFrame } from './once-per-frame.ts';
import { goLive, jumpTo, useTime } from './time-slice.ts';
import { watchStream } from './watch-stream.ts';

export type ServiceAct = v.InferOutput<typeof snapshotActInput>;

/** Opens it; the returned function closes it. The rows stay in memory until it is opened again. */
export function openCache(api: SignalboxApi): () => void {
  const loader = new CacheLoader({
    api,
    freshBook,
    onLoading: () => useCache.setState({ status: 'loading' }),
    onReady: (headServiceId, head) =>
      useCache.setState(({ version }) => ({
        head,
        headServiceId,
        version: version + 1,
        status: 'ready',
        failure: null,
      })),
    onFailed: (failure) => useCache.setState({ status: 'failed', failure }),
  });
  const follow = (): void => steer(loader);
  const takeServices = oncePerFrame((services: readonly SnapshotService[]) => {
    useCache.setState(({ serviceId }) => ({
      services,
      staleSinceMs: null,
      serviceId: services.some(({ id }) => id === serviceId) ? serviceId : firstChoice(services),
    }));
    follow();
  });
  const stops = [
    watchStream(
      api,
      'snapshots.services',
      {},
      {
        onItem: (item) => takeServices(item.services),
        onBreak: () =>
          useCache.setState(({ staleSinceMs }) => ({ staleSinceMs: staleSinceMs ?? Date.now() })),
      },
    ),
    useTime.subscribe(follow),
    useCache.subscribe((next, previous) => {
      if (next.serviceId !== previous.serviceId) follow();
    }),
    () => loader.stop(),
  ];
  follow();
  return () => {
    for (const stop of stops) stop();
  };
}

/** A service that has rows is a better first sight than one that is missing. */
function firstChoice(services: readonly SnapshotService[]): string | null {
  const full = services.find(({ current }) => current !== null && current.items > 0);
  return (full ?? services[0])?.id ?? null;
}

function steer(loader: CacheLoader): void {
  const slice = useCache.getState();
  const service = serviceOf(slice);
  const { time } = useTime.getState();
  const target = targetOf(time, service?.generations ?? [], slice.pin);
  if (service === null || target === null) {
    if (slice.head !== null || slice.isForgotten) useCache.setState({ head: null, isForgotten: false });
    loader.want(null);
    return;
  }
  const { number, isLive, isForgotten } = target;
  const pin = time.mode === 'live' ? null : { atMs: momentOf(time), number };
  if (isForgotten !== slice.isForgotten || pin?.number !== slice.pin?.number || pin?.atMs !== slice.pin?.atMs)
    useCache.setState({ isForgotten, pin });
  const kept = service.generations.map((head) => head.number);
  const isHeld = slice.headServiceId === service.id && slice.head?.number === number;
  // What is looked at stays, also when the core has let it go.
  if (!kept.includes(number) && isHeld) return;
  if (kept.includes(number)) loader.want({ serviceId: service.id, number, isLive, kept });
}

export function selectService(serviceId: string): void {
  if (useCache.getState().serviceId !== serviceId) useCache.setState({ serviceId, selectedKey: null });
}

/** `[` and `]`. */
export function stepGeneration(step: 1 | -1): void {
  const slice = useCache.getState();
  const heads = serviceOf(slice)?.generations ?? [];
  if (slice.head === null) return;
  const next = stepFrom(slice.head.number, useTime.getState().time.mode === 'live', heads, step);
  if (next === 'live') goLive();
  else if (next !== null) goTo(next);
}

/** The generation of that number; the newest is the live end. */
export function showGeneration(number: number): void {
  const heads = serviceOf(useCache.getState())?.generations ?? [];
  const head = heads.find((other) => other.number === number);
  if (head === undefined) return;
  if (head === heads.at(-1)) goLive();
  else goTo(head);
}

function goTo({ takenAtMs: atMs, number }: GenerationHead): void {
  useCache.setState({ pin: { atMs, number } });
  jumpTo(atMs);
}

/** Null when it worked. */
export async function actOnService(api: SignalboxApi, input: ServiceAct): Promise<Failure | null> {
  useCache.setState({ busyServiceId: input.serviceId });
  const result = await api.call('snapshots.act', input);
  useCache.setState(
    result.ok ? { busyServiceId: null, services: result.value.services } : { busyServiceId: null },
  );
  return result.ok ? null : result.failure;
}
