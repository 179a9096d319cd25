/** A FramePort over a stream socket: each frame is its length as u32 little-endian, then its bytes. */
import type { Socket } from 'node:net';
import { ProtocolError } from '../../shared/failure.ts';
import type { FramePort } from '../../shared/rpc/frame-port.ts';

const HEADER_BYTES = 4;
const BUFFER_BYTES_MIN = 4_096;

/** Takes chunks cut anywhere, gives whole frames. Holds at most one unfinished frame. */
export class LengthFrames {
  private readonly frameBytesMax: number;
  private buffer = new Uint8Array(BUFFER_BYTES_MIN);
  private usedBytes = 0;

  constructor(frameBytesMax: number) {
    this.frameBytesMax = frameBytesMax;
  }

  /** Throws E_FRAME_TOO_LARGE at the header, before anything is allocated for the claim. */
  push(chunk: Uint8Array): Uint8Array[] {
    this.append(chunk);
    const frames: Uint8Array[] = [];
    let offset = 0;
    while (this.usedBytes - offset >= HEADER_BYTES) {
      const frameBytes = new DataView(this.buffer.buffer, offset).getUint32(0, true);
      if (frameBytes > this.frameBytesMax)
        throw new ProtocolError('E_FRAME_TOO_LARGE', `${frameBytes} bytes`);
      const end = offset + HEADER_BYTES + frameBytes;
      if (this.usedBytes < end) break;
      frames.push(this.buffer.slice(offset + HEADER_BYTES, end));
      offset = end;
    }
    this.buffer.copyWithin(0, offset, this.usedBytes);
    this.usedBytes -= offset;
    return frames;
  }

  /** Doubling keeps the cost per byte constant even when a peer sends one byte at a time. */
  private append(chunk: Uint8Array): void {
    const needed = this.usedBytes + chunk.length;
    if (needed > this.buffer.length) {
      const larger = new Uint8Array(Math.max(needed, this.buffer.length * 2));
      larger.set(this.buffer.subarray(0, this.usedBytes));
      this.buffer = larger;
    }
    this.buffer.set(chunk, this.usedBytes);
    this.usedBytes = needed;
  }
}

/** `frameBytesMax` bounds what the peer may send; a larger claim closes the socket. */
export function frameSocket(socket: Socket, frameBytesMax: number): FramePort {
  const reader = new LengthFrames(frameBytesMax);
  let closed = false;
  let tellClose: (reason: string) => void = () => undefined;
  const closedBy = (reason: string): void => {
    if (closed) return;
    closed = true;
    socket.destroy();
    tellClose(reason);
  };
  socket.on('close', () => closedBy('the peer closed the connection'));
  socket.on('error', (error) => closedBy(error.message));
  return {
    send(frame) {
      if (closed) return;
      const whole = new Uint8Array(HEADER_BYTES + frame.length);
      new DataView(whole.buffer).setUint32(0, frame.length, true);
      whole.set(frame, HEADER_BYTES);
      socket.write(whole);
    },
    onFrame(listener) {
      socket.on('data', (chunk: Buffer) => {
        if (closed) return;
        try {
          for (const frame of reader.push(chunk)) listener(frame);
        } catch (error) {
          if (!(error instanceof ProtocolError)) throw error;
          closedBy(error.message);
        }
      });
    },
    onClose(listener) {
      tellClose = listener;
    },
    close() {
      if (closed) return;
      closed = true;
      // What was sent still leaves: the last message tells why.
      socket.destroySoon();
    },
    queuedBytes: () => socket.writableLength,
  };
}
