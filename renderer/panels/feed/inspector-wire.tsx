import { useMemo } from 'react';
import type { ReactElement } from 'react';
import type { EventDetail } from '../../../shared/model/event.ts';
import { EmptyState } from '../../components/empty-state.tsx';
import { WireView } from '../../components/wire-view.tsx';
import { formatCount } from '../../i18n/format-number.ts';
import { useText } from '../../i18n/i18n.ts';
import { joinBytes, wireFields } from './wire-fields.ts';

/** The request as it came. */
export function InspectorWire({ detail }: { readonly detail: EventDetail }): ReactElement {
  const text = useText();
  const bytes = useMemo(() => joinBytes(detail.head, detail.body), [detail]);
  const fields = useMemo(() => wireFields(detail.head, detail.body), [detail]);
  if (bytes.length === 0)
    return <EmptyState title={text('feed:wire.none')}>{text('feed:wire.noneWhy')}</EmptyState>;
  return (
    <WireView
      bytes={bytes}
      fields={fields}
      bodyStart={detail.head.length}
      fieldsLabel={text('feed:wire.fields')}
      bytesLabel={text('feed:wire.bytes')}
      allText={text('feed:wire.all', { bytes: formatCount(bytes.length) })}
    />
  );
}
