/**
 * The key that makes this window known to the serve host beside the cookie. It comes once, in the fragment of the address the
 * one-use link leads to, and is kept by the browser for this tab and this port alone, so that a reload needs no new link.
 */
const STORAGE_KEY = 'signalbox.window-key';
const KEY = /^#([\w-]{43})$/;

/** '' in a tab that was not opened by a link. The key is out of the address afterwards. */
export function takeWindowKey(): string {
  const given = KEY.exec(window.location.hash)?.[1];
  if (given === undefined) return kept();
  history.replaceState(history.state, '', window.location.pathname + window.location.search);
  try {
    sessionStorage.setItem(STORAGE_KEY, given);
  } catch {
    // QuotaExceededError or SecurityError: this window works until it is loaded anew.
  }
  return given;
}

function kept(): string {
  try {
    return sessionStorage.getItem(STORAGE_KEY) ?? '';
  } catch {
    return ''; // SecurityError: storage is switched off
  }
}
