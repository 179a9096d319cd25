import { Copy } from 'lucide-react';
import type { ReactElement } from 'react';
import type { EventDetail } from '../../../shared/model/event.ts';
import { Button } from '../../components/button.tsx';
import { Menu } from '../../components/menu.tsx';
import { useText } from '../../i18n/i18n.ts';
import { useApi } from '../../state/api.ts';
import { copyEvent } from './feed-acts.ts';

export function CopyMenu({ detail }: { readonly detail: EventDetail }): ReactElement {
  const text = useText();
  const api = useApi();
  const copy = (form: 'json' | 'curl' | 'cli') => () => void copyEvent(api, detail.row.seq, form, text);
  return (
    <Menu
      trigger={
        <Button look="quiet" aria-label={text('copy')} title={text('copy')}>
          <Copy aria-hidden size="1em" />
        </Button>
      }
      items={[
        { id: 'json', label: text('feed:copy.json'), keys: 'c', onChoose: copy('json') },
        { id: 'curl', label: text('feed:copy.curl'), onChoose: copy('curl') },
        { id: 'cli', label: text('feed:copy.cli'), onChoose: copy('cli') },
      ]}
    />
  );
}
