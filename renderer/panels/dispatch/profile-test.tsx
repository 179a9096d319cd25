import { useState } from 'react';
import type { ReactElement } from 'react';
import type { ProfileTest as Outcome, ProfileView } from '../../../shared/contract/dispatch-profiles.ts';
import type { Failure } from '../../../shared/failure.ts';
import { Button } from '../../components/button.tsx';
import { Lamp } from '../../components/lamp.tsx';
import { cellText, shownText } from '../../components/shown-text.ts';
import { coreText } from '../../i18n/core-text.ts';
import { formatCount } from '../../i18n/format-number.ts';
import { useText } from '../../i18n/i18n.ts';
import { useApi } from '../../state/api.ts';
import styles from './profiles.module.css';
import { sentences } from './sentences.ts';
import { sayFailure } from './try-send.ts';

const LAMPS = { ok: 'up', failed: 'failed', skipped: 'off' } as const;

/** Tries every step on the way to the slot and names the one that breaks, with what the peer said. */
export function ProfileTest({ view }: { readonly view: ProfileView }): ReactElement {
  const text = useText();
  const api = useApi();
  const [isBusy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const run = async (): Promise<Failure | null> => {
    setBusy(true);
    const slotId = view.profile.slots[0]?.slotId ?? null;
    const result = await api.call('dispatch.profile.test', { profileId: view.profile.id, slotId });
    setBusy(false);
    setOutcome(result.ok ? result.value : null);
    return result.ok ? null : result.failure;
  };
  return (
    <section className={styles.form}>
      <div className={styles.line}>
        <Button disabled={isBusy} onClick={() => void run().then((failure) => sayFailure(failure, text))}>
          {text(isBusy ? 'dispatch:profiles.testing' : 'dispatch:profiles.test')}
        </Button>
        <span role="status">{outcome === null ? '' : <Verdict outcome={outcome} />}</span>
      </div>
      {outcome === null ? null : <Steps outcome={outcome} />}
    </section>
  );
}

function Verdict({ outcome }: { readonly outcome: Outcome }): ReactElement {
  const text = useText();
  const broken = outcome.steps.find(({ state }) => state === 'failed');
  if (broken === undefined)
    return (
      <span className={styles.good}>
        {text('dispatch:profiles.testOk', { n: formatCount(outcome.elapsedMs) })}
      </span>
    );
  const step = text(`dispatch:profiles.step.${broken.step}`);
  return <span className={styles.bad}>{text('dispatch:profiles.testFailed', { step })}</span>;
}

function Steps({ outcome }: { readonly outcome: Outcome }): ReactElement {
  const text = useText();
  const { reply } = outcome;
  return (
    <>
      <ol>
        {outcome.steps.map(({ step, state, detail, fix }) => (
          <li key={step} className={styles.step}>
            <Lamp state={LAMPS[state]} />
            <span>{text(`dispatch:profiles.step.${step}`)}</span>
            <span>{text(`dispatch:profiles.stepState.${state}`)}</span>
            <span className={styles.note}>
              {sentences(cellText(coreText(detail)), cellText(coreText(fix)))}
            </span>
          </li>
        ))}
      </ol>
      {reply === null ? null : (
        <>
          <p className={styles.note}>{text('dispatch:profiles.peerSaid', { status: reply.status })}</p>
          <pre className={styles.peer} tabIndex={0}>
            {shownText(
              [
                ...reply.headers.map(({ name, value }) => `${name}: ${value}`),
                '',
                new TextDecoder().decode(reply.body),
              ].join('\n'),
            )}
          </pre>
        </>
      )}
    </>
  );
}
