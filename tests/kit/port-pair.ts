/** Two FramePorts joined by a real MessageChannel: frames are cloned and arrive in a later turn, as between two processes. */
import { MessageChannel } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import type { FramePort } from '../../shared/rpc/frame-port.ts';

export function messagePortFrames(port: MessagePort): FramePort {
  let closed = false;
  let tellClose: (reason: string) => void = () => undefined;
  const end = (reason: string): void => {
    if (closed) return;
    closed = true;
    port.close();
    tellClose(reason);
  };
  port.on('close', () => end('the other side closed'));
  return {
    send: (frame) => {
      if (!closed) port.postMessage(frame);
    },
    onFrame: (listener) => void port.on('message', (frame: Uint8Array) => listener(frame)),
    onClose: (listener) => {
      tellClose = listener;
    },
    close: end,
    queuedBytes: () => 0,
  };
}

export function portPair(): { near: FramePort; far: FramePort } {
  const { port1, port2 } = new MessageChannel();
  return { near: messagePortFrames(port1), far: messagePortFrames(port2) };
}

/** A port that only remembers: frames sent are in `sent`, `deliver` plays the other side. */
export function recordingPort(): FramePort & { sent: Uint8Array[]; closedBecause: string | null; queued: number; deliver(frame: Uint8Array): void; breakOff(reason: string): void } {
  let tellFrame: (frame: Uint8Array) => void = () => undefined;
  let tellClose: (reason: string) => void = () => undefined;
  const port = {
    sent: [] as Uint8Array[],
    closedBecause: null as string | null,
    queued: 0,
    send: (frame: Uint8Array) => void port.sent.push(frame),
    onFrame: (listener: (frame: Uint8Array) => void) => {
      tellFrame = listener;
    },
    onClose: (listener: (reason: string) => void) => {
      tellClose = listener;
    },
    close: (reason: string) => {
      port.closedBecause ??= reason;
    },
    queuedBytes: () => port.queued,
    deliver: (frame: Uint8Array) => tellFrame(frame),
    breakOff: (reason: string) => tellClose(reason),
  };
  return port;
}
