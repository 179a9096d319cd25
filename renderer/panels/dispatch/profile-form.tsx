import { Plus, X } from 'lucide-react';
import { useState } from 'react';
import type { FormEvent, ReactElement } from 'react';
import { PROFILE_KINDS } from '../../../shared/contract/dispatch-profiles.ts';
import type { GseProfile, ProfileView } from '../../../shared/contract/dispatch-profiles.ts';
import { Button } from '../../components/button.tsx';
import { Choice } from '../../components/choice.tsx';
import { Field } from '../../components/field.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import { Switch } from '../../components/switch.tsx';
import { TextInput } from '../../components/text-input.tsx';
import { useText } from '../../i18n/i18n.ts';
import { useApi } from '../../state/api.ts';
import { NEW_PROFILE, changeProfiles } from '../../state/dispatch-profiles.ts';
import { showToast } from '../../state/toasts.ts';
import { callbackFaults } from './callback-faults.ts';
import { ProfileCallback } from './profile-callback.tsx';
import styles from './profiles.module.css';
import { sayFailure } from './try-send.ts';

type TextName = 'id' | 'label' | 'baseUrl' | 'tenantId' | 'appCode';
type NumberName = 'timeoutMs' | 'confirmAboveTargets' | 'requestsPerMinuteMax';

export interface ProfileFormProps {
  /** Null = a new one. */
  readonly view: ProfileView | null;
  readonly onSaved: (profileId: string | null) => void;
}

/** What is not accepted is said by the core, with what to do. */
export function ProfileForm({ view, onSaved }: ProfileFormProps): ReactElement {
  const text = useText();
  const api = useApi();
  const [typed, setTyped] = useState<GseProfile>(view?.profile ?? NEW_PROFILE);
  const change = (patch: Partial<GseProfile>): void => setTyped({ ...typed, ...patch });
  const isLocked = view?.simulated === true;
  const isCallbackBad = Object.values(callbackFaults(typed.callback)).some((found) => found !== null);
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault();
    void changeProfiles(api, 'dispatch.profile.write', { profile: typed }).then((failure) => {
      sayFailure(failure, text);
      if (failure !== null) return;
      showToast('ok', text('dispatch:profiles.saved', { label: typed.label }));
      onSaved(typed.id);
    });
  };
  const remove = (): void =>
    void changeProfiles(api, 'dispatch.profile.remove', { profileId: typed.id }).then((failure) => {
      sayFailure(failure, text);
      if (failure === null) onSaved(null);
    });
  return (
    <form onSubmit={onSubmit}>
      <fieldset className={styles.form} disabled={isLocked}>
        <Basics typed={typed} isNew={view === null} onChange={change} />
        <Safety typed={typed} isLocked={isLocked} onChange={change} />
        <Slots typed={typed} onChange={change} />
        <ProfileCallback
          callback={typed.callback}
          linkId={view === null ? null : `gse-${view.profile.id}`}
          url={view?.callbackUrl ?? null}
          isLocked={isLocked}
          onChange={(callback) => change({ callback })}
        />
        {isLocked ? null : (
          <div className={styles.line}>
            <Button type="submit" look="primary" disabled={isCallbackBad}>
              {text('dispatch:profiles.save')}
            </Button>
            {view === null ? null : (
              <Button look="danger" onClick={remove}>
                {text('dispatch:profiles.remove')}
              </Button>
            )}
          </div>
        )}
      </fieldset>
    </form>
  );
}

interface PartProps {
  readonly typed: GseProfile;
  readonly isLocked?: boolean;
  readonly onChange: (patch: Partial<GseProfile>) => void;
}

