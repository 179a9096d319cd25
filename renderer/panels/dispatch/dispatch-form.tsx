import type { ReactElement } from 'react';
import { Badge } from '../../components/badge.tsx';
import { Button } from '../../components/button.tsx';
import { profileName } from '../../i18n/core-text.ts';
import { useText } from '../../i18n/i18n.ts';
import { changeForm, chosenProfile, openProfiles, useDispatch } from '../../state/dispatch-slice.ts';
import { ContentField } from './content-field.tsx';
import styles from './dispatch-panel.module.css';
import { PaceFields } from './pace-fields.tsx';
import { TargetsField } from './targets-field.tsx';

export function DispatchForm(): ReactElement {
  const text = useText();
  return (
    <form
      className={styles.form}
      aria-label={text('dispatch:form.label')}
      onSubmit={(event) => event.preventDefault()}
    >
      <Where />
      <TargetsField />
      <ContentField />
      <PaceFields />
    </form>
  );
}

function Where(): ReactElement {
  const text = useText();
  const profiles = useDispatch((slice) => slice.profiles);
  const chosen = useDispatch(chosenProfile);
  const slotId = useDispatch((slice) => slice.form.slotId);
  return (
    <fieldset className={styles.group}>
      <legend className={styles.legend}>{text('dispatch:form.where')}</legend>
      <div className={styles.line}>
        <label className={styles.lead} htmlFor="dispatch-profile">
          {text('dispatch:form.profile')}
        </label>
        <select
          id="dispatch-profile"
          className={styles.select}
          value={chosen?.profile.id ?? ''}
          onChange={(event) => {
            const next = profiles?.find(({ profile }) => profile.id === event.target.value);
            const slot = next?.profile.slots[0]?.slotId ?? '';
            if (next !== undefined) changeForm({ profileId: next.profile.id, slotId: slot });
          }}
        >
          {profiles?.map(({ profile, simulated }) => (
            <option key={profile.id} value={profile.id}>
              {profileName(profile.label, simulated)}
            </option>
          ))}
        </select>
        <Button onClick={() => openProfiles(true)}>{text('dispatch:form.manage')}</Button>
        {chosen?.simulated === true ? <Badge tone="accent">{text('simulated')}</Badge> : null}
        {chosen?.profile.kind === 'production' ? (
          <Badge tone="production">{text('dispatch:profiles.kinds.production')}</Badge>
        ) : null}
      </div>
      <div className={styles.line}>
        <label className={styles.lead} htmlFor="dispatch-slot">
          {text('dispatch:form.slot')}
        </label>
        <select
          id="dispatch-slot"
          className={styles.select}
          value={slotId}
          onChange={(event) => changeForm({ slotId: event.target.value })}
        >
          {chosen?.profile.slots.map((slot) => (
            <option key={slot.slotId} value={slot.slotId}>
              {[slot.slotId, slot.label, slot.pluginName].filter((part) => part !== '').join(' · ')}
            </option>
          ))}
        </select>
      </div>
    </fieldset>
  );
}
