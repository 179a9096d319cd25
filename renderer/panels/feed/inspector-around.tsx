import { useEffect, useState } from 'react';
import type { ReactElement } from 'react';
import type { Failure } from '../../../shared/failure.ts';
import type { EventDetail, EventRow } from '../../../shared/model/event.ts';
import { InspectorRow, InspectorRows } from '../../components/inspector.tsx';
import { cellText } from '../../components/shown-text.ts';
import { failureText } from '../../i18n/core-text.ts';
import { formatClock } from '../../i18n/format-time.ts';
import { useText } from '../../i18n/i18n.ts';
import { useApi } from '../../state/api.ts';
import { goToRow } from '../../state/feed-session.ts';
import { setFilter } from '../../state/feed-filter.ts';
import { useSettings } from '../../state/settings-slice.ts';
import { OPEN_RANGE } from '../../state/time-slice.ts';
import styles from './inspector.module.css';
import { SeverityMark } from './severity-mark.tsx';
import { Button } from '../../components/button.tsx';

const NEIGHBOURS = 20;

type Around = { readonly rows: readonly EventRow[] } | { readonly failure: Failure } | null;

function useAround(detail: EventDetail): Around {
  const api = useApi();
  const [around, setAround] = useState<Around>(null);
  const { row } = detail;
  useEffect(() => {
    let isOver = false;
    const common = { filter: '', range: OPEN_RANGE, anchorSeq: row.seq, rowsMax: NEIGHBOURS } as const;
    const load = async (): Promise<void> => {
      const [before, after] = await Promise.all([
        api.call('feed.page', { ...common, direction: 'before' }),
        api.call('feed.page', { ...common, direction: 'after' }),
      ]);
      if (isOver) return;
      if (!before.ok) setAround({ failure: before.failure });
      else if (!after.ok) setAround({ failure: after.failure });
      else setAround({ rows: [...before.value.rows, row, ...after.value.rows] });
    };
    void load();
    return () => {
      isOver = true;
    };
  }, [api, row]);
  return around;
}

/** What happened just before and after, from all sources, whatever the filter says. */
export function InspectorAround({ detail }: { readonly detail: EventDetail }): ReactElement {
  const text = useText();
  const zone = useSettings(({ settings }) => settings.timeZone);
  const around = useAround(detail);
  if (around === null) return <p className={styles.note}>{text('loading')}</p>;
  if ('failure' in around) {
    return (
      <p className={styles.bad} role="status">
        {failureText(around.failure)}
      </p>
    );
  }
  const showInFeed = (): void => {
    setFilter('');
    goToRow(detail.row.seq);
  };
  return (
    <>
      <div className={styles.aroundHead}>
        <p className={styles.note}>{text('feed:around.note')}</p>
        <Button onClick={showInFeed}>{text('feed:around.show')}</Button>
      </div>
      <InspectorRows>
        {around.rows.map((row) => (
          <InspectorRow
            key={row.seq}
            className={styles.aroundRow}
            ref={row.seq === detail.row.seq ? showInMiddle : undefined}
            isCurrent={row.seq === detail.row.seq}
            onClick={() => goToRow(row.seq)}
          >
            <span className={styles.aroundTime}>{formatClock(row.receivedAtMs, zone)}</span>
            <span className={styles.aroundDelta}>
              {deltaText(row.receivedAtMs - detail.row.receivedAtMs)}
            </span>
            <SeverityMark severity={row.severity} />
            <span>{row.source}</span>
            <span className={styles.aroundType}>{cellText(row.type)}</span>
          </InspectorRow>
        ))}
      </InspectorRows>
    </>
  );
}

function showInMiddle(element: HTMLButtonElement | null): void {
  element?.scrollIntoView({ block: 'center' });
}

/** `−12 ms`, `0`, `+3.4 s`. */
function deltaText(ms: number): string {
  if (ms === 0) return '0';
  const size = Math.abs(ms);
  const shown = size < 1_000 ? `${size} ms` : `${(size / 1_000).toFixed(size < 10_000 ? 1 : 0)} s`;
  return `${ms < 0 ? '−' : '+'}${shown}`;
}
