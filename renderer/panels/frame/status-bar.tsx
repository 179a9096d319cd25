import type { ReactElement } from 'react';
import { useText } from '../../i18n/i18n.ts';
import { useHello } from '../../state/hello-slice.ts';
import { Ledger } from './ledger.tsx';
import { MissingParts } from './missing-parts.tsx';
import styles from './status-bar.module.css';
import { StoreUse } from './store-use.tsx';

/** The bottom edge: what came, what was kept, what is missing, who we are. */
export function StatusBar(): ReactElement {
  const text = useText();
  const hello = useHello((slice) => slice.hello);
  return (
    <footer className={styles.bar}>
      <Ledger />
      <span className={styles.spring} />
      <MissingParts />
      <StoreUse />
      {hello === null ? null : (
        <span className={styles.quiet} title={hello.hostReason}>
          {text(`diagnostics.hosts.${hello.host}`)} · {hello.version}
        </span>
      )}
    </footer>
  );
}
