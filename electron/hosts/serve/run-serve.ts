/** The serve host: the whole console in plain Node, its page in any browser on this machine. */
import { join } from 'node:path';
import { openConsole } from '../../core/console.ts';
import type { Console, ConsoleOptions } from '../../core/console.ts';
import { openControlBeside } from '../../rpc/control-server.ts';
import { PeerSession } from '../../rpc/peer-session.ts';
import { openBrowserWindow, windowImpossibleBecause } from './browser-window.ts';
import type { BrowserWindow } from './browser-window.ts';
import { openPageDoor } from './page-door.ts';
import type { PageDoor } from './page-door.ts';
import { reportBug } from './report-bug.ts';
import { readServedSet } from './served-set.ts';
import { socketPort } from './socket-port.ts';
import type { Clock } from '../../../shared/clock.ts';
import { SYSTEM_CLOCK } from '../../net/system-clock.ts';

export interface ServeOptions {
  readonly dataFolder: string;
  readonly version: string;
  readonly profile: string;
  /** Start the lab peers with the console. */
  readonly lab: boolean;
  /** Serve and watch cgroups over netipc; default true. */
  readonly netipc?: boolean;
  /** Why this host runs, one sentence. */
  readonly hostReason: string;
  readonly missing: ConsoleOptions['missing'];
  /** Port of the page; 0 = any free one. */
  readonly port: number;
  /** Instead of the settings' ports, for this run only. */
  readonly mimoPorts?: readonly number[];
  /** Folder of the built page, `<root>/dist/renderer`. */
  readonly pageFolder: string;
  /** `auto` opens a window where a display and a Chromium are; `never` only prints the link. */
  readonly window: 'auto' | 'never';
  /** One line for the operator's terminal. */
  readonly print: (line: string) => void;
  /** The window that was opened has been closed by the operator. */
  readonly onWindowClosed?: () => void;
  readonly clock?: Clock;
  /** Another core, for tests of the host alone. */
  readonly openCore?: (options: ConsoleOptions) => Promise<Console>;
}

export interface RunningHost {
  readonly port: number;
  /** The one-use link that is good now. */
  link(): string;
  /** Windows connected now. */
  windows(): number;
  /** Ends windows, page and core in this order. Idempotent. */
  close(): Promise<void>;
}

/** Rejects with E_STORE_LOCKED and what else the core may fail with, E_NOT_FOUND without a built page, E_ADDRESS_IN_USE. */
export async function runServe(options: ServeOptions): Promise<RunningHost> {
  const served = readServedSet(options.pageFolder);
  const core = await (options.openCore ?? openConsole)({
    dataFolder: options.dataFolder,
    host: 'serve',
    hostReason: options.hostReason,
    profile: options.profile,
    lab: options.lab,
    clock: options.clock ?? SYSTEM_CLOCK,
    version: options.version,
    missing: options.missing,
    netipc: options.netipc ?? true,
    gse: true,
    ...(options.mimoPorts === undefined ? {} : { mimoPorts: options.mimoPorts }),
  });
  const host = new ServeHost(options, core);
  try {
    host.door = await openPageDoor({
      port: options.port,
      clock: options.clock ?? SYSTEM_CLOCK,
      served,
      takeDownload: (downloadPath) => core.takeDownload(downloadPath),
      onWindow: (socket) => host.addWindow(socketPort(socket)),
      onLinkUsed: (link) => host.linkUsed(link),
    });
  } catch (error) {
    await core.close(); // the address is taken or not ours: nothing of the core may stay behind
    throw error;
  }
  const { dataFolder, print } = options;
  const startedAtMs = (options.clock ?? SYSTEM_CLOCK).wallMs();
  host.closeControl = await openControlBeside(
    { console: core, dataFolder, host: 'serve', startedAtMs, onBug: reportBug },
    print,
  );
  host.show();
  return host;
}

class ServeHost implements RunningHost {
  private readonly options: ServeOptions;
  private readonly core: Console;
  private readonly sessions = new Set<PeerSession>();
  private browser: BrowserWindow | null = null;
  private isLinkUsed = false;
  private closing: Promise<void> | null = null;
  door: PageDoor | null = null;
  closeControl: () => Promise<void> = () => Promise.resolve();

  constructor(options: ServeOptions, core: Console) {
    this.options = options;
    this.core = core;
  }

  get port(): number {
    return this.door?.port ?? 0;
  }

  link(): string {
    return this.door?.link() ?? '';
  }

  windows(): number {
    return this.sessions.size;
  }

  addWindow(port: ReturnType<typeof socketPort>): void {
    const session: PeerSession = new PeerSession({
      port,
      calls: this.core.calls,
      streams: this.core.streams,
      onBug: reportBug,
      onEnd: () => this.sessions.delete(session),
    });
    this.sessions.add(session);
  }

  /** Opens the window, or says how to open one. */
  show(): void {
    const obstacle =
      this.options.window === 'never' ? 'no window was asked for' : windowImpossibleBecause(process.env);
    if (obstacle !== null) {
      this.options.print(`open the console in a browser on this machine (${obstacle}): ${this.link()}`);
      return;
    }
    this.browser = openBrowserWindow(this.link(), join(this.options.dataFolder, 'window'), (detail) =>
      this.browserEnded(detail),
    );
  }

  linkUsed(link: string): void {
    this.isLinkUsed = true;
    this.browser?.forgetLink();
    this.options.print(`for another window: ${link}`);
  }

  /** A browser that ends before it has shown anything was no window: the console stays up and says how else to open it. */
  private browserEnded(detail: string): void {
    if (this.closing !== null) return;
    if (this.isLinkUsed) this.options.onWindowClosed?.();
    else
      this.options.print(
        `the window could not be opened (${detail}); open the console in a browser: ${this.link()}`,
      );
  }

  close(): Promise<void> {
    this.closing ??= this.stop();
    return this.closing;
  }

  private async stop(): Promise<void> {
    for (const session of this.sessions) session.end('the console stops');
    this.browser?.close();
    await this.closeControl();
    await this.door?.close();
    await this.core.close();
  }
}
