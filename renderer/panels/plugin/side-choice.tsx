import type { ReactElement } from 'react';
import { Choice } from '../../components/choice.tsx';
import { useText } from '../../i18n/i18n.ts';
import { showPlugins, usePluginShown } from '../../state/plugin-shown.ts';
import styles from './plugin-panel.module.css';

/** The two sides of GSE in the Dispatch view: whoever sends messages, and the plugin that gets them. */
export function SideChoice(): ReactElement {
  const text = useText();
  const isPlugin = usePluginShown((slice) => slice.isShown);
  return (
    <div className={styles.side}>
      <Choice
        label={text('plugin:mode.label')}
        value={isPlugin ? 'plugin' : 'dispatch'}
        options={[
          { value: 'dispatch', label: text('plugin:mode.dispatch') },
          { value: 'plugin', label: text('plugin:mode.plugin') },
        ]}
        onChoose={(side) => showPlugins(side === 'plugin')}
      />
    </div>
  );
}
