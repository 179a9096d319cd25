/**
 * Runs in the sandboxed preload world, bundled to one CommonJS file. Gives the page two frozen functions and nothing of Electron
 * (docs/THREATS.md A2). What crosses contextBridge is copied, so the page cannot reach back through it.
 */
import { contextBridge, ipcRenderer } from 'electron';
import type { SignalboxApi } from '../../../shared/contract/api.ts';
import { fail } from '../../../shared/failure.ts';
import { createClient } from '../../../shared/rpc/client.ts';
import type { Client } from '../../../shared/rpc/client.ts';
import type { FramePort } from '../../../shared/rpc/frame-port.ts';
import { CALL_CHANNEL, PORT_CHANNEL } from './channels.ts';

let client: Client | null = null;

/** The line is opened with the first stream, and again after the core cut it. */
function openClient(): Client {
  const { port1, port2 } = new MessageChannel();
  ipcRenderer.postMessage(PORT_CHANNEL, null, [port2]);
  const opened = createClient({ port: pagePort(port1, () => (client = null)), startTimer });
  return opened;
}

function startTimer(delayMs: number, run: () => void): () => void {
  const timer = setTimeout(run, delayMs);
  return () => clearTimeout(timer);
}

function pagePort(port: MessagePort, onGone: () => void): FramePort {
  let closed = false;
  let tellClose: (reason: string) => void = () => undefined;
  const end = (reason: string): void => {
    if (closed) return;
    closed = true;
    port.close();
    onGone();
    tellClose(reason);
  };
  port.addEventListener('close', () => end('the core closed the line'));
  port.start();
  return {
    send: (frame) => {
      if (!closed) port.postMessage(frame);
    },
    onFrame: (listener) => {
      port.addEventListener('message', (event: MessageEvent<unknown>) => {
        if (event.data instanceof Uint8Array) listener(event.data);
      });
    },
    onClose: (listener) => {
      tellClose = listener;
    },
    close: end,
    queuedBytes: () => 0,
  };
}

const api: SignalboxApi = {
  call: (name, input) =>
    ipcRenderer.invoke(CALL_CHANNEL, name, input).catch((error: unknown) => {
      // Electron and V8 word it alike: "… could not be cloned". Anything else means the main process is going down.
      const isOurFault = error instanceof Error && error.message.includes('could not be cloned');
      return isOurFault ? fail('E_INPUT', 'the value cannot be sent') : fail('E_DISCONNECTED', 'the core is gone');
    }),
  subscribe: (name, input, reader) => {
    client ??= openClient();
    return client.api.subscribe(name, input, reader);
  },
};

contextBridge.exposeInMainWorld('signalbox', Object.freeze(api));
