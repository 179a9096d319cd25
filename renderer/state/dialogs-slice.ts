/** Which window of the frame is open; one at a time. */
import { create } from 'zustand';

export type DialogName = 'palette' | 'keys' | 'settings' | 'diagnostics';
export const SETTINGS_TABS = ['look', 'feed', 'links', 'rules', 'filters'] as const;
export type SettingsTab = (typeof SETTINGS_TABS)[number];

export interface DialogsSlice {
  readonly open: DialogName | null;
  readonly settingsTab: SettingsTab;
  /** Link whose drawer is open. */
  readonly linkId: string | null;
  readonly isLabOpen: boolean;
}

export const useDialogs = create<DialogsSlice>(() => ({
  open: null,
  settingsTab: 'look',
  linkId: null,
  isLabOpen: false,
}));

export function openDialog(name: DialogName): void {
  useDialogs.setState({ open: name, isLabOpen: false });
}

export function closeDialog(): void {
  useDialogs.setState({ open: null });
}

export function openSettings(settingsTab: SettingsTab): void {
  useDialogs.setState({ open: 'settings', settingsTab, isLabOpen: false });
}

export function openLink(linkId: string | null): void {
  useDialogs.setState({ linkId });
}

export function openLab(isLabOpen: boolean): void {
  useDialogs.setState({ isLabOpen });
}
