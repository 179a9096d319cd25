import type { Settings, SettingsPatch } from '../../../shared/contract/app.ts';

/** What every page of the settings gets. */
export interface SettingsPageProps {
  readonly settings: Settings;
  readonly isDisabled: boolean;
  readonly onChange: (patch: SettingsPatch) => void;
}
