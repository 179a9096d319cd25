import type { SignalboxApi } from '../../../shared/contract/api.ts';
import type { Failure } from '../../../shared/failure.ts';
import { saidFailure } from '../../i18n/core-text.ts';
import type { TextFunction } from '../../i18n/i18n.ts';
import { canSend, sendDraft } from '../../state/dispatch-session.ts';
import { setConfirming, useDispatch } from '../../state/dispatch-slice.ts';
import { showToast } from '../../state/toasts.ts';
import { sentences } from './sentences.ts';

/** Sends, or asks first where the profile wants it. */
export function trySend(api: SignalboxApi, text: TextFunction): void {
  const slice = useDispatch.getState();
  const { preview } = slice;
  if (slice.jobId !== null || preview === null || !canSend(slice)) return;
  if (preview.confirm === 'none') void sendNow(api, text, '');
  else setConfirming(true);
}

/** The core compares the number with what it would really send. */
export async function sendNow(api: SignalboxApi, text: TextFunction, profileLabel: string): Promise<void> {
  const targets = useDispatch.getState().preview?.targets ?? null;
  const failure = await sendDraft(api, { targets, profileLabel });
  if (failure === null) return;
  showToast('bad', text('dispatch:send.failed', saidFailure(failure)));
}

/** Says a failure of any other act. */
export function sayFailure(failure: Failure | null, text: TextFunction): void {
  if (failure === null) return;
  const said = saidFailure(failure);
  showToast('bad', sentences(text('dispatch:failed', said), said.fix));
}
