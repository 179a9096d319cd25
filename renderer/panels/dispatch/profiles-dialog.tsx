import { Plus } from 'lucide-react';
import { useState } from 'react';
import type { ReactElement } from 'react';
import type { ProfileView } from '../../../shared/contract/dispatch-profiles.ts';
import { Badge } from '../../components/badge.tsx';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { cellText } from '../../components/shown-text.ts';
import { profileName } from '../../i18n/core-text.ts';
import { useText } from '../../i18n/i18n.ts';
import { chosenProfile, openProfiles, useDispatch } from '../../state/dispatch-slice.ts';
import { ProfileForm } from './profile-form.tsx';
import { ProfileSecrets } from './profile-secrets.tsx';
import { ProfileTest } from './profile-test.tsx';
import styles from './profiles.module.css';

/** All profiles at the left, one of them with its secrets and its test at the right. */
export function ProfilesDialog(): ReactElement {
  const text = useText();
  const isOpen = useDispatch((slice) => slice.areProfilesOpen);
  return (
    <Dialog
      isOpen={isOpen}
      size="large"
      title={text('dispatch:profiles.title')}
      onClose={() => openProfiles(false)}
    >
      <Profiles />
    </Dialog>
  );
}

function Profiles(): ReactElement {
  const text = useText();
  const profiles = useDispatch((slice) => slice.profiles) ?? [];
  const [chosenId, setChosenId] = useState(() => chosenProfile(useDispatch.getState())?.profile.id ?? null);
  const shown = profiles.find(({ profile }) => profile.id === chosenId) ?? null;
  return (
    <div className={styles.profiles}>
      <nav className={styles.list} aria-label={text('dispatch:profiles.list')}>
        {profiles.map(({ profile, simulated }) => (
          <button
            key={profile.id}
            type="button"
            className={styles.choice}
            aria-current={profile.id === chosenId ? 'true' : undefined}
            onClick={() => setChosenId(profile.id)}
          >
            <span>{cellText(profileName(profile.label, simulated))}</span>
            <Badge tone={profile.kind === 'production' ? 'production' : 'neutral'}>
              {simulated ? text('simulated') : text(`dispatch:profiles.kinds.${profile.kind}`)}
            </Badge>
          </button>
        ))}
        <Button onClick={() => setChosenId(null)}>
          <Plus aria-hidden size="1em" />
          {text('dispatch:profiles.add')}
        </Button>
      </nav>
      <Shown key={shown?.profile.id ?? ''} shown={shown} onChosen={setChosenId} />
    </div>
  );
}

function Shown(props: {
  readonly shown: ProfileView | null;
  readonly onChosen: (id: string | null) => void;
}): ReactElement {
  const text = useText();
  const { shown } = props;
  return (
    <div className={styles.shown}>
      {shown?.simulated === true ? (
        <p className={styles.note}>{text('dispatch:profiles.simulated')}</p>
      ) : null}
      {shown === null ? null : <ProfileTest view={shown} />}
      {shown === null || shown.simulated ? null : <ProfileSecrets view={shown} />}
      <ProfileForm view={shown} onSaved={props.onChosen} />
    </div>
  );
}
