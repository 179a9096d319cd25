import { FlaskConical } from 'lucide-react';
import { useState } from 'react';
import type { FormEvent, ReactElement } from 'react';
import type { LabState } from '../../../shared/contract/app.ts';
import { Badge } from '../../components/badge.tsx';
import { Button } from '../../components/button.tsx';
import { Popover } from '../../components/popover.tsx';
import { Switch } from '../../components/switch.tsx';
import { TextInput } from '../../components/text-input.tsx';
import { coreText, failureText } from '../../i18n/core-text.ts';
import { formatCount } from '../../i18n/format-number.ts';
import { useText } from '../../i18n/i18n.ts';
import { useApi } from '../../state/api.ts';
import { openLab, useDialogs } from '../../state/dialogs-slice.ts';
import { useHello } from '../../state/hello-slice.ts';
import { setLab, useLab } from '../../state/lab-slice.ts';
import { wholeNumber } from '../../state/whole-number.ts';
import styles from './lab-control.module.css';

const RATE_MAX = 50_000;

/** The built-in senders: on, off, how fast. Everything they send is marked as simulated. */
export function LabControl(): ReactElement {
  const text = useText();
  const lab = useLab((slice) => slice.lab);
  const isOpen = useDialogs((slice) => slice.isLabOpen);
  let state: string = text('lab.unknown');
  if (lab !== null) state = lab.running ? text('lab.on') : text('lab.off');
  const trigger = (
    <Button look="quiet" className={styles.button}>
      <FlaskConical aria-hidden size="1em" />
      {text('lab.button', { state })}
    </Button>
  );
  return (
    <Popover title={text('lab.title')} align="end" isOpen={isOpen} onOpenChange={openLab} trigger={trigger}>
      {lab === null ? <p>{text('lab.waiting')}</p> : <LabPanel lab={lab} />}
    </Popover>
  );
}

function LabPanel({ lab }: { readonly lab: LabState }): ReactElement {
  const text = useText();
  const api = useApi();
  const failure = useLab((slice) => slice.failure);
  const isReadOnly = useHello((slice) => slice.hello?.profile.readOnly === true);
  return (
    <>
      <p className={styles.about}>
        <Badge tone="accent">{text('simulated')}</Badge> {text('lab.about')}
      </p>
      <Switch
        label={text('lab.running')}
        isOn={lab.running}
        isDisabled={isReadOnly}
        onChange={(running) => void setLab(api, { running })}
      />
      <RateForm key={lab.ratePerSecond} lab={lab} isDisabled={isReadOnly} />
      <div>
        <Switch
          label={text('lab.bursts')}
          isOn={lab.bursts}
          isDisabled={isReadOnly}
          onChange={(bursts) => void setLab(api, { bursts })}
        />
        <p className={styles.note}>{text('lab.burstsWhy')}</p>
      </div>
      <LabFacts lab={lab} />
      {failure === null ? null : (
        <p className={styles.error} role="alert">
          {failureText(failure)}
        </p>
      )}
    </>
  );
}

function LabFacts({ lab }: { readonly lab: LabState }): ReactElement {
  const text = useText();
  return (
    <dl className={styles.facts}>
      <dt>{text('lab.emitter')}</dt>
      <dd>
        {text(`lab.emitters.${lab.emitter}`)}
        {lab.emitter === 'c' ? null : <p className={styles.note}>{coreText(lab.emitterReason)}</p>}
      </dd>
      <dt>{text('lab.sent')}</dt>
      <dd>{formatCount(lab.sent)}</dd>
      <dt>{text('lab.failed')}</dt>
      <dd className={lab.failed > 0 ? styles.error : undefined}>{formatCount(lab.failed)}</dd>
    </dl>
  );
}

interface RateFormProps {
  readonly lab: LabState;
  readonly isDisabled: boolean;
}

function RateForm({ lab, isDisabled }: RateFormProps): ReactElement {
  const text = useText();
  const api = useApi();
  const [typed, setTyped] = useState(String(lab.ratePerSecond));
  const rate = wholeNumber(typed, 0, RATE_MAX);
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault();
    if (rate !== null) void setLab(api, { ratePerSecond: rate });
  };
  return (
    <form className={styles.rate} onSubmit={onSubmit}>
      <label className={styles.rateLabel}>
        <span>{text('lab.rate')}</span>
        <TextInput
          className={styles.rateInput}
          inputMode="numeric"
          aria-invalid={rate === null}
          value={typed}
          disabled={isDisabled}
          onChange={(event) => setTyped(event.target.value)}
        />
      </label>
      <Button type="submit" disabled={isDisabled || rate === null || rate === lab.ratePerSecond}>
        {text('lab.apply')}
      </Button>
      {rate === null ? <p className={styles.error}>{text('lab.rateInvalid')}</p> : null}
    </form>
  );
}
