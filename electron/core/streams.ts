/** Everything a window may subscribe to. */
import type { LabState, Settings } from '../../shared/contract/app.ts';
import type { FeedPulse } from '../../shared/contract/feed.ts';
import type { StreamItem } from '../../shared/contract/contract.ts';
import type { StreamHandlers } from '../../shared/contract/handlers.ts';
import { join } from 'node:path';
import type { ConsoleParts } from './console-parts.ts';
import { runExport } from './export.ts';
import { openJobState, readProfiles } from './gse/dispatch-calls.ts';
import { openHistogram } from './histogram.ts';
import { compileFilter } from './row-filter.ts';
import { Topic } from './topic.ts';

/** So may a plugin connection under load. */
const PLUGINS_MS = 100;
/** A job changes thousands of times a second; its line need not. */
const JOBS_MS = 250;

export interface Topics {
  readonly pulse: Topic<FeedPulse>;
  readonly links: Topic<StreamItem<'links.state'>>;
  readonly lab: Topic<LabState>;
  readonly settings: Topic<Settings>;
  readonly snapshots: Topic<StreamItem<'snapshots.services'>>;
  readonly profiles: Topic<StreamItem<'dispatch.changed'>>;
  readonly jobs: Topic<StreamItem<'jobs.list'>>;
  readonly plugins: Topic<StreamItem<'plugin.list'>>;
  close(): void;
}

export function makeTopics(parts: ConsoleParts): Topics {
  const pulse = new Topic(() => readPulse(parts));
  const links = new Topic(() => ({ links: parts.links.list() }));
  const lab = new Topic(() => parts.lab.state());
  const settings = new Topic(() => parts.settings.current);
  const snapshots = new Topic(() => parts.snapshots.list());
  const profiles = new Topic(() => readProfiles(parts));
  const jobs = new Topic(() => ({ jobs: parts.gse.jobs.list() }), JOBS_MS);
  const plugins = new Topic(() => parts.plugins.list(), PLUGINS_MS);
  parts.plugins.onChange(() => plugins.changed());
  parts.gse.profiles.onChange(() => profiles.changed());
  parts.gse.jobs.onChange(() => jobs.changed());
  parts.snapshots.onChange(() => snapshots.changed());
  parts.links.onChange(() => links.changed());
  parts.lab.onChange(() => lab.changed());
  parts.settings.onChange(() => settings.changed());
  return {
    pulse,
    links,
    lab,
    settings,
    snapshots,
    profiles,
    jobs,
    plugins,
    close: () => {
      for (const topic of [pulse, links, lab, settings, snapshots, profiles, jobs, plugins]) topic.close();
    },
  };
}

export function makeStreams(parts: ConsoleParts, topics: Topics): StreamHandlers {
  const { feed, store, options } = parts;
  const exportOptions = {
    store,
    folder: join(options.dataFolder, 'exports'),
    downloads: options.host === 'serve' ? parts.downloads : null,
    wallMs: () => options.clock.wallMs(),
  };
  return {
    'feed.live': (input, sink) => feed.subscribe(compileFilter(input.filter), sink),
    'feed.histogram': (input, sink) => openHistogram({ feed, store, clock: options.clock }, input, sink),
    'feed.pulse': (_input, sink) => topics.pulse.subscribe(sink),
    'export.run': (input, sink) => runExport(exportOptions, input, sink),
    'links.state': (_input, sink) => topics.links.subscribe(sink),
    'lab.state': (_input, sink) => topics.lab.subscribe(sink),
    'settings.changed': (_input, sink) => topics.settings.subscribe(sink),
    'dispatch.changed': (_input, sink) => topics.profiles.subscribe(sink),
    'jobs.list': (_input, sink) => topics.jobs.subscribe(sink),
    'plugin.list': (_input, sink) => topics.plugins.subscribe(sink),
    'jobs.state': (input, sink) => openJobState(parts, input, sink),
    'snapshots.services': (_input, sink) => topics.snapshots.subscribe(sink),
  };
}

function readPulse({ feed, store, options }: ConsoleParts): FeedPulse {
  return {
    atMs: options.clock.wallMs(),
    ledger: feed.ledger.lines(),
    ratePerSecond: feed.ratePerSecond(),
    store: { ...store.stats() },
  };
}
