/** Addresses the serve host and its page agree on. Everything else below `/` is a file of the page. */

/** The one WebSocket; `RPC_PROTOCOL` is its subprotocol, so that a page of another version is refused at the door. */
export const RPC_PATH = '/rpc';
export const RPC_PROTOCOL = 'signalbox.v1';
/** 204 when this browser is signed in, 401 when not. */
export const SESSION_PATH = '/session';
/** `/open?ticket=…` exchanges the printed one-use link for a session cookie. */
export const OPEN_PATH = '/open';
/** `/export/…` gives a finished export once. */
export const EXPORT_PREFIX = '/export/';
