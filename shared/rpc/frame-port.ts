/** A line that carries whole frames in order: a MessagePort or a WebSocket. */
export interface FramePort {
  /** After the line closed it does nothing. The bytes are not used again by the caller. */
  send(frame: Uint8Array): void;
  /** One listener; set it before the first frame can arrive. */
  onFrame(listener: (frame: Uint8Array) => void): void;
  /** One listener, called once. */
  onClose(listener: (reason: string) => void): void;
  /** Idempotent. */
  close(reason: string): void;
  /** Bytes handed to `send` that have not left this process, as far as the transport can tell. */
  queuedBytes(): number;
}

/** Timers come in, so that shared/ needs no platform and tests no waiting. Returns the function that stops it. */
export type StartTimer = (delayMs: number, run: () => void) => () => void;
