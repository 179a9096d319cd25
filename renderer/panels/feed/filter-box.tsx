import { Bookmark, History, X } from 'lucide-react';
import type { ReactElement } from 'react';
import { FilterField, FilterProblem, focusFilterField } from '../../components/filter-field.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import { useText } from '../../i18n/i18n.ts';
import { applyFilter, setFilter, typeFilter, useFilter } from '../../state/feed-filter.ts';
import { FilterMenu } from './filter-menu.tsx';
import styles from './filter-box.module.css';
import { useKnownValues } from './known-values.ts';
import { SaveFilter } from './save-filter.tsx';

const INPUT_ID = 'feed-filter';

/** `/`. */
export function focusFilter(): void {
  focusFilterField(INPUT_ID);
}

/** What is invalid is underlined and named; the last valid filter stays in force. */
export function FilterBox(): ReactElement {
  const text = useText();
  const draft = useFilter((slice) => slice.draft);
  const active = useFilter((slice) => slice.active);
  const history = useFilter((slice) => slice.history);
  const errors = useFilter((slice) => slice.errors);
  const known = useKnownValues();
  const [error] = errors;
  const isInForce = error === undefined && draft.trim() === active && active !== '';
  return (
    <div className={styles.box} role="search" aria-label={text('feed:filter.label')}>
      <FilterField
        id={INPUT_ID}
        label={text('feed:filter.label')}
        placeholder={text('feed:filter.placeholder')}
        draft={draft}
        errors={errors}
        known={known}
        onType={typeFilter}
        onApply={applyFilter}
        onLeave={() => document.getElementById('feed')?.focus()}
      />
      {draft === '' ? null : (
        <IconButton icon={X} label={text('feed:filter.clear')} onClick={() => setFilter('')} />
      )}
      <FilterMenu
        icon={History}
        label={text('feed:filter.history')}
        filters={history.map((filter) => ({ name: filter, filter }))}
      />
      <SaveFilter icon={Bookmark} isDisabled={!isInForce} />
      <FilterProblem id={INPUT_ID} error={error} active={active} whenNone={text('feed:filter.staysAll')} />
    </div>
  );
}
