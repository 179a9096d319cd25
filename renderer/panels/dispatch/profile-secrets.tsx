import { useState } from 'react';
import type { FormEvent, ReactElement } from 'react';
import type { ProfileView } from '../../../shared/contract/dispatch-profiles.ts';
import { Button } from '../../components/button.tsx';
import { TextInput } from '../../components/text-input.tsx';
import { coreText } from '../../i18n/core-text.ts';
import { useText } from '../../i18n/i18n.ts';
import type { TextFunction } from '../../i18n/i18n.ts';
import { useApi } from '../../state/api.ts';
import { changeProfiles, secretNamesOf } from '../../state/dispatch-profiles.ts';
import { useDispatch } from '../../state/dispatch-slice.ts';
import styles from './profiles.module.css';
import { sentences } from './sentences.ts';
import { sayFailure } from './try-send.ts';

function wordsOf(name: string, text: TextFunction): string {
  if (name === 'app_secret' || name === 'access_token') return text(`dispatch:profiles.secretNames.${name}`);
  return text('dispatch:profiles.secretNames.slot', { id: name.slice('slot:'.length) });
}

/** Set and forget; a value that is set is never shown again, because it never comes back. */
export function ProfileSecrets({ view }: { readonly view: ProfileView }): ReactElement {
  const text = useText();
  return (
    <section className={styles.form}>
      <h3 className={styles.heading}>{text('dispatch:profiles.secrets')}</h3>
      <Place />
      {secretNamesOf(view.profile).map((name) => (
        <SecretLine key={name} profileId={view.profile.id} name={name} isSet={view.secrets.includes(name)} />
      ))}
    </section>
  );
}

interface SecretLineProps {
  readonly profileId: string;
  readonly name: string;
  readonly isSet: boolean;
}

function SecretLine({ profileId, name, isSet }: SecretLineProps): ReactElement {
  const text = useText();
  const api = useApi();
  const [value, setValue] = useState('');
  const words = wordsOf(name, text);
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault();
    void changeProfiles(api, 'dispatch.secret.set', { profileId, name, value }).then((failure) => {
      sayFailure(failure, text);
      if (failure === null) setValue('');
    });
  };
  const forget = (): void =>
    void changeProfiles(api, 'dispatch.secret.forget', { profileId, name }).then((failure) =>
      sayFailure(failure, text),
    );
  return (
    <form className={styles.secret} onSubmit={onSubmit}>
      <span>{words}</span>
      <span className={isSet ? styles.good : styles.note}>
        {text(isSet ? 'dispatch:profiles.secretSet' : 'dispatch:profiles.secretMissing')}
      </span>
      <TextInput
        type="password"
        isData
        autoComplete="new-password"
        aria-label={text('dispatch:profiles.newValue', { name: words })}
        value={value}
        onChange={(event) => setValue(event.target.value)}
      />
      <Button type="submit" disabled={value === ''}>
        {text('dispatch:profiles.setSecret')}
      </Button>
      <Button look="quiet" disabled={!isSet} onClick={forget}>
        {text('dispatch:profiles.forget')}
      </Button>
    </form>
  );
}

/** Where secrets are kept and why there; a passphrase opens the file of them, or makes one. */
function Place(): ReactElement | null {
  const text = useText();
  const api = useApi();
  const store = useDispatch((slice) => slice.secretStore);
  const [passphrase, setPassphrase] = useState('');
  if (store === null) return null;
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault();
    void changeProfiles(api, 'dispatch.secrets.unlock', { passphrase }).then((failure) => {
      sayFailure(failure, text);
      setPassphrase('');
    });
  };
  return (
    <>
      <p className={styles.note}>
        {sentences(
          text(`dispatch:profiles.places.${store.place}`),
          coreText(store.reason),
          coreText(store.fix),
        )}
      </p>
      {store.locked || store.place === 'session' ? (
        <form className={styles.line} onSubmit={onSubmit}>
          <TextInput
            type="password"
            autoComplete="new-password"
            aria-label={text('dispatch:profiles.passphrase')}
            placeholder={text('dispatch:profiles.passphrase')}
            value={passphrase}
            onChange={(event) => setPassphrase(event.target.value)}
          />
          <Button type="submit" disabled={passphrase.length < 8}>
            {text('dispatch:profiles.unlock')}
          </Button>
        </form>
      ) : null}
    </>
  );
}
