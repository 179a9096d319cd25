import type { TextFunction } from '../i18n/i18n.ts';
import { showToast } from './toasts.ts';

/** Puts text on the clipboard; says so when the browser refuses. True when it worked. */
export async function copyText(value: string, text: TextFunction): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(value);
    return true;
  } catch {
    // NotAllowedError: the page has no focus or the browser denies the clipboard.
    showToast('bad', text('copyFailed'));
    return false;
  }
}
