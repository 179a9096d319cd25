import { Bookmark, BookmarkCheck, Reply, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { ReactElement } from 'react';
import type { EventDetail } from '../../../shared/model/event.ts';
import { shownText } from '../../components/shown-text.ts';
import { Badge } from '../../components/badge.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { InspectorFrame, InspectorTabs, InspectorTitle } from '../../components/inspector.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import { failureText } from '../../i18n/core-text.ts';
import { useText } from '../../i18n/i18n.ts';
import { useApi } from '../../state/api.ts';
import { isAnswerable } from '../../state/dispatch-reply.ts';
import { DetailLoader } from '../../state/feed-detail.ts';
import { useFeed } from '../../state/feed-slice.ts';
import { CopyMenu } from './copy-menu.tsx';
import { answer, toggleBookmark } from './feed-acts.ts';
import {
  INSPECTOR_TABS,
  type InspectorTab,
  setInspectorOpen,
  setInspectorTab,
  useView,
} from './feed-view-slice.ts';
import { InspectorAround } from './inspector-around.tsx';
import { InspectorJson } from './inspector-json.tsx';
import { InspectorSummary } from './inspector-summary.tsx';
import { InspectorWire } from './inspector-wire.tsx';
import { SeverityMark } from './severity-mark.tsx';

const CONTENTS: Readonly<Record<InspectorTab, (detail: EventDetail) => ReactElement>> = {
  summary: (detail) => <InspectorSummary detail={detail} />,
  json: (detail) => <InspectorJson detail={detail} />,
  wire: (detail) => <InspectorWire detail={detail} />,
  around: (detail) => <InspectorAround detail={detail} />,
};

/** Everything about the selected event. Its bytes are fetched when it is opened. */
export function Inspector(): ReactElement {
  const text = useText();
  const api = useApi();
  const selectedSeq = useFeed((slice) => slice.selectedSeq);
  const detail = useFeed((slice) => slice.detail);
  const [loader] = useState(() => new DetailLoader(api));
  useEffect(() => loader.want(selectedSeq), [loader, selectedSeq]);
  if (detail.state === 'here') return <Shown detail={detail.detail} />;
  const bodies = {
    none: <EmptyState title={text('feed:inspector.none')}>{text('feed:inspector.noneWhy')}</EmptyState>,
    loading: <EmptyState title={text('loading')} />,
    failed: <Failed />,
  };
  return (
    <InspectorFrame
      label={text('feed:inspector.label')}
      head={
        <>
          <InspectorTitle>{text('feed:inspector.label')}</InspectorTitle>
          <CloseButton />
        </>
      }
    >
      {bodies[detail.state]}
    </InspectorFrame>
  );
}

function Failed(): ReactElement | null {
  const text = useText();
  const detail = useFeed((slice) => slice.detail);
  if (detail.state !== 'failed') return null;
  const isGone = detail.failure.code === 'E_NOT_FOUND';
  return (
    <EmptyState title={text('feed:inspector.failed', { seq: detail.seq })}>
      {failureText(detail.failure)} {isGone ? text('feed:inspector.gone') : null}
    </EmptyState>
  );
}

function CloseButton(): ReactElement {
  const text = useText();
  return (
    <IconButton
      icon={X}
      label={text('feed:inspector.close')}
      keys="i"
      onClick={() => setInspectorOpen(false)}
    />
  );
}

function Shown({ detail }: { readonly detail: EventDetail }): ReactElement {
  const text = useText();
  const tab = useView((slice) => slice.inspectorTab);
  return (
    <InspectorFrame label={text('feed:inspector.label')} head={<Head detail={detail} />}>
      <InspectorTabs
        label={text('feed:inspector.tabs')}
        value={tab}
        onChoose={setInspectorTab}
        tabs={INSPECTOR_TABS.map((id) => ({
          id,
          label: text(`feed:inspector.tab.${id}`),
          content: () => CONTENTS[id](detail),
        }))}
      />
    </InspectorFrame>
  );
}

function Head({ detail }: { readonly detail: EventDetail }): ReactElement {
  const text = useText();
  const api = useApi();
  const { row } = detail;
  const isBookmarked = useFeed((slice) => slice.bookmarkedSeqs.has(row.seq));
  return (
    <>
      <SeverityMark severity={row.severity} />
      <InspectorTitle>{shownText(row.type)}</InspectorTitle>
      {row.simulated ? <Badge>{text('simulated')}</Badge> : null}
      {isAnswerable(row) ? (
        <IconButton
          icon={Reply}
          label={text('feed:command.reply')}
          keys="r"
          onClick={() => void answer(api, row, text)}
        />
      ) : null}
      <IconButton
        icon={isBookmarked ? BookmarkCheck : Bookmark}
        label={text(isBookmarked ? 'feed:bookmark.remove' : 'feed:bookmark.set')}
        keys="b"
        aria-pressed={isBookmarked}
        onClick={() => void toggleBookmark(api, row.seq, text)}
      />
      <CopyMenu detail={detail} />
      <CloseButton />
    </>
  );
}
