import { Fragment } from 'react';
import type { ReactElement } from 'react';
import { useText } from '../i18n/i18n.ts';
import styles from './key-hint.module.css';

const SYMBOLS: Readonly<Record<string, string>> = {
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
  Escape: 'Esc',
};

export interface KeyHintProps {
  /** A chord as commands write it: `Ctrl+K`, `C`, `g f`. */
  readonly keys: string;
}

export function KeyHint({ keys }: KeyHintProps): ReactElement {
  const text = useText();
  return (
    <span className={styles.keys}>
      {keys.split(' ').map((chord, index) => (
        <Fragment key={`${index} ${chord}`}>
          {index === 0 ? null : <span className={styles.then}>{text('keys.then')}</span>}
          {chord.split(/\+(?=.)/).map((part) => (
            <kbd key={part} className={styles.key}>
              {SYMBOLS[part] ?? part}
            </kbd>
          ))}
        </Fragment>
      ))}
    </span>
  );
}
