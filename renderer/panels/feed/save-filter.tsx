import type { LucideIcon } from 'lucide-react';
import { Star } from 'lucide-react';
import { useState } from 'react';
import type { FormEvent, ReactElement } from 'react';
import { Button } from '../../components/button.tsx';
import { Popover } from '../../components/popover.tsx';
import { TextInput } from '../../components/text-input.tsx';
import { useText } from '../../i18n/i18n.ts';
import { useApi } from '../../state/api.ts';
import { useFilter } from '../../state/feed-filter.ts';
import { useSettings, writeSettings } from '../../state/settings-slice.ts';
import { FilterMenu } from './filter-menu.tsx';
import styles from './filter-box.module.css';

const NAME_CHARACTERS_MAX = 100;
const SAVED_MAX = 200;

/** Saved filters: the list of them, and the present one under a name. */
export function SaveFilter({
  icon: Icon,
  isDisabled,
}: {
  readonly icon: LucideIcon;
  readonly isDisabled: boolean;
}): ReactElement {
  const text = useText();
  const saved = useSettings(({ settings }) => settings.savedFilters);
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <FilterMenu icon={Star} label={text('feed:filter.saved')} filters={saved} />
      <Popover
        title={text('feed:filter.save')}
        isOpen={isOpen}
        onOpenChange={setOpen}
        align="end"
        trigger={
          <Button
            look="quiet"
            disabled={isDisabled}
            aria-label={text('feed:filter.save')}
            title={text('feed:filter.save')}
          >
            <Icon aria-hidden size="1em" />
          </Button>
        }
      >
        <SaveForm onDone={() => setOpen(false)} />
      </Popover>
    </>
  );
}

function SaveForm({ onDone }: { readonly onDone: () => void }): ReactElement {
  const text = useText();
  const api = useApi();
  const active = useFilter((slice) => slice.active);
  const saved = useSettings(({ settings }) => settings.savedFilters);
  const [name, setName] = useState('');
  const trimmed = name.trim();
  const replaces = saved.some((other) => other.name === trimmed);
  const isFull = !replaces && saved.length >= SAVED_MAX;
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault();
    if (trimmed === '' || isFull) return;
    const others = saved.filter((other) => other.name !== trimmed);
    void writeSettings(api, { savedFilters: [...others, { name: trimmed, filter: active }] }).then(
      (isDone) => {
        if (isDone) onDone();
      },
    );
  };
  return (
    <form className={styles.saveForm} onSubmit={onSubmit}>
      <code>{active}</code>
      <TextInput
        aria-label={text('feed:filter.name')}
        placeholder={text('feed:filter.name')}
        maxLength={NAME_CHARACTERS_MAX}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <p className={styles.hint} role="status">
        {isFull ? text('feed:filter.full') : replaces ? text('feed:filter.replaces') : ''}
      </p>
      <Button type="submit" look="primary" disabled={trimmed === '' || isFull}>
        {text('feed:filter.save')}
      </Button>
    </form>
  );
}
