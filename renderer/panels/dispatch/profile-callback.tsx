import { useState } from 'react';
import type { ReactElement } from 'react';
import type { GseProfile } from '../../../shared/contract/dispatch-profiles.ts';
import { CopyButton } from '../../components/copy-button.tsx';
import { Field } from '../../components/field.tsx';
import { Lamp } from '../../components/lamp.tsx';
import { cellText } from '../../components/shown-text.ts';
import { Switch } from '../../components/switch.tsx';
import { TextInput } from '../../components/text-input.tsx';
import { coreText } from '../../i18n/core-text.ts';
import { useText } from '../../i18n/i18n.ts';
import { useLinks } from '../../state/links-slice.ts';
import { badPeer, callbackFaults, wordsOf } from './callback-faults.ts';
import styles from './profiles.module.css';
import { sentences } from './sentences.ts';

type Callback = GseProfile['callback'];

interface CallbackProps {
  readonly callback: Callback;
  /** Null while the profile is not saved: nothing listens for it yet. */
  readonly linkId: string | null;
  readonly url: string | null;
  readonly isLocked: boolean;
  readonly onChange: (callback: Callback) => void;
}

interface LineProps {
  readonly label: string;
  readonly note: string;
  readonly error: string | undefined;
  readonly value: string;
  readonly isNumber?: boolean;
  readonly onType: (typed: string) => void;
}

/** Where the GSE server posts uplinks to: the listener, what it lets in, and how it is now. */
export function ProfileCallback({ callback, linkId, url, isLocked, onChange }: CallbackProps): ReactElement {
  const text = useText();
  const [names, setNames] = useState(callback.hostNames.join(', '));
  const [peers, setPeers] = useState(callback.allowedPeers.join(', '));
  const faults = callbackFaults(callback);
  const why = (fault: (typeof faults)[keyof typeof faults]): string | undefined =>
    fault === null
      ? undefined
      : text(`dispatch:profiles.${fault}`, { address: cellText(badPeer(callback) ?? '') });
  return (
    <>
      <h3 className={styles.heading}>{text('dispatch:profiles.callback')}</h3>
      <Switch
        label={text('dispatch:profiles.callbackOn')}
        isOn={callback.enabled}
        isDisabled={isLocked}
        onChange={(enabled) => onChange({ ...callback, enabled })}
      />
      <Now linkId={linkId} url={url} />
      <Line
        label={text('dispatch:profiles.callbackHost')}
        note={text('dispatch:profiles.callbackHostNote')}
        error={why(faults.host)}
        value={callback.host}
        onType={(host) => onChange({ ...callback, host: host.trim() })}
      />
      <Line
        label={text('dispatch:profiles.callbackPort')}
        note={text('dispatch:profiles.callbackPortNote')}
        error={why(faults.port)}
        value={String(callback.port)}
        isNumber
        onType={(port) => onChange({ ...callback, port: Number(port.replaceAll(/\D/g, '')) })}
      />
      <Line
        label={text('dispatch:profiles.callbackPath')}
        note={text('dispatch:profiles.callbackPathNote')}
        error={why(faults.path)}
        value={callback.path}
        onType={(path) => onChange({ ...callback, path: path.trim() })}
      />
      <Line
        label={text('dispatch:profiles.callbackNames')}
        note={text('dispatch:profiles.callbackNamesNote')}
        error={why(faults.hostNames)}
        value={names}
        onType={(typed) => {
          setNames(typed);
          onChange({ ...callback, hostNames: wordsOf(typed) });
        }}
      />
      <Line
        label={text('dispatch:profiles.callbackPeers')}
        note={text('dispatch:profiles.callbackPeersNote')}
        error={why(faults.allowedPeers)}
        value={peers}
        onType={(typed) => {
          setPeers(typed);
          onChange({ ...callback, allowedPeers: wordsOf(typed) });
        }}
      />
      <Switch
        label={text('dispatch:profiles.callbackAlwaysOk')}
        isOn={callback.alwaysOk}
        isDisabled={isLocked}
        onChange={(alwaysOk) => onChange({ ...callback, alwaysOk })}
      />
    </>
  );
}

function Line({ label, note, error, value, isNumber = false, onType }: LineProps): ReactElement {
  return (
    <Field label={label} note={note} error={error}>
      {(control) => (
        <TextInput
          {...control}
          isData
          className={isNumber ? undefined : styles.wide}
          inputMode={isNumber ? 'numeric' : 'text'}
          value={value}
          onChange={(event) => onType(event.target.value)}
        />
      )}
    </Field>
  );
}

/** The listener as it is, not as it is typed: a port that is taken says by whom. */
function Now({ linkId, url }: Pick<CallbackProps, 'linkId' | 'url'>): ReactElement | null {
  const text = useText();
  const link = useLinks(({ links }) => links?.find(({ id }) => id === linkId));
  if (link === undefined) return null;
  return (
    <>
      <p role="status" className={styles.line}>
        <Lamp state={link.state} />
        <span className={styles.state}>
          {text('dispatch:profiles.callbackState')}: {text(`links.state.${link.state}`)}
        </span>
        <span className={link.state === 'failed' ? styles.bad : styles.note}>
          {sentences(cellText(coreText(link.reason)), cellText(coreText(link.fix)))}
        </span>
      </p>
      {url === null ? null : (
        <p className={styles.line}>
          <span>
            {text('dispatch:profiles.callbackUrl')}: <code className={styles.url}>{url}</code>
          </span>
          <CopyButton value={() => url} label={text('dispatch:preview.copyBody')} />
        </p>
      )}
    </>
  );
}
