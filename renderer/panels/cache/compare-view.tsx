import { useEffect, useMemo } from 'react';
import type { ReactElement } from 'react';
import type { SnapshotDiffRow, SnapshotService } from '../../../shared/contract/snapshots.ts';
import { Button } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { cellText } from '../../components/shown-text.ts';
import { failureText } from '../../i18n/core-text.ts';
import { formatCount } from '../../i18n/format-number.ts';
import { useText } from '../../i18n/i18n.ts';
import { useApi } from '../../state/api.ts';
import {
  COMPARE_ROWS_MAX,
  baseNumber,
  setCompareBase,
  useCompare,
  watchCompare,
} from '../../state/cache-compare.ts';
import { setInspector, useCache } from '../../state/cache-slice.ts';
import { useTime } from '../../state/time-slice.ts';
import { CompareBar } from './compare-bar.tsx';
import styles from './compare-view.module.css';
import { DIFF_SIGNS, fieldChanges, rowOf } from './diff-content.ts';
import { PathText, nameText } from './row-cells.tsx';
import { RowsGrid } from './rows-grid.tsx';
import { useKeptNumbers } from './use-rows.ts';

const NO_ROWS: readonly SnapshotDiffRow[] = [];

/** The shown generation against another one; each refresh compares anew while the view is live. */
export function CompareView({ service }: { readonly service: SnapshotService }): ReactElement {
  const api = useApi();
  const result = useCompare((slice) => slice.result);
  useEffect(() => watchCompare(api), [api]);
  const rows = result?.rows ?? NO_ROWS;
  return (
    <div className={styles.compare}>
      <CompareBar service={service} />
      <div className={styles.list}>
        <Differences rows={rows} />
        <CompareEmpty service={service} />
      </div>
      <CutNote />
    </div>
  );
}

function Differences({ rows }: { readonly rows: readonly SnapshotDiffRow[] }): ReactElement {
  const text = useText();
  const listed = useMemo(
    () => rows.flatMap((row) => ({ row, shown: rowOf(row) })).filter(({ shown }) => shown !== null),
    [rows],
  );
  const keys = useMemo(() => listed.map(({ shown }) => shown?.key ?? ''), [listed]);
  const serviceId = useCache((slice) => slice.headServiceId);
  return (
    <RowsGrid
      label={text('cache:grid.compare')}
      columns={[
        { id: 'change', label: text('cache:column.change'), width: '6.5rem' },
        { id: 'name', label: text('cache:column.name'), width: 'minmax(8rem, 1fr)' },
        { id: 'path', label: text('cache:column.path'), width: 'minmax(9rem, 1.4fr)' },
        { id: 'what', label: text('cache:column.what'), width: 'minmax(10rem, 1.2fr)' },
      ]}
      keys={keys}
      orderKey={serviceId ?? ''}
      onActivate={() => setInspector(true)}
      factsOf={(index) => ({ kind: listed[index]?.row.kind ?? 'same' })}
      cellsOf={(index) => {
        const entry = listed[index];
        if (entry === undefined || entry.shown === null) return [];
        return [
          <KindMark key="kind" kind={entry.row.kind} />,
          nameText(entry.shown),
          <PathText key="path" row={entry.shown} />,
          <Changes key="what" row={entry.row} />,
        ];
      }}
    />
  );
}

function KindMark({ kind }: { readonly kind: SnapshotDiffRow['kind'] }): ReactElement {
  const text = useText();
  return (
    <span className={styles.kind} data-kind={kind}>
      <span aria-hidden className={styles.sign}>
        {DIFF_SIGNS[kind]}
      </span>
      {text(`cache:compare.kinds.${kind}`)}
    </span>
  );
}

function Changes({ row }: { readonly row: SnapshotDiffRow }): ReactElement {
  const text = useText();
  return (
    <>
      {fieldChanges(row).map(({ field, before, after }) => (
        <span key={field} className={styles.change}>
          <span className={styles.field}>{text(`cache:column.${field}`)}</span> {cellText(before)}{' '}
          <span className={styles.arrow}>→</span> {cellText(after)}
        </span>
      ))}
    </>
  );
}

function CutNote(): ReactElement | null {
  const text = useText();
  const result = useCompare((slice) => slice.result);
  if (result === null || result.matched <= result.rows.length) return null;
  return (
    <p className={styles.note}>
      {text('cache:compare.more', { n: formatCount(COMPARE_ROWS_MAX), all: formatCount(result.matched) })}
    </p>
  );
}

function CompareEmpty({ service }: { readonly service: SnapshotService }): ReactElement | null {
  const text = useText();
  const { base, result, failure } = useCompare();
  const shown = useCache((slice) => slice.head);
  const isLive = useTime(({ time }) => time.mode === 'live');
  const kept = useKeptNumbers();
  const from = shown === null ? null : baseNumber(base, shown.number, kept);
  if (failure !== null) {
    return <Over title={text('cache:compare.failed')}>{failureText(failure)}</Over>;
  }
  if (shown !== null && from === null && base === 'previous')
    return <Over title={text('cache:compare.noBase')}>{text('cache:compare.noBaseWhy')}</Over>;
  if (from === null && base !== 'previous') {
    return (
      <Over
        title={text('cache:compare.gone', { number: base })}
        actions={
          <Button look="primary" onClick={() => setCompareBase('previous')}>
            {text('cache:compare.base')}: {text('cache:compare.previous')}
          </Button>
        }
      >
        {text('cache:compare.goneWhy', { n: service.generations.length })}
      </Over>
    );
  }
  if (result === null) return <Over title={text('loading')} />;
  if (result.rows.length > 0) return null;
  return (
    <Over title={text('cache:compare.none', { from: result.from.number, to: result.to.number })}>
      {isLive ? text('cache:compare.noneWhy') : null}
    </Over>
  );
}

function Over(props: Parameters<typeof EmptyState>[0]): ReactElement {
  return (
    <div className={styles.over}>
      <EmptyState {...props} />
    </div>
  );
}
