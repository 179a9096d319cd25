/**
 * The only file that hears the renderer. Every message is checked for who sent it (docs/THREATS.md A3): our window, its main
 * frame, showing our page. Calls come by `invoke`; streams over a MessagePort handed over once by the same frame.
 */
import { ipcMain } from 'electron';
import type { IpcMainEvent, IpcMainInvokeEvent, MessagePortMain, WebContents, WebFrameMain } from 'electron';
import { fail } from '../../../shared/failure.ts';
import type { Result } from '../../../shared/failure.ts';
import type { FramePort } from '../../../shared/rpc/frame-port.ts';
import { Dispatcher } from '../../rpc/dispatcher.ts';
import type { CallHandlers, StreamHandlers } from '../../rpc/handlers.ts';
import { PeerSession } from '../../rpc/peer-session.ts';
import { CALL_CHANNEL, PORT_CHANNEL } from './channels.ts';
import { isPageAddress } from './protocol.ts';

export interface BridgeOptions {
  readonly calls: CallHandlers;
  readonly streams: StreamHandlers;
  /** The window's contents; null while there is no window. */
  readonly contents: () => WebContents | null;
  readonly onBug: (name: string, error: unknown) => void;
}

/** Starts listening; returns the function that ends all sessions and stops. */
export function openBridge(options: BridgeOptions): () => void {
  const dispatcher = new Dispatcher({ handlers: options.calls, onBug: options.onBug });
  const sessions = new Set<PeerSession>();
  const isOurs = (event: IpcMainEvent | IpcMainInvokeEvent): boolean => isOwnMainFrame(event, options.contents());

  ipcMain.handle(CALL_CHANNEL, (event, name: unknown, input: unknown): Promise<Result<unknown>> => {
    if (!isOurs(event)) return Promise.resolve(fail('E_SENDER', 'only the console page may call'));
    return dispatcher.call(name, input);
  });
  ipcMain.on(PORT_CHANNEL, (event) => {
    const [port, ...others] = event.ports;
    if (port === undefined || others.length > 0 || !isOurs(event)) {
      for (const unwanted of event.ports) unwanted.close();
      return;
    }
    // A page that was loaded again brings a new port; the old one belongs to a document that is gone.
    for (const session of sessions) session.end('the page was loaded again');
    const session: PeerSession = new PeerSession({
      port: mainPort(port),
      calls: options.calls,
      streams: options.streams,
      onBug: options.onBug,
      onEnd: () => sessions.delete(session),
    });
    sessions.add(session);
    port.start();
  });
  return () => {
    ipcMain.removeHandler(CALL_CHANNEL);
    ipcMain.removeAllListeners(PORT_CHANNEL);
    for (const session of sessions) session.end('the console stops');
  };
}

/** `senderFrame` is null when the frame navigated away or was destroyed before its message was read. */
export function isOwnMainFrame(
  event: { readonly senderFrame: Pick<WebFrameMain, 'parent' | 'url'> | null; readonly sender: unknown },
  contents: { readonly mainFrame: unknown } | null,
): boolean {
  const { senderFrame } = event;
  if (contents === null || senderFrame === null || event.sender !== contents) return false;
  return senderFrame === contents.mainFrame && senderFrame.parent === null && isPageAddress(senderFrame.url);
}

function mainPort(port: MessagePortMain): FramePort {
  let closed = false;
  let tellClose: (reason: string) => void = () => undefined;
  port.on('close', () => {
    if (!closed) tellClose('the page is gone');
    closed = true;
  });
  return {
    send: (frame) => {
      if (!closed) port.postMessage(frame);
    },
    onFrame: (listener) => {
      port.on('message', ({ data }: { data: unknown }) => {
        if (data instanceof Uint8Array) listener(data);
        else tellClose('the page sent something that is no frame');
      });
    },
    onClose: (listener) => {
      tellClose = listener;
    },
    close: () => {
      closed = true;
      port.close();
    },
    // A MessagePort does not tell; what can wait in it is bounded by the credits (stream-hub.ts).
    queuedBytes: () => 0,
  };
}
