/** A FramePort over the browser's WebSocket. Frames sent before the socket is open wait for it. */
import type { FramePort } from '../../shared/rpc/frame-port.ts';

export interface WebSocketPort extends FramePort {
  onOpen(listener: () => void): void;
}

export function openWebSocketPort(url: string, protocols: string[]): WebSocketPort {
  const socket = new WebSocket(url, protocols);
  socket.binaryType = 'arraybuffer';
  let waiting: Uint8Array[] = [];
  let closed = false;
  let tellOpen: () => void = () => undefined;
  let tellFrame: (frame: Uint8Array) => void = () => undefined;
  let tellClose: (reason: string) => void = () => undefined;

  const end = (reason: string): void => {
    if (closed) return;
    closed = true;
    waiting = [];
    socket.close();
    tellClose(reason);
  };
  const write = (frame: Uint8Array): void => socket.send(frame as Uint8Array<ArrayBuffer>);
  socket.addEventListener('open', () => {
    for (const frame of waiting) write(frame);
    waiting = [];
    tellOpen();
  });
  socket.addEventListener('message', (event: MessageEvent<unknown>) => {
    if (event.data instanceof ArrayBuffer) tellFrame(new Uint8Array(event.data));
    else end('the host sent text where frames are spoken');
  });
  socket.addEventListener('close', (event) => end(event.reason === '' ? 'the host closed the connection' : event.reason));

  return {
    send(frame) {
      if (closed) return;
      if (socket.readyState === WebSocket.CONNECTING) waiting.push(frame);
      else write(frame);
    },
    onFrame(listener) {
      tellFrame = listener;
    },
    onClose(listener) {
      tellClose = listener;
    },
    onOpen(listener) {
      tellOpen = listener;
    },
    close: end,
    queuedBytes: () => socket.bufferedAmount,
  };
}
