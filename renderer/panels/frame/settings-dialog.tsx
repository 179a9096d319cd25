import type { ReactElement } from 'react';
import { Banner } from '../../components/banner.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { TabSet } from '../../components/tab-set.tsx';
import { coreText } from '../../i18n/core-text.ts';
import { useText } from '../../i18n/i18n.ts';
import { useApi } from '../../state/api.ts';
import { SETTINGS_TABS, closeDialog, openSettings, useDialogs } from '../../state/dialogs-slice.ts';
import type { SettingsTab } from '../../state/dialogs-slice.ts';
import { useHello } from '../../state/hello-slice.ts';
import { useSettings, writeSettings } from '../../state/settings-slice.ts';
import { ColourRules } from './settings-colour-rules.tsx';
import styles from './settings-dialog.module.css';
import { LookSettings } from './settings-look.tsx';
import type { SettingsPageProps } from './settings-page.ts';
import { PortSettings } from './settings-ports.tsx';
import { SavedFilters } from './settings-saved-filters.tsx';
import { StorageSettings } from './settings-storage.tsx';

const PAGES: Readonly<Record<SettingsTab, (props: SettingsPageProps) => ReactElement>> = {
  look: LookSettings,
  feed: StorageSettings,
  links: PortSettings,
  rules: ColourRules,
  filters: SavedFilters,
};

/** Every change is written at once; there is nothing to forget to save. */
export function SettingsDialog(): ReactElement {
  const text = useText();
  const api = useApi();
  const settings = useSettings((slice) => slice.settings);
  const isLoaded = useSettings((slice) => slice.isLoaded);
  const failure = useSettings((slice) => slice.failure);
  const tab = useDialogs((slice) => slice.settingsTab);
  const isReadOnly = useHello((slice) => slice.hello?.profile.readOnly === true);
  const page: SettingsPageProps = {
    settings,
    isDisabled: isReadOnly || !isLoaded,
    onChange: (patch) => void writeSettings(api, patch),
  };
  const tabs = SETTINGS_TABS.map((id) => {
    const Page = PAGES[id];
    return { id, label: text(`settings.tabs.${id}`), content: () => <Page {...page} /> };
  });
  return (
    <Dialog isOpen onClose={closeDialog} title={text('settings.title')} size="large">
      <div className={styles.page}>
        {isReadOnly ? <Banner tone="warn">{text('settings.readOnly')}</Banner> : null}
        {failure === null ? null : (
          <Banner tone="bad">
            {text('settings.notSaved', { code: failure.code, message: coreText(failure.message) })}
          </Banner>
        )}
        <TabSet label={text('settings.title')} tabs={tabs} value={tab} onChoose={openSettings} />
      </div>
    </Dialog>
  );
}
