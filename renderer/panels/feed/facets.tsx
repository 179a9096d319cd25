import { Minus, RefreshCw } from 'lucide-react';
import { useCallback, useEffect, useRef, useState } from 'react';
import type { MouseEvent, ReactElement } from 'react';
import type { FeedFacets } from '../../../shared/contract/feed.ts';
import type { Failure } from '../../../shared/failure.ts';
import { cellText } from '../../components/shown-text.ts';
import { IconButton } from '../../components/icon-button.tsx';
import { failureText } from '../../i18n/core-text.ts';
import { formatAgo } from '../../i18n/format-age.ts';
import { formatCount } from '../../i18n/format-number.ts';
import { useText } from '../../i18n/i18n.ts';
import { useApi } from '../../state/api.ts';
import { fieldTerm, narrow, useFilter } from '../../state/feed-filter.ts';
import { noteFacets } from './known-values.ts';
import { useNow } from '../../state/now.ts';
import { useTime } from '../../state/time-slice.ts';
import styles from './facets.module.css';

const VALUES_MAX = 12;
/** Counting scans the store, so it is asked for seldom where there is much; the age beside it tells. */
const REFRESH_MS = 10_000;
const REFRESH_SOON_MS = 2_000;
const SOON_ROWS_MAX = 10_000;

type Facet = FeedFacets['facets'][number];

interface FacetsState {
  readonly facets: FeedFacets | null;
  readonly atMs: number;
  readonly failure: Failure | null;
  readonly refresh: () => void;
}

function useFacets(): FacetsState {
  const api = useApi();
  const filter = useFilter((slice) => slice.active);
  const range = useTime(({ time }) => time);
  const [state, setState] = useState<Omit<FacetsState, 'refresh'>>({ facets: null, atMs: 0, failure: null });
  const wish = useRef(0);
  const isRange = range.mode === 'range';
  const fromMs = isRange ? range.fromMs : null;
  const toMs = isRange ? range.toMs : null;
  const refresh = useCallback(() => {
    wish.current += 1;
    const mine = wish.current;
    void api
      .call('feed.facets', { filter, range: { fromMs, toMs }, valuesMax: VALUES_MAX })
      .then((result) => {
        if (mine !== wish.current) return;
        if (result.ok) {
          noteFacets(result.value);
          setState({ facets: result.value, atMs: Date.now(), failure: null });
        }
        if (!result.ok) setState((before) => ({ ...before, failure: result.failure }));
      });
  }, [api, filter, fromMs, toMs]);
  useEffect(() => refresh(), [refresh]);
  const isCheap = (state.facets?.scannedRows ?? 0) < SOON_ROWS_MAX;
  useEffect(() => {
    const timer = setInterval(
      () => {
        if (!document.hidden) refresh();
      },
      isCheap ? REFRESH_SOON_MS : REFRESH_MS,
    );
    return () => clearInterval(timer);
  }, [refresh, isCheap]);
  return { ...state, refresh };
}

/**
 * What the matching rows consist of. A click adds the value to the filter; Alt+click or the minus leaves it
 * out.
 */
export function Facets(): ReactElement {
  const text = useText();
  const { facets, atMs, failure, refresh } = useFacets();
  return (
    <aside className={styles.facets} aria-label={text('feed:facets.label')}>
      <div className={styles.top}>
        <h2 className={styles.title}>{text('feed:facets.label')}</h2>
        {facets === null ? null : <Age atMs={atMs} />}
        <IconButton icon={RefreshCw} label={text('feed:facets.refresh')} onClick={refresh} />
      </div>
      {failure === null || failure.code === 'E_DISCONNECTED' ? null : (
        <p className={styles.failure} role="status">
          {failureText(failure)}
        </p>
      )}
      {facets === null && failure === null ? <p className={styles.note}>{text('loading')}</p> : null}
      {facets === null || facets.complete ? null : (
        <p className={styles.note}>
          {text('feed:facets.partial', { rows: formatCount(facets.scannedRows) })}
        </p>
      )}
      {facets?.facets.filter(saysSomething).map((facet) => (
        <FacetGroup key={facet.field} facet={facet} />
      ))}
    </aside>
  );
}

/** A field that no row has tells nothing. */
function saysSomething(facet: Facet): boolean {
  return facet.values.some(({ value }) => value !== '');
}

function Age({ atMs }: { readonly atMs: number }): ReactElement {
  const text = useText();
  const age = useNow(({ nowMs }) => formatAgo(nowMs - atMs, text));
  return <span className={styles.age}>{age}</span>;
}

function FacetGroup({ facet }: { readonly facet: Facet }): ReactElement {
  const text = useText();
  const most = facet.values.reduce((top, { count }) => Math.max(top, count), 1);
  return (
    <section aria-label={facet.field}>
      <h3 className={styles.field}>{facet.field}</h3>
      <ul>
        {facet.values.map(({ value, count }) => (
          <FacetValue key={value} field={facet.field} value={value} count={count} share={count / most} />
        ))}
      </ul>
      {facet.otherCount === 0 ? null : (
        <p className={styles.note}>
          {text('feed:facets.others', { count: facet.otherCount, n: formatCount(facet.otherCount) })}
        </p>
      )}
    </section>
  );
}

interface FacetValueProps {
  readonly field: Facet['field'];
  readonly value: string;
  readonly count: number;
  readonly share: number;
}

function FacetValue({ field, value, count, share }: FacetValueProps): ReactElement {
  const text = useText();
  const add = (exclude: boolean): void => narrow(fieldTerm(field, value), exclude);
  const onClick = (event: MouseEvent): void => add(event.altKey);
  const shown = value === '' ? text('feed:facets.empty') : cellText(value);
  return (
    <li className={styles.value}>
      <button
        type="button"
        className={styles.choose}
        onClick={onClick}
        title={text('feed:facets.hint', { value: shown })}
      >
        <span className={styles.bar} style={{ width: `${Math.max(2, share * 100)}%` }} />
        <span className={styles.name} data-severity={field === 'sev' ? value : undefined}>
          {shown}
        </span>
        <span className={styles.count}>{formatCount(count)}</span>
      </button>
      <button
        type="button"
        className={styles.exclude}
        aria-label={text('feed:facets.exclude', { value: shown })}
        title={text('feed:facets.exclude', { value: shown })}
        onClick={() => add(true)}
      >
        <Minus aria-hidden size="0.75rem" />
      </button>
    </li>
  );
}
