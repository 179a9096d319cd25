/** What can be wrong with a lab agent: docs/protocols/gse.md section 10, "Fault switches". */
import type { Socket } from 'node:net';

export type AgentFault =
  /** Not even listening. */
  | { readonly kind: 'refuse' }
  | { readonly kind: 'accept_and_close' }
  | { readonly kind: 'no_keepalive_answers' }
  /** Everything the agent says comes so late. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Instead of an answer to a keepalive or a sync request these bytes. */
  | { readonly kind: 'malformed'; readonly bytes: Uint8Array }
  /** Each frame ends after so many bytes, and the connection with it. */
  | { readonly kind: 'cut'; readonly atByte: number }
  | { readonly kind: 'byte_by_byte' }
  /** A frame waits for the next one; both go as one write. */
  | { readonly kind: 'glue' }
  | { readonly kind: 'stop_reading' };

/** One connection of a lab agent, written to through the fault that is on. */
export class FaultyWriter {
  readonly #socket: Socket;
  readonly #timers = new Set<NodeJS.Timeout>();
  #held: Uint8Array | null = null;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.once('close', () => {
      for (const timer of this.#timers) clearTimeout(timer);
      this.#timers.clear();
    });
  }

  write(frame: Uint8Array, fault: AgentFault | null): void {
    if (fault?.kind === 'delay') {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        this.#put(frame);
      }, fault.ms);
      this.#timers.add(timer);
    } else if (fault?.kind === 'cut') {
      this.#put(frame.subarray(0, fault.atByte));
      this.#socket.end();
    } else if (fault?.kind === 'byte_by_byte') {
      for (let offset = 0; offset < frame.length; offset += 1) this.#put(frame.subarray(offset, offset + 1));
    } else if (fault?.kind === 'glue' && this.#held === null) {
      this.#held = frame;
    } else {
      this.#put(this.#held === null ? frame : Buffer.concat([this.#held, frame]));
      this.#held = null;
    }
  }

  #put(bytes: Uint8Array): void {
    if (this.#socket.writable) this.#socket.write(bytes);
  }
}
