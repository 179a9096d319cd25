import type { ReactElement } from 'react';
import { Button } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { useText } from '../../i18n/i18n.ts';
import { openLab } from '../../state/dialogs-slice.ts';
import { useLab } from '../../state/lab-slice.ts';
import { newPluginForm } from '../../state/plugin-form.ts';
import { editPlugin, usePlugin } from '../../state/plugin-slice.ts';
import { freshId } from './plugin-commands.ts';
import styles from './plugin-panel.module.css';

/** What this side is for, and what to do first. */
export function NoConnection(): ReactElement {
  const text = useText();
  const isTold = usePlugin((slice) => slice.plugins !== null);
  const isLabOff = useLab((slice) => slice.lab?.running === false);
  if (!isTold) return <EmptyState title={text('loading')} />;
  return (
    <div className={styles.none}>
      <EmptyState
        title={text('plugin:none.title')}
        actions={
          <>
            <Button look="primary" onClick={() => editPlugin(newPluginForm(null, freshId()))}>
              {text('plugin:none.add')}
            </Button>
            {isLabOff ? <Button onClick={() => openLab(true)}>{text('plugin:none.startLab')}</Button> : null}
          </>
        }
      >
        {text('plugin:none.why')} {isLabOff ? text('plugin:none.noLab') : ''}
      </EmptyState>
    </div>
  );
}
