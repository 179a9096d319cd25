import type { ReactElement } from 'react';
import { Choice } from '../../components/choice.tsx';
import { useText } from '../../i18n/i18n.ts';
import { NumberSetting } from './number-setting.tsx';
import type { SettingsPageProps } from './settings-page.ts';
import styles from './settings-dialog.module.css';

const MEBIBYTE_BYTES = 1024 * 1024;
const RETENTION_MEBIBYTES_MAX = Math.floor(Number.MAX_SAFE_INTEGER / MEBIBYTE_BYTES);

export function StorageSettings({ settings, isDisabled, onChange }: SettingsPageProps): ReactElement {
  const text = useText();
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <div className={styles.form}>
      <Choice
        label={text('settings.timeZone')}
        value={settings.timeZone}
        options={[
          { value: 'local', label: text('settings.timeZones.local', { zone }) },
          { value: 'utc', label: text('settings.timeZones.utc') },
        ]}
        isDisabled={isDisabled}
        onChoose={(timeZone) => onChange({ timeZone })}
      />
      <NumberSetting
        label={text('settings.retentionDays')}
        invalid={text('settings.retentionDaysInvalid')}
        value={settings.retentionDays}
        min={1}
        max={3_650}
        isDisabled={isDisabled}
        onChange={(retentionDays) => onChange({ retentionDays })}
      />
      <NumberSetting
        label={text('settings.retentionSize')}
        note={text('settings.retentionNote')}
        invalid={text('settings.retentionSizeInvalid')}
        value={Math.round(settings.retentionBytes / MEBIBYTE_BYTES)}
        min={16}
        max={RETENTION_MEBIBYTES_MAX}
        isDisabled={isDisabled}
        onChange={(mebibytes) => onChange({ retentionBytes: mebibytes * MEBIBYTE_BYTES })}
      />
    </div>
  );
}
