/**
 * The page's way to the core: the desktop preload's `window.signalbox` when it is there, else one WebSocket to the serve host,
 * opened again with growing pauses whenever it breaks. Streams are not reopened here: each ends with E_DISCONNECTED and its
 * reader subscribes again (renderer/state/watch-stream.ts).
 */
import type { SignalboxApi } from '../../shared/contract/api.ts';
import { LIMITS } from '../../shared/limits.ts';
import { createClient } from '../../shared/rpc/client.ts';
import type { Client } from '../../shared/rpc/client.ts';
import {
  RPC_PATH,
  RPC_PROTOCOL,
  SESSION_PATH,
  WINDOW_KEY_HEADER,
  WINDOW_KEY_PREFIX,
} from '../../shared/rpc/serve-paths.ts';
import { openWebSocketPort } from './web-socket-port.ts';
import { takeWindowKey } from './window-key.ts';

declare global {
  interface Window {
    /** Put there by the desktop preload; absent in a browser. */
    readonly signalbox?: SignalboxApi;
  }
}

/**
 * `connecting` the first time · `connected` · `reconnecting` the line broke; `reason` says why, in English, for a detail line.
 * `signed_out` the host runs but does not know this window (it was restarted, or the tab was opened without its link): a new link
 * is needed.
 */
export type ConnectionState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'connected' }
  | { readonly kind: 'reconnecting'; readonly reason: string; readonly sinceMs: number; readonly tries: number }
  | { readonly kind: 'signed_out' };

export interface Connection {
  /** Always usable: without a line, calls answer E_DISCONNECTED and streams end with it. */
  readonly api: SignalboxApi;
  state(): ConnectionState;
  /** Returns the function that stops listening. The listener is not called for the state of now. */
  onConnectionChange(listener: (state: ConnectionState) => void): () => void;
  /** Gives up for good. Idempotent. */
  close(): void;
}

const RETRY_MAX_MS = 5_000;

export function connect(): Connection {
  if (window.signalbox !== undefined) return desktopConnection(window.signalbox);
  return new ServeConnection();
}

/** The desktop window lives and dies with its core, so its connection has one state. */
function desktopConnection(api: SignalboxApi): Connection {
  return {
    api,
    state: () => ({ kind: 'connected' }),
    onConnectionChange: () => () => undefined,
    close: () => undefined,
  };
}

class ServeConnection implements Connection {
  readonly api: SignalboxApi;
  private readonly windowKey = takeWindowKey();
  private readonly listeners = new Set<(state: ConnectionState) => void>();
  private current: ConnectionState = { kind: 'connecting' };
  private client: Client;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private retryMs: number = LIMITS.backoffMinMs;
  private brokenSinceMs = 0;
  private tries = 0;
  private closed = false;

  constructor() {
    this.client = this.open();
    this.api = {
      call: (name, input) => this.client.api.call(name, input),
      subscribe: (name, input, reader) => this.client.api.subscribe(name, input, reader),
    };
  }

  state(): ConnectionState {
    return this.current;
  }

  onConnectionChange(listener: (state: ConnectionState) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    this.client.close('the page is done');
  }

  private open(): Client {
    const { protocol, host } = window.location;
    const protocols = this.windowKey === '' ? [RPC_PROTOCOL] : [RPC_PROTOCOL, WINDOW_KEY_PREFIX + this.windowKey];
    const port = openWebSocketPort(`${protocol === 'https:' ? 'wss' : 'ws'}://${host}${RPC_PATH}`, protocols);
    let opened = false;
    port.onOpen(() => {
      opened = true;
      this.connected();
    });
    return createClient({
      port: {
        ...port,
        onClose: (listener) =>
          port.onClose((reason) => {
            listener(reason);
            void this.broken(reason, opened);
          }),
      },
      startTimer: (delayMs, run) => {
        const timer = setTimeout(run, delayMs);
        return () => clearTimeout(timer);
      },
    });
  }

  private connected(): void {
    this.retryMs = LIMITS.backoffMinMs;
    this.tries = 0;
    this.brokenSinceMs = 0;
    this.change({ kind: 'connected' });
  }

  private async broken(reason: string, wasOpen: boolean): Promise<void> {
    if (this.closed) return;
    if (this.brokenSinceMs === 0) this.brokenSinceMs = Date.now();
    this.tries += 1;
    const isSignedOut = !wasOpen && (await isUnknownToHost(this.windowKey));
    const { brokenSinceMs: sinceMs, tries } = this;
    this.change(isSignedOut ? { kind: 'signed_out' } : { kind: 'reconnecting', reason, sinceMs, tries });
    this.timer = setTimeout(() => {
      if (!this.closed) this.client = this.open();
    }, this.retryMs);
    this.retryMs = Math.min(this.retryMs * 2, RETRY_MAX_MS);
  }

  private change(state: ConnectionState): void {
    this.current = state;
    for (const listener of this.listeners) listener(state);
  }
}

/** A WebSocket does not say why it was refused, so the host is asked plainly. No answer means it is not there. */
async function isUnknownToHost(windowKey: string): Promise<boolean> {
  try {
    const response = await fetch(SESSION_PATH, { cache: 'no-store', headers: { [WINDOW_KEY_HEADER]: windowKey } });
    return response.status === 401;
  } catch {
    return false; // TypeError: the host cannot be reached
  }
}
