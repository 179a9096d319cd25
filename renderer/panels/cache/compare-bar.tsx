import type { ReactElement } from 'react';
import type { GenerationHead, SnapshotService } from '../../../shared/contract/snapshots.ts';
import { Switch } from '../../components/switch.tsx';
import { formatCount } from '../../i18n/format-number.ts';
import { formatClock } from '../../i18n/format-time.ts';
import { useText } from '../../i18n/i18n.ts';
import { baseNumber, setChangesOnly, setCompareBase, useCompare } from '../../state/cache-compare.ts';
import { showGeneration } from '../../state/cache-session.ts';
import { useCache } from '../../state/cache-slice.ts';
import { useSettings } from '../../state/settings-slice.ts';
import styles from './compare-view.module.css';
import { DIFF_SIGNS } from './diff-content.ts';

/** Which two, and how many differences there are. */
export function CompareBar({ service }: { readonly service: SnapshotService }): ReactElement {
  const text = useText();
  const base = useCompare((slice) => slice.base);
  const changesOnly = useCompare((slice) => slice.changesOnly);
  const shownNumber = useCache((slice) => slice.head?.number ?? null);
  const heads = service.generations.toReversed();
  const newest = heads[0]?.number;
  const kept = service.generations.map(({ number }) => number);
  const previous = shownNumber === null ? null : baseNumber('previous', shownNumber, kept);
  return (
    <div className={styles.bar}>
      <label className={styles.pick}>
        <span>{text('cache:compare.base')}</span>
        <select
          value={String(base)}
          onChange={(event) =>
            setCompareBase(event.target.value === 'previous' ? 'previous' : Number(event.target.value))
          }
        >
          <option value="previous">
            {previous === null
              ? text('cache:compare.previous')
              : text('cache:compare.previousNumber', { number: previous })}
          </option>
          {typeof base === 'number' && !heads.some(({ number }) => number === base) ? (
            <option value={base}>#{base}</option>
          ) : null}
          {heads.map((head) => (
            <GenerationOption key={head.number} head={head} isNewest={false} />
          ))}
        </select>
      </label>
      <label className={styles.pick}>
        <span>{text('cache:compare.shown')}</span>
        <select value={shownNumber ?? ''} onChange={(event) => showGeneration(Number(event.target.value))}>
          {shownNumber !== null && !heads.some(({ number }) => number === shownNumber) ? (
            <option value={shownNumber}>#{shownNumber}</option>
          ) : null}
          {heads.map((head) => (
            <GenerationOption key={head.number} head={head} isNewest={head.number === newest} />
          ))}
        </select>
      </label>
      <Switch label={text('cache:compare.changesOnly')} isOn={changesOnly} onChange={setChangesOnly} />
      <Counts />
    </div>
  );
}

function GenerationOption({
  head,
  isNewest,
}: {
  readonly head: GenerationHead;
  readonly isNewest: boolean;
}): ReactElement {
  const text = useText();
  const zone = useSettings(({ settings }) => settings.timeZone);
  const clock = formatClock(head.takenAtMs, zone);
  const number = `#${head.number}`;
  const label = text('cache:compare.generation', { number, clock, items: formatCount(head.items) });
  return (
    <option value={head.number}>
      {label}
      {isNewest ? ` · ${text('cache:head.newest')}` : ''}
    </option>
  );
}

function Counts(): ReactElement | null {
  const text = useText();
  const result = useCompare((slice) => slice.result);
  if (result === null) return null;
  return (
    <p className={styles.counts} role="status">
      {(['added', 'removed', 'changed', 'same'] as const).map((kind) => (
        <span key={kind} className={styles.kind} data-kind={kind}>
          {DIFF_SIGNS[kind]} {formatCount(result[kind])} {text(`cache:compare.kinds.${kind}`)}
        </span>
      ))}
    </p>
  );
}
