import { Puzzle } from 'lucide-react';
import type { ReactElement } from 'react';
import { Button } from '../../components/button.tsx';
import { Popover } from '../../components/popover.tsx';
import { coreText } from '../../i18n/core-text.ts';
import { useText } from '../../i18n/i18n.ts';
import { useHello } from '../../state/hello-slice.ts';
import styles from './missing-parts.module.css';

/** Parts the machine lacks: told quietly, with what it costs and how to get it. */
export function MissingParts(): ReactElement | null {
  const text = useText();
  const missing = useHello((slice) => slice.hello?.missing);
  if (missing === undefined || missing.length === 0) return null;
  const trigger = (
    <Button look="quiet">
      <Puzzle aria-hidden size="1em" />
      {text('missing.button', { count: missing.length })}
    </Button>
  );
  return (
    <Popover title={text('missing.title')} align="end" trigger={trigger}>
      <p className={styles.quiet}>{text('missing.about')}</p>
      <ul className={styles.list}>
        {missing.map((part) => (
          <li key={part.what}>
            <p className={styles.what}>{coreText(part.what)}</p>
            <p className={styles.quiet}>{coreText(part.why)}</p>
            <p>{coreText(part.fix)}</p>
          </li>
        ))}
      </ul>
    </Popover>
  );
}
