import { Ellipsis, List } from 'lucide-react';
import { useState } from 'react';
import type { ReactElement } from 'react';
import { IconButton } from '../../components/icon-button.tsx';
import { Menu } from '../../components/menu.tsx';
import { cellText } from '../../components/shown-text.ts';
import { formatCount } from '../../i18n/format-number.ts';
import { useText } from '../../i18n/i18n.ts';
import { useApi } from '../../state/api.ts';
import { openList, removeList } from '../../state/dispatch-library.ts';
import { useDispatch } from '../../state/dispatch-slice.ts';
import { Section } from './library-section.tsx';
import styles from './library.module.css';
import { SaveList } from './save-form.tsx';
import { sayFailure } from './try-send.ts';

/** Saved targets; a tag shows only the lists that carry it. */
export function Lists(): ReactElement {
  const text = useText();
  const api = useApi();
  const lists = useDispatch((slice) => slice.lists);
  const [chosen, setChosen] = useState<string | null>(null);
  const tags = [...new Set(lists.flatMap((list) => list.tags))].toSorted();
  // A tag whose last list is gone filters nothing.
  const tag = chosen !== null && tags.includes(chosen) ? chosen : null;
  const shown = tag === null ? lists : lists.filter((list) => list.tags.includes(tag));
  return (
    <Section
      title={text('dispatch:library.lists')}
      act={<SaveList />}
      none={lists.length === 0 ? text('dispatch:library.noLists') : null}
    >
      {tags.length === 0 ? null : (
        <li className={styles.tags}>
          <div role="group" aria-label={text('dispatch:library.tags')} className={styles.tagRow}>
            {[null, ...tags].map((one) => (
              <button
                key={one ?? ''}
                type="button"
                className={styles.tag}
                aria-pressed={one === tag}
                onClick={() => setChosen(one)}
              >
                {one === null ? text('dispatch:library.allTags') : cellText(one)}
              </button>
            ))}
          </div>
        </li>
      )}
      {shown.map(({ name, tags: own, count }) => (
        <li key={name} className={styles.item}>
          <button
            type="button"
            className={styles.open}
            onClick={() => void openList(api, name).then((failure) => sayFailure(failure, text))}
          >
            <List aria-hidden size="1em" />
            <span className={styles.name}>{cellText(name)}</span>
            <span className={styles.wide}>
              {[
                text('dispatch:library.targets', { count, n: formatCount(count) }),
                ...own.map(cellText),
              ].join(' · ')}
            </span>
          </button>
          <Menu
            trigger={
              <IconButton
                icon={Ellipsis}
                label={text('dispatch:library.itemMenu', { name: cellText(name) })}
              />
            }
            items={[
              {
                id: 'remove',
                label: text('dispatch:library.remove'),
                onChoose: () => void removeList(api, name).then((failure) => sayFailure(failure, text)),
              },
            ]}
          />
        </li>
      ))}
    </Section>
  );
}
