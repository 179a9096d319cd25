import { X } from 'lucide-react';
import { useState } from 'react';
import type { FormEvent, ReactElement } from 'react';
import { Button } from '../../components/button.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import { TextInput } from '../../components/text-input.tsx';
import { useText } from '../../i18n/i18n.ts';
import { useHello } from '../../state/hello-slice.ts';
import { useLinks } from '../../state/links-slice.ts';
import { parsePort } from '../../state/whole-number.ts';
import type { SettingsPageProps } from './settings-page.ts';
import styles from './settings-dialog.module.css';

const PORTS_MAX = 8;

export function PortSettings({ settings, isDisabled, onChange }: SettingsPageProps): ReactElement {
  const text = useText();
  const { mimoPorts } = settings;
  return (
    <div className={styles.form}>
      <h3 className="visually-hidden">{text('settings.ports')}</h3>
      <PortsNote isNone={mimoPorts.length === 0} />
      <ul className={styles.form}>
        {mimoPorts.map((port) => (
          <li key={port} className={styles.row}>
            <TextInput
              className={styles.port}
              isData
              readOnly
              value={port}
              aria-label={text('settings.ports')}
            />
            <IconButton
              icon={X}
              label={text('settings.portRemove', { port: String(port) })}
              disabled={isDisabled}
              onClick={() => onChange({ mimoPorts: mimoPorts.filter((other) => other !== port) })}
            />
          </li>
        ))}
      </ul>
      <PortAdd
        settings={settings}
        isDisabled={isDisabled || mimoPorts.length >= PORTS_MAX}
        onChange={onChange}
      />
    </div>
  );
}

/** The settings are not what is listened on when the start named the ports: then that is said. */
function PortsNote({ isNone }: { readonly isNone: boolean }): ReactElement {
  const text = useText();
  const areGiven = useHello(({ hello }) => hello?.portsAreGiven === true);
  const links = useLinks((slice) => slice.links);
  if (!areGiven)
    return <p className={styles.about}>{text(isNone ? 'settings.portsNone' : 'settings.portsNote')}</p>;
  const addresses = (links ?? [])
    .filter(({ source, state, simulated }) => source === 'mimo' && state === 'up' && !simulated)
    .map(({ address }) => address)
    .join(', ');
  return (
    <p className={styles.about}>
      {text('settings.portsGiven', { addresses: addresses || text('settings.portsGivenNowhere') })}
    </p>
  );
}

function PortAdd({ settings, isDisabled, onChange }: SettingsPageProps): ReactElement {
  const text = useText();
  const [typed, setTyped] = useState('');
  const port = parsePort(typed);
  const isUsable = port !== null && !settings.mimoPorts.includes(port);
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault();
    if (!isUsable) return;
    setTyped('');
    onChange({ mimoPorts: [...settings.mimoPorts, port] });
  };
  return (
    <form onSubmit={onSubmit}>
      <div className={styles.row}>
        <TextInput
          className={styles.port}
          isData
          inputMode="numeric"
          aria-label={text('settings.portNew')}
          aria-invalid={typed !== '' && !isUsable}
          value={typed}
          disabled={isDisabled}
          onChange={(event) => setTyped(event.target.value)}
        />
        <Button type="submit" disabled={isDisabled || !isUsable}>
          {text('settings.portAdd')}
        </Button>
      </div>
      {typed === '' || isUsable ? null : <p className={styles.error}>{text('settings.portsInvalid')}</p>}
    </form>
  );
}
