/**
 * Counters since the console started: received = stored + refused + dropped, because all are counted in the
 * same moment.
 */
import type { FeedPulse } from '../../shared/contract/feed.ts';
import type { Kind, Source } from '../../shared/model/event.ts';
import { SOURCES } from '../../shared/model/event.ts';

type LedgerLine = FeedPulse['ledger'][number];
interface Counts {
  stored: number;
  refused: number;
  dropped: number;
}

export class Ledger {
  private readonly counts = new Map<Source, Counts>();

  /** The row is committed. */
  committed(source: Source, kind: Kind): void {
    const counts = this.of(source);
    if (kind === 'refused') counts.refused += 1;
    else counts.stored += 1;
  }

  /** The store could not take it and the sender was told. */
  dropped(source: Source): void {
    this.of(source).dropped += 1;
  }

  /** Sources that said something, in the order of the model. */
  lines(): LedgerLine[] {
    const lines: LedgerLine[] = [];
    for (const source of SOURCES) {
      const counts = this.counts.get(source);
      if (counts === undefined) continue;
      const { stored, refused, dropped } = counts;
      lines.push({ source, received: stored + refused + dropped, stored, refused, dropped });
    }
    return lines;
  }

  private of(source: Source): Counts {
    let counts = this.counts.get(source);
    if (counts === undefined) {
      counts = { stored: 0, refused: 0, dropped: 0 };
      this.counts.set(source, counts);
    }
    return counts;
  }
}
