import type { ReactElement, ReactNode } from 'react';
import { useText } from '../../i18n/i18n.ts';
import styles from './frame.module.css';

export interface FrameProps {
  readonly timeControl: ReactNode;
  readonly children: ReactNode;
}

/** What is always visible, around the one view. */
export function Frame({ timeControl, children }: FrameProps): ReactElement {
  const text = useText();
  return (
    <div className={styles['frame']}>
      <header className={styles['header']}>
        <h1 className={styles['product']}>{text('product')}</h1>
        <div className={styles['spring']} />
        {timeControl}
      </header>
      <main className={styles['main']} aria-label={text('header.main')}>
        {children}
      </main>
    </div>
  );
}
