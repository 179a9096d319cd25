import { X } from 'lucide-react';
import type { ReactElement } from 'react';
import type { SnapshotService } from '../../../shared/contract/snapshots.ts';
import { EmptyState } from '../../components/empty-state.tsx';
import { InspectorFrame, InspectorTabs, InspectorTitle } from '../../components/inspector.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import { useText } from '../../i18n/i18n.ts';
import {
  CACHE_TABS,
  cacheBook,
  setInspector,
  setTab,
  useCache,
  useCacheView,
} from '../../state/cache-slice.ts';
import type { CacheTab } from '../../state/cache-slice.ts';
import { RowHistory } from './row-history.tsx';
import { RowSummary } from './row-summary.tsx';
import type { SeenRow } from './row-summary.tsx';
import { RowWire } from './row-wire.tsx';
import { nameText } from './row-cells.tsx';

/** Everything about the selected row. */
export function CacheInspector({ service }: { readonly service: SnapshotService }): ReactElement {
  const text = useText();
  const selectedKey = useCache((slice) => slice.selectedKey);
  const tab = useCacheView((slice) => slice.tab);
  useCache((slice) => slice.version);
  const seen = selectedKey === null ? null : cacheBook().lastSeen(selectedKey);
  const close = (
    <IconButton icon={X} label={text('cache:inspector.close')} keys="i" onClick={() => setInspector(false)} />
  );
  if (seen === null) {
    return (
      <InspectorFrame
        label={text('cache:inspector.label')}
        head={
          <>
            <InspectorTitle>{text('cache:inspector.label')}</InspectorTitle>
            {close}
          </>
        }
      >
        <EmptyState title={text('cache:inspector.none')}>{text('cache:inspector.noneWhy')}</EmptyState>
      </InspectorFrame>
    );
  }
  return (
    <InspectorFrame
      label={text('cache:inspector.label')}
      head={
        <>
          <InspectorTitle isGone={!seen.isHere}>{nameText(seen.row)}</InspectorTitle>
          {close}
        </>
      }
    >
      <InspectorTabs
        label={text('cache:inspector.tabs')}
        value={tab}
        onChoose={setTab}
        tabs={CACHE_TABS.map((id) => ({
          id,
          label: text(`cache:inspector.tab.${id}`),
          content: () => content(id, service, seen),
        }))}
      />
    </InspectorFrame>
  );
}

function content(id: CacheTab, service: SnapshotService, seen: SeenRow): ReactElement {
  switch (id) {
    case 'summary':
      return <RowSummary key={seen.row.key} service={service} seen={seen} />;
    case 'wire':
      return <RowWire service={service} row={seen.row} />;
    case 'history':
      return <RowHistory service={service} row={seen.row} />;
  }
}
