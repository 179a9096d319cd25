import { Send } from 'lucide-react';
import type { ReactElement } from 'react';
import { Button } from '../../components/button.tsx';
import { KeyHint } from '../../components/key-hint.tsx';
import { coreText, profileName } from '../../i18n/core-text.ts';
import { formatAge } from '../../i18n/format-age.ts';
import { formatCount } from '../../i18n/format-number.ts';
import { useText } from '../../i18n/i18n.ts';
import { useApi } from '../../state/api.ts';
import { canSend } from '../../state/dispatch-session.ts';
import { chosenProfile, freshCheck, setConfirming, useDispatch } from '../../state/dispatch-slice.ts';
import { useNow } from '../../state/now.ts';
import { ConfirmDialog } from './confirm-dialog.tsx';
import styles from './dispatch-panel.module.css';
import { sendNow, trySend } from './try-send.ts';

/** What Send will do, in words, and the button. */
export function SendBar(): ReactElement {
  const text = useText();
  const api = useApi();
  const kind = useDispatch((slice) => chosenProfile(slice)?.profile.kind);
  const isReady = useDispatch(canSend);
  return (
    <section className={styles.send} data-kind={kind} aria-label={text('dispatch:send.label')}>
      <div className={styles.will}>
        <Will />
        <Preflight />
      </div>
      <Button look="primary" disabled={!isReady} onClick={() => trySend(api, text)}>
        <Send aria-hidden size="1em" />
        {text('dispatch:send.button')}
      </Button>
      <KeyHint keys="Ctrl+Enter" />
      <ConfirmSend />
    </section>
  );
}

function Will(): ReactElement {
  const text = useText();
  const preview = useDispatch((slice) => slice.preview);
  const isDue = useDispatch((slice) => slice.isPreviewDue);
  const chosen = useDispatch(chosenProfile);
  const profile = chosen?.profile;
  if (preview === null || chosen === null || profile === undefined)
    return (
      <p className={styles.what} role="status">
        {text(profile === undefined || isDue ? 'dispatch:send.checking' : 'dispatch:send.numbers')}
      </p>
    );
  const { targets, requests, fault } = preview;
  const will = text('dispatch:send.will', {
    targets: text('dispatch:send.agents', { count: targets, n: formatCount(targets) }),
    requests: text('dispatch:send.batches', { count: requests, n: formatCount(requests) }),
    profile: profileName(profile.label, chosen.simulated),
  });
  return (
    <p className={styles.what} role="status">
      {targets === 0 ? text('dispatch:send.noTargets') : will}
      {fault === null || targets === 0 ? null : (
        <span className={styles.why}> — {coreText(fault.message)}</span>
      )}
    </p>
  );
}

/** Said where the button is: who is not running will most likely fail. */
function Preflight(): ReactElement | null {
  const text = useText();
  const check = useDispatch(freshCheck);
  const nowMs = useNow((slice) => slice.nowMs);
  if (check === null || check.running === check.total) return null;
  const bad = formatCount(check.total - check.running);
  const age = formatAge(Math.max(0, nowMs - check.atMs), text);
  return (
    <p className={styles.preflight}>
      {text('dispatch:form.checkBad', { bad, all: formatCount(check.total) })} ·{' '}
      {text('dispatch:form.checkAge', { age })}
    </p>
  );
}

function ConfirmSend(): ReactElement | null {
  const text = useText();
  const api = useApi();
  const isOpen = useDispatch((slice) => slice.isConfirming);
  const chosen = useDispatch(chosenProfile);
  const preview = useDispatch((slice) => slice.preview);
  if (!isOpen || chosen === null || preview === null) return null;
  const { profile, simulated } = chosen;
  return (
    <ConfirmDialog
      title={text('dispatch:confirm.title')}
      targets={preview.targets}
      profileLabel={profileName(profile.label, simulated)}
      aboveTargets={preview.targets > profile.confirmAboveTargets ? profile.confirmAboveTargets : null}
      mustType={preview.confirm === 'name'}
      onClose={() => setConfirming(false)}
      onConfirm={(label) => void sendNow(api, text, label)}
    >
      <Preflight />
    </ConfirmDialog>
  );
}
