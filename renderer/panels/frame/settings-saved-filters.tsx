import { Trash2 } from 'lucide-react';
import type { ReactElement } from 'react';
import { IconButton } from '../../components/icon-button.tsx';
import { useText } from '../../i18n/i18n.ts';
import { DraftInput } from './draft-input.tsx';
import { filterProblem } from './filter-problem.ts';
import type { SettingsPageProps } from './settings-page.ts';
import styles from './settings-dialog.module.css';

export function SavedFilters({ settings, isDisabled, onChange }: SettingsPageProps): ReactElement {
  const text = useText();
  const { savedFilters } = settings;
  return (
    <div className={styles.form}>
      <p className={styles.about}>{text('settings.filters.about')}</p>
      {savedFilters.length === 0 ? <p className={styles.empty}>{text('settings.filters.none')}</p> : null}
      <ul className={styles.form}>
        {savedFilters.map((saved, index) => (
          <li key={saved.name} className={styles.row}>
            <DraftInput
              className={styles.name}
              label={text('settings.filters.name')}
              value={saved.name}
              isDisabled={isDisabled}
              problem={(name) => {
                const isTaken = savedFilters.some((other) => other !== saved && other.name === name.trim());
                return name.trim() === '' || name.length > 100 || isTaken
                  ? text('settings.filters.nameInvalid')
                  : null;
              }}
              onCommit={(name) =>
                onChange({ savedFilters: savedFilters.with(index, { ...saved, name: name.trim() }) })
              }
            />
            <DraftInput
              className={styles.grow}
              isData
              label={text('settings.filters.filter')}
              value={saved.filter}
              isDisabled={isDisabled}
              problem={(filter) => filterProblem(filter, text)}
              onCommit={(filter) =>
                onChange({ savedFilters: savedFilters.with(index, { ...saved, filter }) })
              }
            />
            <IconButton
              icon={Trash2}
              label={text('settings.filters.remove', { name: saved.name })}
              disabled={isDisabled}
              onClick={() => onChange({ savedFilters: savedFilters.filter((other) => other !== saved) })}
            />
          </li>
        ))}
      </ul>
    </div>
  );
}
