import { CircleCheck, CircleX, TriangleAlert } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { ReactElement } from 'react';
import type { Doctor } from '../../../shared/contract/app.ts';
import type { Failure } from '../../../shared/failure.ts';
import { Button } from '../../components/button.tsx';
import { classNames } from '../../components/class-names.ts';
import { CopyButton } from '../../components/copy-button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { coreText } from '../../i18n/core-text.ts';
import { formatAgo } from '../../i18n/format-age.ts';
import { formatCount } from '../../i18n/format-number.ts';
import { formatTime } from '../../i18n/format-time.ts';
import { useText } from '../../i18n/i18n.ts';
import { useApi } from '../../state/api.ts';
import { closeDialog } from '../../state/dialogs-slice.ts';
import { useHello } from '../../state/hello-slice.ts';
import { useNow } from '../../state/now.ts';
import { useSettings } from '../../state/settings-slice.ts';
import styles from './diagnostics-dialog.module.css';

interface Answer {
  readonly doctor: Doctor | null;
  readonly failure: Failure | null;
  readonly atMs: number;
}

/** Runs the checks when it opens and each time it is asked to. */
function useDoctor(): {
  readonly answer: Answer | null;
  readonly isRunning: boolean;
  readonly again: () => void;
} {
  const api = useApi();
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [round, setRound] = useState(0);
  const [answeredRound, setAnsweredRound] = useState(-1);
  useEffect(() => {
    let isCurrent = true;
    void api.call('app.doctor', {}).then((result) => {
      if (!isCurrent) return;
      setAnsweredRound(round);
      setAnswer({
        doctor: result.ok ? result.value : null,
        failure: result.ok ? null : result.failure,
        atMs: Date.now(),
      });
    });
    return () => {
      isCurrent = false;
    };
  }, [api, round]);
  return { answer, isRunning: answeredRound !== round, again: () => setRound(round + 1) };
}

export function DiagnosticsDialog(): ReactElement {
  const text = useText();
  const { answer, isRunning, again } = useDoctor();
  const hello = useHello((slice) => slice.hello);
  const nowMs = useNow((slice) => slice.nowMs);
  const footer = (
    <>
      <span className={styles.age} role="status">
        {isRunning || answer === null
          ? text('diagnostics.running')
          : text('diagnostics.checkedAt', { age: formatAgo(nowMs - answer.atMs, text) })}
      </span>
      <CopyButton
        label={text('diagnostics.copyAll')}
        value={() => JSON.stringify({ hello, doctor: answer?.doctor ?? null }, null, 2)}
      />
      <Button disabled={isRunning} onClick={again}>
        {text('diagnostics.again')}
      </Button>
    </>
  );
  return (
    <Dialog
      isOpen
      onClose={closeDialog}
      title={text('diagnostics.title')}
      size="large"
      footer={footer}
      isReading
    >
      <About />
      {answer?.failure === null || answer === null ? null : (
        <p className={styles.failed} role="alert">
          {text('diagnostics.failed', {
            code: answer.failure.code,
            message: coreText(answer.failure.message),
          })}
        </p>
      )}
      <Checks checks={answer?.doctor?.checks ?? []} />
      <Limits limits={answer?.doctor?.limits ?? {}} />
    </Dialog>
  );
}

function About(): ReactElement | null {
  const text = useText();
  const hello = useHello((slice) => slice.hello);
  const zone = useSettings((slice) => slice.settings.timeZone);
  if (hello === null) return null;
  const facts: readonly (readonly [string, string])[] = [
    [text('diagnostics.version'), hello.version],
    [text('diagnostics.host'), `${text(`diagnostics.hosts.${hello.host}`)} · ${coreText(hello.hostReason)}`],
    [text('diagnostics.platform'), hello.platform],
    [text('diagnostics.dataFolder'), hello.dataFolder],
    [text('diagnostics.started'), formatTime(hello.startedAtMs, zone)],
  ];
  return (
    <section className={styles.section}>
      <h3 className={styles.heading}>{text('diagnostics.about')}</h3>
      <dl className={styles.facts}>
        {facts.map(([name, value]) => (
          <div key={name} className={styles.fact}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

const CHECK_ICONS = { ok: CircleCheck, warn: TriangleAlert, fail: CircleX } as const;

function Checks({ checks }: Pick<Doctor, 'checks'>): ReactElement | null {
  const text = useText();
  if (checks.length === 0) return null;
  return (
    <section className={styles.section}>
      <h3 className={styles.heading}>{text('diagnostics.checks')}</h3>
      <ul>
        {checks.map((check) => {
          const Icon = CHECK_ICONS[check.state];
          return (
            <li key={check.name} className={styles.check}>
              <span className={classNames(styles.state, styles[check.state])}>
                <Icon aria-hidden size="1rem" />
                {text(`diagnostics.states.${check.state}`)}
              </span>
              <span className={styles.name}>{coreText(check.name)}</span>
              <span className={styles.detail}>
                {coreText(check.detail)}
                {check.fix === '' ? null : <span className={styles.fix}>{coreText(check.fix)}</span>}
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function Limits({ limits }: Pick<Doctor, 'limits'>): ReactElement | null {
  const text = useText();
  const names = Object.keys(limits);
  if (names.length === 0) return null;
  return (
    <section className={styles.section}>
      <h3 className={styles.heading}>{text('diagnostics.limits')}</h3>
      <dl className={styles.limits}>
        {names.map((name) => (
          <div key={name} className={styles.limit}>
            <dt>{name}</dt>
            <dd>{formatCount(limits[name] ?? 0)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
