/**
 * Stored events, from the running console when there is one, else from the store itself under its own lock.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { FeedPage, TimeRange } from '../../../shared/contract/feed.ts';
import { OperatingError } from '../../../shared/failure.ts';
import type { Failure, Result } from '../../../shared/failure.ts';
import type { Client } from '../../../shared/rpc/client.ts';
import { compileFilter } from '../../core/row-filter.ts';
import type { EventStore } from '../../store/event-store.ts';
import { openEventStore } from '../../store/open-event-store.ts';
import { DATABASE_FILE } from '../../store/schema.ts';
import { SYSTEM_CLOCK } from '../../net/system-clock.ts';
import { attach } from './attach.ts';
import type { Attached } from './attach.ts';

export interface PageAsk {
  readonly filter: string;
  readonly range: TimeRange;
  readonly direction: 'before' | 'after';
  readonly anchorSeq: number;
  readonly rowsMax: number;
}

export type EventSource =
  | {
      readonly kind: 'console';
      readonly attached: Attached;
      page(ask: PageAsk): Promise<FeedPage>;
      close(): Promise<void>;
    }
  | {
      readonly kind: 'store';
      readonly store: EventStore;
      page(ask: PageAsk): Promise<FeedPage>;
      close(): Promise<void>;
    };

/**
 * Fails with E_PEER_GONE when no console runs and nothing was ever stored there, E_STORE_LOCKED when a
 * console has it that cannot be reached.
 */
export async function openEventSource(dataFolder: string): Promise<EventSource> {
  const attached = await attach(dataFolder);
  if (attached !== null) {
    const { client } = attached;
    return {
      kind: 'console',
      attached,
      page: (ask) => answer(client, ask),
      close: async () => {
        client.close('done');
        await attached.closed;
      },
    };
  }
  if (!existsSync(join(dataFolder, DATABASE_FILE))) {
    const fix = 'Start a console (signalbox serve), or name its folder with --data.';
    throw new OperatingError('E_PEER_GONE', `no console runs and no events are stored in ${dataFolder}.`, {
      fix,
    });
  }
  const store = await openStoreToRead(dataFolder);
  return {
    kind: 'store',
    store,
    page: (ask) => store.page({ ...ask, filter: compileFilter(ask.filter)?.expression ?? null }),
    close: () => store.close(),
  };
}

/** Looking must not free anything: how long events are kept is the console's business. */
export function openStoreToRead(dataFolder: string): Promise<EventStore> {
  const keepAll = { retentionDays: 3_650, retentionBytes: Number.MAX_SAFE_INTEGER };
  return openEventStore({ folder: dataFolder, clock: SYSTEM_CLOCK, ...keepAll });
}

async function answer(client: Client, ask: PageAsk): Promise<FeedPage> {
  return valueOf(await client.api.call('feed.page', { ...ask }));
}

export function valueOf<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw operatingError(result.failure);
}

/** A failure that came as an answer, with what to do about it. */
export function operatingError({ code, message, fix }: Failure): OperatingError {
  return new OperatingError(code, message, fix === undefined ? {} : { fix });
}