function Basics({ typed, isNew, onChange }: PartProps & { readonly isNew: boolean }): ReactElement {
  const text = useText();
  const line = (name: TextName, label: string, note?: string): ReactElement => (
    <Field label={label} note={note}>
      {(control) => (
        <TextInput
          {...control}
          isData={name !== 'label'}
          className={styles.wide}
          disabled={name === 'id' && !isNew}
          value={typed[name]}
          onChange={(event) => onChange({ [name]: event.target.value })}
        />
      )}
    </Field>
  );
  return (
    <>
      {line('id', text('dispatch:profiles.id'), text('dispatch:profiles.idNote'))}
      {line('label', text('dispatch:profiles.name'))}
      <Choice
        label={text('dispatch:profiles.kind')}
        value={typed.kind}
        options={PROFILE_KINDS.map((kind) => ({
          value: kind,
          label: text(`dispatch:profiles.kinds.${kind}`),
        }))}
        onChoose={(kind) => onChange({ kind })}
      />
      {line('baseUrl', text('dispatch:profiles.baseUrl'), 'https://bkapi.example.com/api/bk-gse/prod')}
      {line('tenantId', text('dispatch:profiles.tenantId'))}
      {line('appCode', text('dispatch:profiles.appCode'))}
    </>
  );
}

function Safety({ typed, isLocked = false, onChange }: PartProps): ReactElement {
  const text = useText();
  const line = (name: NumberName, label: string, note?: string): ReactElement => (
    <Field label={label} note={note}>
      {(control) => (
        <TextInput
          {...control}
          inputMode="numeric"
          value={String(typed[name])}
          onChange={(event) => onChange({ [name]: Number(event.target.value.replaceAll(/\D/g, '')) })}
        />
      )}
    </Field>
  );
  return (
    <>
      {line('timeoutMs', text('dispatch:profiles.timeoutMs'))}
      {line('confirmAboveTargets', text('dispatch:profiles.confirmAbove'))}
      {line(
        'requestsPerMinuteMax',
        text('dispatch:profiles.perMinute'),
        text('dispatch:profiles.perMinuteNote'),
      )}
      <Field label={text('dispatch:profiles.caPem')}>
        {(control) => (
          <textarea
            {...control}
            className={styles.area}
            rows={2}
            spellCheck={false}
            value={typed.caPem}
            onChange={(event) => onChange({ caPem: event.target.value })}
          />
        )}
      </Field>
      <Switch
        label={text('dispatch:profiles.readOnly')}
        isOn={typed.readOnly}
        isDisabled={isLocked}
        onChange={(readOnly) => onChange({ readOnly })}
      />
      <Switch
        label={text('dispatch:profiles.sdkExact')}
        isOn={typed.sdkExact}
        isDisabled={isLocked}
        onChange={(sdkExact) => onChange({ sdkExact })}
      />
    </>
  );
}

function Slots({ typed, onChange }: PartProps): ReactElement {
  const text = useText();
  const { slots } = typed;
  const replace = (at: number, patch: Partial<GseProfile['slots'][number]>): void =>
    onChange({ slots: slots.map((slot, index) => (index === at ? { ...slot, ...patch } : slot)) });
  return (
    <>
      <h3 className={styles.heading}>{text('dispatch:profiles.slots')}</h3>
      {slots.map((slot, at) => (
        // A slot has no id while it is typed: its place is its identity.
        <div key={at} className={styles.slot}>
          <TextInput
            isData
            aria-label={text('dispatch:profiles.slotId')}
            placeholder={text('dispatch:profiles.slotId')}
            value={slot.slotId}
            onChange={(event) => replace(at, { slotId: event.target.value })}
          />
          <TextInput
            aria-label={text('dispatch:profiles.slotLabel')}
            placeholder={text('dispatch:profiles.slotLabel')}
            value={slot.label}
            onChange={(event) => replace(at, { label: event.target.value })}
          />
          <TextInput
            isData
            aria-label={text('dispatch:profiles.plugin')}
            placeholder={text('dispatch:profiles.plugin')}
            value={slot.pluginName}
            onChange={(event) => replace(at, { pluginName: event.target.value })}
          />
          <IconButton
            icon={X}
            label={text('dispatch:profiles.removeSlot', { id: slot.slotId })}
            disabled={slots.length === 1}
            onClick={() => onChange({ slots: slots.filter((_, index) => index !== at) })}
          />
        </div>
      ))}
      <Button onClick={() => onChange({ slots: [...slots, { slotId: '', label: '', pluginName: '' }] })}>
        <Plus aria-hidden size="1em" />
        {text('dispatch:profiles.addSlot')}
      </Button>
    </>
  );
}
