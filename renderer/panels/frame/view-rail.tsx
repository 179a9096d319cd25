import { Boxes, ScrollText, Send } from 'lucide-react';
import type { ReactElement } from 'react';
import { useText } from '../../i18n/i18n.ts';
import { VIEWS, showView, useViewId } from '../../state/view-slice.ts';
import styles from './view-rail.module.css';

const ICONS = { feed: ScrollText, cache: Boxes, dispatch: Send } as const;

/** The views at the left edge: one click, one word each. */
export function ViewRail(): ReactElement {
  const text = useText();
  const shown = useViewId((slice) => slice.view);
  return (
    <nav className={styles.rail} aria-label={text('views.label')}>
      {VIEWS.map(({ id, digit, letter }) => {
        const Icon = ICONS[id];
        return (
          <button
            key={id}
            type="button"
            className={styles.view}
            aria-current={id === shown ? 'page' : undefined}
            title={`${text(`views.${id}`)} · Ctrl+${digit} · g ${letter}`}
            onClick={() => showView(id)}
          >
            <Icon aria-hidden size="1.25em" />
            <span>{text(`views.${id}`)}</span>
          </button>
        );
      })}
    </nav>
  );
}
