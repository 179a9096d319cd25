import { useRef, useState } from 'react';
import type { FormEvent, ReactElement, ReactNode } from 'react';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Switch } from '../../components/switch.tsx';
import { TextInput } from '../../components/text-input.tsx';
import { formatCount } from '../../i18n/format-number.ts';
import { useText } from '../../i18n/i18n.ts';
import styles from './dispatch-panel.module.css';

export interface ConfirmDialogProps {
  readonly title: string;
  readonly targets: number;
  readonly profileLabel: string;
  /** The bound that is passed, or null. */
  readonly aboveTargets: number | null;
  /** The name of the profile must be typed. */
  readonly mustType: boolean;
  /** The targets may have the message already. */
  readonly mayRepeat?: boolean;
  /** What else speaks for or against it. */
  readonly children?: ReactNode;
  readonly onClose: () => void;
  readonly onConfirm: (profileLabel: string) => void;
}

/** Asks what the profile wants to be asked before anything is sent. */
export function ConfirmDialog(props: ConfirmDialogProps): ReactElement {
  const { targets, profileLabel, aboveTargets, mustType, mayRepeat = false, onClose } = props;
  const text = useText();
  const [typed, setTyped] = useState('');
  const [isKnown, setKnown] = useState(false);
  const first = useRef<HTMLInputElement>(null);
  const isFree = (!mustType || typed === profileLabel) && (!mayRepeat || isKnown);
  const agents = text('dispatch:send.agents', { count: targets, n: formatCount(targets) });
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault();
    if (isFree) props.onConfirm(typed);
  };
  return (
    <Dialog
      isOpen
      size="small"
      title={props.title}
      onClose={onClose}
      {...(mustType ? { firstFocus: first } : {})}
      footer={
        <>
          <Button look="primary" disabled={!isFree} onClick={() => props.onConfirm(typed)}>
            {text('dispatch:confirm.send', { targets: agents })}
          </Button>
          <Button onClick={onClose}>{text('dispatch:confirm.cancel')}</Button>
        </>
      }
    >
      <form className={styles.confirm} onSubmit={onSubmit}>
        <p>{text('dispatch:confirm.what', { targets: agents, profile: profileLabel })}</p>
        {aboveTargets === null ? null : (
          <p className={styles.warning}>{text('dispatch:confirm.above', { n: formatCount(aboveTargets) })}</p>
        )}
        {props.children}
        {mayRepeat ? (
          <>
            <p className={styles.note}>{text('dispatch:confirm.repeatWhy')}</p>
            <Switch label={text('dispatch:confirm.repeat')} isOn={isKnown} onChange={setKnown} />
          </>
        ) : null}
        {mustType ? (
          <label className={styles.number}>
            {text('dispatch:confirm.type', { label: profileLabel })}
            <TextInput
              ref={first}
              aria-label={text('dispatch:confirm.name')}
              value={typed}
              onChange={(event) => setTyped(event.target.value)}
            />
          </label>
        ) : null}
      </form>
    </Dialog>
  );
}
