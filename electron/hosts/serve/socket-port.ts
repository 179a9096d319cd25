/** A FramePort over one accepted WebSocket. */
import type { WebSocket } from 'ws';
import type { FramePort } from '../../../shared/rpc/frame-port.ts';

const CLOSE_REASON_BYTES_MAX = 120;
/** A peer that does not answer our close is cut after this long. */
const CLOSE_WAIT_MS = 1_000;

export function socketPort(socket: WebSocket): FramePort {
  let closed = false;
  let tellClose: (reason: string) => void = () => undefined;
  const closedBy = (reason: string): void => {
    if (closed) return;
    closed = true;
    tellClose(reason);
  };
  socket.binaryType = 'nodebuffer';
  socket.on('close', (code) => closedBy(`the window closed the connection (${code})`));
  // ws reports a too large or malformed frame here, then closes by itself with the right code.
  socket.on('error', (error) => closedBy(error.message));
  return {
    send(frame) {
      if (!closed) socket.send(frame);
    },
    onFrame(listener) {
      socket.on('message', (data, isBinary) => {
        if (isBinary && Buffer.isBuffer(data)) listener(data);
        else socket.close(1003, 'frames only');
      });
    },
    onClose(listener) {
      tellClose = listener;
    },
    close(reason) {
      closed = true;
      socket.close(1000, clipped(reason));
      setTimeout(() => socket.terminate(), CLOSE_WAIT_MS).unref();
    },
    queuedBytes: () => socket.bufferedAmount,
  };
}

/** A close reason is bounded in bytes by RFC 6455 section 5.5. */
function clipped(reason: string): string {
  const bytes = Buffer.from(reason, 'utf8');
  if (bytes.length <= CLOSE_REASON_BYTES_MAX) return reason;
  return bytes.subarray(0, CLOSE_REASON_BYTES_MAX).toString('latin1').replaceAll(/[^ -~]/g, '.');
}
