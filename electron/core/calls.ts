/** Everything a window may ask once. */
import type { CallHandlers } from '../../shared/contract/handlers.ts';
import { OperatingError } from '../../shared/failure.ts';
import type { ConsoleParts } from './console-parts.ts';
import { examine } from './doctor.ts';
import { readPage } from './feed-pages.ts';
import { gseCalls } from './gse/dispatch-calls.ts';
import type { GseCalls } from './gse/dispatch-calls.ts';
import { pluginCalls } from './gse/plugin-calls.ts';
import type { PluginCalls } from './gse/plugin-calls.ts';
import { snapshotCalls } from './netipc/snapshot-calls.ts';
import type { SnapshotCalls } from './netipc/snapshot-calls.ts';
import { compileFilter } from './row-filter.ts';

export function makeCalls(parts: ConsoleParts): CallHandlers {
  return {
    ...appCalls(parts),
    ...feedCalls(parts),
    ...snapshotCalls(parts),
    ...gseCalls(parts),
    ...pluginCalls(parts),
  };
}

type FeedCallName = Extract<keyof CallHandlers, `feed.${string}`>;
type FeedCalls = Pick<CallHandlers, FeedCallName>;
type AppCalls = Omit<CallHandlers, FeedCallName | keyof SnapshotCalls | keyof GseCalls | keyof PluginCalls>;

function appCalls(parts: ConsoleParts): AppCalls {
  const { options, settings, links, lab, log } = parts;
  return {
    'app.hello': async () => ({
      version: options.version,
      host: options.host,
      hostReason: options.hostReason,
      platform: process.platform,
      profile: { name: options.profile, production: options.profile === 'production', readOnly: false },
      dataFolder: options.dataFolder,
      startedAtMs: parts.startedAtMs,
      portsAreGiven: options.mimoPorts !== undefined,
      missing: options.missing.map((part) => ({ ...part })),
    }),
    'app.doctor': () =>
      examine({
        dataFolder: options.dataFolder,
        store: parts.store.stats(),
        links: links.list(),
        lab: lab.state(),
        loop: parts.loop.read(),
        missing: options.missing,
      }),
    'app.report': async ({ kind, message }) => {
      log.warn(`renderer_${kind}`, { message });
      return {};
    },
    'settings.read': async () => settings.current,
    'settings.write': (patch) => settings.change(patch),
    'links.act': async ({ linkId, action, port }) => {
      log.info('link_action', { linkId, action, port });
      await links.act(linkId, action, port);
      return { links: links.list() };
    },
    'lab.set': (input) => lab.set(input),
  };
}

function feedCalls({ store, feed }: ConsoleParts): FeedCalls {
  return {
    'feed.page': async (input) =>
      readPage(store, feed.ring, { ...input, filter: compileFilter(input.filter) }),
    'feed.event': async ({ seq }) => {
      const detail = await store.read(seq);
      if (detail === null) throw new OperatingError('E_NOT_FOUND', `event ${seq} is not in the store`);
      return detail;
    },
    'feed.facets': async ({ filter, range, valuesMax }) => {
      const query = { filter: compileFilter(filter)?.expression ?? null, range };
      return store.facets(query, valuesMax);
    },
    'feed.bookmark.set': async ({ seq, on, note }) => ({
      bookmarks: [...(await store.setBookmark(seq, on ? note : null))],
    }),
    'feed.bookmark.list': async () => ({ bookmarks: [...(await store.bookmarks())] }),
  };
}
