import type { ReactElement, ReactNode } from 'react';
import styles from './library.module.css';

/** A head with what can be done, then the list, or why there is none. */
export function Section(props: {
  readonly title: string;
  readonly act?: ReactNode;
  readonly none: string | null;
  readonly children: ReactNode;
}): ReactElement {
  return (
    <section className={styles.section}>
      <div className={styles.head}>
        <h2 className={styles.title}>{props.title}</h2>
        {props.act}
      </div>
      {props.none === null ? <ul>{props.children}</ul> : <p className={styles.note}>{props.none}</p>}
    </section>
  );
}
