/** Addresses the serve host and its page agree on. Everything else below `/` is a file of the page. */

/** The one WebSocket; `RPC_PROTOCOL` is its subprotocol, so that a page of another version is refused at the door. */
export const RPC_PATH = '/rpc';
export const RPC_PROTOCOL = 'signalbox.v1';
/**
 * The window's own key stands behind this prefix as a second subprotocol. Cookies know no ports: any web server of this machine
 * that the browser visits is sent the session cookie, but never this key.
 */
export const WINDOW_KEY_PREFIX = 'signalbox.key.';
/** 204 when this browser, and the key of the header, are signed in; 401 when not. */
export const SESSION_PATH = '/session';
export const WINDOW_KEY_HEADER = 'x-signalbox-key';
/** `/open?ticket=…` exchanges the printed one-use link for a session cookie and, in the fragment of the page's address, the window's key. */
export const OPEN_PATH = '/open';
/** `/export/…` gives a finished export once. */
export const EXPORT_PREFIX = '/export/';
