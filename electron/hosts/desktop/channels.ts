/** The two channels between preload and main process. */

/** `invoke(CALL_CHANNEL, name, input)` → Result. */
export const CALL_CHANNEL = 'signalbox:call';
/** `postMessage(PORT_CHANNEL, null, [port])`: the port carries frames of streams. */
export const PORT_CHANNEL = 'signalbox:port';
