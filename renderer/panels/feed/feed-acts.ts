/** What the operator does to the selected event; answers come as toasts. */
import type { SignalboxApi } from '../../../shared/contract/api.ts';
import type { EventDetail, EventRow } from '../../../shared/model/event.ts';
import { coreText, failureText } from '../../i18n/core-text.ts';
import type { TextFunction } from '../../i18n/i18n.ts';
import { copyText } from '../../state/copy-text.ts';
import { replyTo } from '../../state/dispatch-reply.ts';
import { setBookmark } from '../../state/feed-bookmarks.ts';
import { useFeed } from '../../state/feed-slice.ts';
import { showToast } from '../../state/toasts.ts';
import { cliLine, curlLine, eventJson } from './copy-forms.ts';

export type CopyForm = 'json' | 'curl' | 'cli';
const FORMS: Readonly<Record<CopyForm, (detail: EventDetail) => string | null>> = {
  json: eventJson,
  curl: curlLine,
  cli: cliLine,
};

export async function toggleBookmark(api: SignalboxApi, seq: number, text: TextFunction): Promise<void> {
  const on = !useFeed.getState().bookmarkedSeqs.has(seq);
  const failure = await setBookmark(api, seq, on, '');
  if (failure !== null)
    showToast(
      'bad',
      text('feed:bookmark.failed', { code: failure.code, message: coreText(failure.message) }),
    );
}

/** Opens the form of the Dispatch view under the id of this uplink. */
export async function answer(api: SignalboxApi, row: EventRow, text: TextFunction): Promise<void> {
  const failure = await replyTo(api, row);
  if (failure !== null)
    showToast('bad', text('feed:replyFailed', { code: failure.code, message: coreText(failure.message) }));
}

/** What the operator has to say about a marked row. */
export async function noteBookmark(
  api: SignalboxApi,
  seq: number,
  note: string,
  text: TextFunction,
): Promise<void> {
  const failure = await setBookmark(api, seq, true, note);
  if (failure !== null)
    showToast(
      'bad',
      text('feed:bookmark.failed', { code: failure.code, message: coreText(failure.message) }),
    );
}

/** The bytes of a row: those the inspector holds, or fetched now. */
export async function detailOf(api: SignalboxApi, seq: number): Promise<EventDetail | null> {
  const { detail } = useFeed.getState();
  if (detail.state === 'here' && detail.detail.row.seq === seq) return detail.detail;
  const result = await api.call('feed.event', { seq });
  if (!result.ok) showToast('bad', failureText(result.failure));
  return result.ok ? result.value : null;
}

export async function copyEvent(
  api: SignalboxApi,
  seq: number,
  form: CopyForm,
  text: TextFunction,
): Promise<void> {
  const detail = await detailOf(api, seq);
  if (detail === null) return;
  const copy = FORMS[form](detail);
  if (copy === null) {
    showToast('bad', text(`feed:copy.cannot.${form}`));
    return;
  }
  if (await copyText(copy, text)) showToast('ok', text(`feed:copy.done.${form}`));
}
