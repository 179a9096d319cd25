/** What the handlers of calls and streams work with. */
import type { EventStore } from '../store/event-store.ts';
import type { ConsoleOptions } from './console-options.ts';
import type { LoopMonitor } from './event-loop.ts';
import type { Downloads } from './export.ts';
import type { Feed } from './feed.ts';
import type { CallbackLinks } from './gse/callback-links.ts';
import type { Gse } from './gse/gse.ts';
import type { PluginLinks } from './gse/plugin-links.ts';
import type { Lab } from './lab.ts';
import type { LinkRegistry } from './links.ts';
import type { Log } from './log.ts';
import type { Snapshots } from './netipc/snapshots.ts';
import type { SettingsKeeper } from './settings.ts';

export interface ConsoleParts {
  readonly options: ConsoleOptions;
  readonly store: EventStore;
  readonly feed: Feed;
  readonly links: LinkRegistry;
  readonly settings: SettingsKeeper;
  readonly lab: Lab;
  readonly snapshots: Snapshots;
  readonly gse: Gse;
  readonly callbacks: CallbackLinks;
  readonly plugins: PluginLinks;
  readonly log: Log;
  readonly loop: LoopMonitor;
  readonly downloads: Downloads;
  readonly startedAtMs: number;
}
