import type { ReactElement } from 'react';
import { useDialogs } from '../../state/dialogs-slice.ts';
import { DiagnosticsDialog } from './diagnostics-dialog.tsx';
import { KeysDialog } from './keys-dialog.tsx';
import { Palette } from './palette.tsx';
import { SettingsDialog } from './settings-dialog.tsx';

/** Each exists only while it is open, so that it starts fresh each time. */
export function FrameDialogs(): ReactElement {
  const open = useDialogs((slice) => slice.open);
  return (
    <>
      {open === 'palette' ? <Palette /> : null}
      {open === 'keys' ? <KeysDialog /> : null}
      {open === 'settings' ? <SettingsDialog /> : null}
      {open === 'diagnostics' ? <DiagnosticsDialog /> : null}
    </>
  );
}
