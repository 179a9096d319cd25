/** How a host opens the console. */
import type { Clock } from '../../shared/clock.ts';

export interface ConsoleOptions {
  readonly dataFolder: string;
  readonly host: 'desktop' | 'serve';
  /** Why this host runs, one sentence. */
  readonly hostReason: string;
  readonly profile: string;
  /** Start the lab with the console. */
  readonly lab: boolean;
  readonly clock: Clock;
  readonly version: string;
  readonly missing: readonly { readonly what: string; readonly why: string; readonly fix: string }[];
  /** Serve and watch this host's cgroups over netipc, and simulate more of them while the lab runs. Default false. */
  readonly netipc?: boolean;
  /** Instead of the settings' ports, for this run only. 0 takes any free port. */
  readonly mimoPorts?: readonly number[];
  /** Where the lab's C emitter is; for tests. */
  readonly labEmitterPath?: string;
}
