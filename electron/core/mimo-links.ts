/** The listeners the operator wants, kept equal to the list of ports in the settings. */
import type { Clock } from '../../shared/clock.ts';
import type { Feed } from './feed.ts';
import type { LinkRegistry } from './links.ts';
import { MimoLink } from './mimo-link.ts';

export interface MimoLinksOptions {
  readonly feed: Feed;
  readonly links: LinkRegistry;
  readonly clock: Clock;
  /** Makes `ports` the wanted list, where it lasts. */
  readonly savePorts: (ports: readonly number[]) => Promise<void>;
}

export class MimoLinks {
  private readonly options: MimoLinksOptions;
  private readonly open = new Map<number, MimoLink>();
  private turn: Promise<void> = Promise.resolve();

  constructor(options: MimoLinksOptions) {
    this.options = options;
  }

  /** Opens what is new and closes what is gone; one change after the other. */
  want(ports: readonly number[]): Promise<void> {
    this.turn = this.turn.then(() => this.reconcile(new Set(ports)));
    return this.turn;
  }

  async close(): Promise<void> {
    await this.turn;
    await Promise.all([...this.open.values()].map((link) => link.close('the console stops')));
  }

  private async reconcile(ports: ReadonlySet<number>): Promise<void> {
    const gone = [...this.open.keys()].filter((port) => !ports.has(port));
    for (const port of gone) {
      await this.open.get(port)?.close('no longer wanted');
      this.open.delete(port);
      this.options.links.remove(linkId(port));
    }
    const fresh = [...ports].filter((port) => !this.open.has(port));
    await Promise.all(fresh.map((port) => this.openOne(port)));
  }

  private openOne(port: number): Promise<void> {
    const { feed, links, clock } = this.options;
    const label = port === 0 ? 'MIMO' : `MIMO ${port}`;
    const usePort = (offered: number): Promise<void> => this.replace(port, offered);
    const link = new MimoLink({
      id: linkId(port),
      label,
      port,
      simulated: false,
      feed,
      links,
      clock,
      usePort,
    });
    this.open.set(port, link);
    return link.open();
  }

  private async replace(port: number, by: number): Promise<void> {
    const ports = [...this.open.keys()].map((open) => (open === port ? by : open));
    await this.options.savePorts([...new Set(ports)]);
  }
}

function linkId(port: number): string {
  return port === 0 ? 'mimo-any' : `mimo-${port}`;
}
