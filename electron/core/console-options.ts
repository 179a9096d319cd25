/** How a host opens the console. */
import type { Clock } from '../../shared/clock.ts';
import type { Keychain } from '../store/secret-store.ts';

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
  /** Listen for uplinks of the GSE profiles, and run the GSE lab while the lab runs. Default false. */
  readonly gse?: boolean;
  /** The system's keychain, where the host can reach one. */
  readonly keychain?: Keychain;
  /** Instead of the settings' ports, for this run only. 0 takes any free port. */
  readonly mimoPorts?: readonly number[];
  /** Where the lab's C emitter is; for tests. */
  readonly labEmitterPath?: string;
}
