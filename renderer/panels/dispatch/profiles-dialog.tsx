import type { ReactElement } from 'react';
import { useText } from '../../i18n/i18n.ts';
import { Dialog } from '../../components/dialog.tsx';
import { openProfiles, useDispatch } from '../../state/dispatch-slice.ts';

export function ProfilesDialog(): ReactElement {
  const text = useText();
  const isOpen = useDispatch((slice) => slice.areProfilesOpen);
  return (
    <Dialog isOpen={isOpen} size="large" title={text('dispatch:profiles.title')} onClose={() => openProfiles(false)}>
      <p>…</p>
    </Dialog>
  );
}
