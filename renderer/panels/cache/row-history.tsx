import type { ReactElement } from 'react';
import type { SnapshotRow, SnapshotService } from '../../../shared/contract/snapshots.ts';
import { InspectorRow, InspectorRows } from '../../components/inspector.tsx';
import { formatCount } from '../../i18n/format-number.ts';
import { formatClock } from '../../i18n/format-time.ts';
import { useText } from '../../i18n/i18n.ts';
import type { HistoryMark } from '../../state/cache-book.ts';
import { showGeneration } from '../../state/cache-session.ts';
import { cacheBook, useCache } from '../../state/cache-slice.ts';
import { useSettings } from '../../state/settings-slice.ts';
import styles from './cache-inspector.module.css';
import { HistoryStrip } from './history-strip.tsx';

/** The row in each kept generation; a click shows that generation. */
export function RowHistory({
  service,
  row,
}: {
  readonly service: SnapshotService;
  readonly row: SnapshotRow;
}): ReactElement {
  const text = useText();
  const zone = useSettings(({ settings }) => settings.timeZone);
  const shownNumber = useCache((slice) => slice.head?.number ?? null);
  const heads = service.generations;
  const marks = cacheBook().historyOf(
    row.key,
    heads.map(({ number }) => number),
  );
  return (
    <section aria-label={text('cache:history.label')}>
      <HistoryStrip marks={marks} isLarge />
      <p className={styles.about}>
        {text('cache:history.about', { count: heads.length, n: formatCount(heads.length) })}
      </p>
      <InspectorRows>
        {marks.toReversed().map((mark) => {
          const takenAtMs = heads.find(({ number }) => number === mark.number)?.takenAtMs ?? 0;
          return (
            <InspectorRow
              key={mark.number}
              className={styles.step}
              isCurrent={mark.number === shownNumber}
              title={text('cache:history.show', { number: mark.number })}
              onClick={() => showGeneration(mark.number)}
            >
              <span className={styles.number}>#{mark.number}</span>
              <span className={styles.clock}>{formatClock(takenAtMs, zone)}</span>
              <PresenceWord presence={mark.presence} />
              <span className={styles.changed}>
                {mark.isChange ? `≠ ${text('cache:history.changed')}` : ''}
              </span>
            </InspectorRow>
          );
        })}
      </InspectorRows>
    </section>
  );
}

function PresenceWord({ presence }: Pick<HistoryMark, 'presence'>): ReactElement {
  const text = useText();
  switch (presence) {
    case 2:
      return <span>● {text('cache:history.present')}</span>;
    case 1:
      return <span>○ {text('cache:history.disabled')}</span>;
    case 0:
      return <span className={styles.absent}>– {text('cache:history.absent')}</span>;
    case null:
      return <span className={styles.absent}>? {text('cache:history.unknown')}</span>;
  }
}
