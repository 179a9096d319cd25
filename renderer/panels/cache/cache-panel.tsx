import { useEffect, useLayoutEffect } from 'react';
import type { CSSProperties, ReactElement } from 'react';
import type { SnapshotRow, SnapshotService } from '../../../shared/contract/snapshots.ts';
import { EmptyState } from '../../components/empty-state.tsx';
import { Splitter } from '../../components/splitter.tsx';
import { formatCount } from '../../i18n/format-number.ts';
import { useText } from '../../i18n/i18n.ts';
import { useApi } from '../../state/api.ts';
import { openCache } from '../../state/cache-session.ts';
import {
  CACHE_INSPECTOR_PX_MAX,
  CACHE_INSPECTOR_PX_MIN,
  serviceOf,
  setInspectorPx,
  useCache,
  useCacheView,
} from '../../state/cache-slice.ts';
import { useTime } from '../../state/time-slice.ts';
import { registerCacheCommands } from './cache-commands.ts';
import { LoadFailed, NoMatch, NoServices, ServiceEmpty } from './cache-empty.tsx';
import { CacheInspector } from './cache-inspector.tsx';
import { CacheNotices } from './cache-notices.tsx';
import styles from './cache-panel.module.css';
import { CacheToolbar } from './cache-toolbar.tsx';
import { CompareView } from './compare-view.tsx';
import { ExportRows } from './export-rows.tsx';
import { GenerationHeader } from './generation-head.tsx';
import { LookupBar } from './lookup-bar.tsx';
import { ServiceList } from './service-list.tsx';
import { TableView } from './table-view.tsx';
import { TreeView } from './tree-view.tsx';
import { useRows } from './use-rows.ts';

type PanelStyle = CSSProperties & { '--inspector-width': string };

/** The Cache view: services, generations, rows, look-ups, comparison, inspector. */
export function CachePanel(): ReactElement {
  const text = useText();
  const api = useApi();
  const service = useCache(serviceOf);
  useEffect(() => openCache(api), [api]);
  useLayoutEffect(() => registerCacheCommands(api, text), [api, text]);
  return (
    <div className={styles.panel}>
      <ServiceList />
      {service === null ? (
        <div className={styles.none}>
          <NoServices />
        </div>
      ) : (
        <ServiceView key={service.id} service={service} />
      )}
    </div>
  );
}

function ServiceView({ service }: { readonly service: SnapshotService }): ReactElement {
  const text = useText();
  const isInspectorOpen = useCacheView((slice) => slice.isInspectorOpen);
  const widthPx = useCacheView((slice) => slice.inspectorWidthPx);
  const hasRows = service.current !== null && service.current.items > 0;
  const style: PanelStyle = { '--inspector-width': `${widthPx}px` };
  return (
    <div className={styles.service} style={style}>
      <GenerationHeader service={service} />
      {hasRows ? (
        <>
          <CacheToolbar />
          <LookupBar service={service} />
          <Rows service={service} />
          {isInspectorOpen ? (
            <div className={styles.inspector}>
              <Splitter
                label={text('cache:inspector.resize')}
                widthPx={widthPx}
                widthPxMin={CACHE_INSPECTOR_PX_MIN}
                widthPxMax={CACHE_INSPECTOR_PX_MAX}
                onResize={setInspectorPx}
              />
              <CacheInspector service={service} />
            </div>
          ) : null}
          <ExportRows service={service} />
        </>
      ) : (
        <div className={styles.empty}>
          <ServiceEmpty service={service} />
        </div>
      )}
      {hasRows ? <CacheNotices service={service} /> : null}
    </div>
  );
}

function Rows({ service }: { readonly service: SnapshotService }): ReactElement {
  const mode = useCacheView((slice) => slice.mode);
  const rows = useRows();
  return (
    <>
      <div className={styles.rows}>
        {mode === 'table' ? <TableView rows={rows} /> : null}
        {mode === 'tree' ? <TreeView rows={rows} /> : null}
        {mode === 'compare' ? <CompareView service={service} /> : null}
        {mode === 'compare' ? null : <NoRows rows={rows} />}
      </div>
      <Status shownRows={rows.length} />
    </>
  );
}

function NoRows({ rows }: { readonly rows: readonly SnapshotRow[] }): ReactElement | null {
  const text = useText();
  const head = useCache((slice) => (slice.headServiceId === slice.serviceId ? slice.head : null));
  const status = useCache((slice) => slice.status);
  if (rows.length > 0) return null;
  return (
    <div className={styles.over}>
      {head === null && status !== 'failed' ? <EmptyState title={text('loading')} /> : null}
      {head === null && status === 'failed' ? <LoadFailed /> : null}
      {head === null ? null : <NoMatch number={head.number} total={head.items} />}
    </div>
  );
}

/** One line below the list with what is true of it now; read out politely. */
function Status({ shownRows }: { readonly shownRows: number }): ReactElement {
  const text = useText();
  const isLive = useTime(({ time }) => time.mode === 'live');
  const total = useCache((slice) => slice.head?.items ?? 0);
  const isCompare = useCacheView((slice) => slice.mode === 'compare');
  const n = formatCount(shownRows);
  const number = useCache((slice) => slice.head?.number ?? 0);
  const newest = useCache((slice) => serviceOf(slice)?.current?.number ?? 0);
  const still = newest > number ? 'cache:grid.stillNewest' : 'cache:grid.still';
  return (
    <div className={styles.status}>
      <span role="status">{isLive ? text('cache:grid.live') : text(still, { number, newest })}</span>
      <span className={styles.spring} />
      {isCompare ? null : (
        <span>
          {shownRows === total
            ? text('cache:grid.allRows', { count: shownRows, n })
            : text('cache:grid.rows', { shown: n, total: formatCount(total) })}
        </span>
      )}
    </div>
  );
}
