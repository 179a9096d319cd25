import type { KeyboardEvent, ReactElement } from 'react';
import type { PluginView } from '../../../shared/contract/plugin.ts';
import { TabSet } from '../../components/tab-set.tsx';
import { useText } from '../../i18n/i18n.ts';
import { useApi } from '../../state/api.ts';
import { showSide, usePlugin } from '../../state/plugin-slice.ts';
import { sendOrStart } from './plugin-commands.ts';
import { ReportForm } from './report-form.tsx';
import styles from './send-pane.module.css';
import { UplinkForm } from './uplink-form.tsx';

/** What goes out: an uplink or data reports, with the exact frame as one types. */
export function SendPane({ view }: { readonly view: PluginView }): ReactElement {
  const text = useText();
  const api = useApi();
  const side = usePlugin((slice) => slice.side);
  /** Also while typing, where page commands rest. */
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    sendOrStart(api, text);
  };
  return (
    <section className={styles.pane} aria-label={text('plugin:send.side')} onKeyDown={onKeyDown}>
      <TabSet
        label={text('plugin:send.side')}
        value={side}
        onChoose={showSide}
        tabs={[
          { id: 'uplink', label: text('plugin:send.sides.uplink'), content: () => <UplinkForm /> },
          {
            id: 'report',
            label: text('plugin:send.sides.report'),
            content: () => <ReportForm view={view} />,
          },
        ]}
      />
    </section>
  );
}
