import type { ReactElement } from 'react';
import { Button } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { useText } from '../../i18n/i18n.ts';
import { useApi } from '../../state/api.ts';
import { openProfiles } from '../../state/dispatch-slice.ts';
import { setLab, useLab } from '../../state/lab-slice.ts';
import styles from './dispatch-panel.module.css';

/** Without a profile nothing can be sent: the lab brings one, a gateway needs one. */
export function NoProfiles(): ReactElement {
  const text = useText();
  const api = useApi();
  const canStart = useLab((slice) => slice.lab !== null && !slice.lab.running);
  return (
    <div className={styles.none}>
      <EmptyState
        title={text('dispatch:profiles.none')}
        actions={
          <>
            {canStart ? (
              <Button look="primary" onClick={() => void setLab(api, { running: true })}>
                {text('dispatch:profiles.startLab')}
              </Button>
            ) : null}
            <Button onClick={() => openProfiles(true)}>{text('dispatch:form.manage')}</Button>
          </>
        }
      >
        {text('dispatch:profiles.noneWhy')}
      </EmptyState>
    </div>
  );
}
