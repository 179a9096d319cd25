import { FileDown, PanelLeft, PanelRight } from 'lucide-react';
import { useEffect, useLayoutEffect } from 'react';
import type { CSSProperties, ReactElement } from 'react';
import { IconButton } from '../../components/icon-button.tsx';
import { Splitter } from '../../components/splitter.tsx';
import { useText } from '../../i18n/i18n.ts';
import { useApi } from '../../state/api.ts';
import { openFeed } from '../../state/feed-session.ts';
import { usePulse } from '../../state/pulse-slice.ts';
import { CopyDialog } from './copy-dialog.tsx';
import { ExportDialog } from './export-dialog.tsx';
import { Facets } from './facets.tsx';
import { registerFeedCommands } from './feed-commands.ts';
import { FeedEmpty } from './feed-empty.tsx';
import { FeedList } from './feed-list.tsx';
import { FeedStatus } from './feed-notices.tsx';
import styles from './feed-panel.module.css';
import {
  INSPECTOR_WIDTH_PX_MAX,
  INSPECTOR_WIDTH_PX_MIN,
  setExportOpen,
  setFacetsOpen,
  setInspectorOpen,
  setInspectorWidth,
  setSpan,
  useView,
} from './feed-view-slice.ts';
import { FilterBox } from './filter-box.tsx';
import { Histogram, SPANS_MS } from './histogram.tsx';
import { Inspector } from './inspector.tsx';

type PanelStyle = CSSProperties & { '--inspector-width': string };

/** The Feed view: filter, rate over time, facets, list, inspector. */
export function FeedPanel(): ReactElement {
  const text = useText();
  const api = useApi();
  const areFacetsOpen = useView((slice) => slice.areFacetsOpen);
  const isInspectorOpen = useView((slice) => slice.isInspectorOpen);
  const inspectorWidthPx = useView((slice) => slice.inspectorWidthPx);
  const spanMs = useView((slice) => slice.spanMs);
  useEffect(() => openFeed(api, () => usePulse.getState().pulse?.store.rows ?? 0), [api]);
  useLayoutEffect(() => registerFeedCommands(api, text), [api, text]);
  const style: PanelStyle = { '--inspector-width': `${inspectorWidthPx}px` };
  return (
    <div className={styles.panel} style={style} data-facets={areFacetsOpen} data-inspector={isInspectorOpen}>
      <div className={styles.toolbar}>
        <IconButton
          icon={PanelLeft}
          label={text('feed:facets.toggle')}
          aria-pressed={areFacetsOpen}
          onClick={() => setFacetsOpen(!areFacetsOpen)}
        />
        <FilterBox />
        <IconButton icon={FileDown} label={text('feed:export.title')} onClick={() => setExportOpen(true)} />
        <IconButton
          icon={PanelRight}
          label={text('feed:inspector.toggle')}
          keys="i"
          aria-pressed={isInspectorOpen}
          onClick={() => setInspectorOpen(!isInspectorOpen)}
        />
      </div>
      <div className={styles.chart}>
        <Histogram spanMs={spanMs} />
        <SpanChoice spanMs={spanMs} />
      </div>
      {areFacetsOpen ? <Facets /> : null}
      <div className={styles.list}>
        <FeedList />
        <FeedEmpty />
      </div>
      {isInspectorOpen ? (
        <div className={styles.inspector}>
          <Splitter
            label={text('feed:inspector.resize')}
            widthPx={inspectorWidthPx}
            widthPxMin={INSPECTOR_WIDTH_PX_MIN}
            widthPxMax={INSPECTOR_WIDTH_PX_MAX}
            onResize={setInspectorWidth}
          />
          <Inspector />
        </div>
      ) : null}
      <FeedStatus />
      <ExportDialog />
      <CopyDialog />
    </div>
  );
}

function SpanChoice({ spanMs }: { readonly spanMs: number }): ReactElement {
  const text = useText();
  return (
    <select
      className={styles.span}
      aria-label={text('feed:histogram.span')}
      value={spanMs}
      onChange={(event) => setSpan(Number(event.target.value))}
    >
      {SPANS_MS.map((ms) => (
        <option key={ms} value={ms}>
          {ms < 3_600_000
            ? text('feed:histogram.minutes', { n: ms / 60_000 })
            : text('feed:histogram.hours', { n: ms / 3_600_000 })}
        </option>
      ))}
    </select>
  );
}
