/** A SEQPACKET socket with a bounded queue for what the peer does not read yet. Sockets only: it knows no message. */
import type { NativeAddon, PeerCredentials, SeqpacketSocket } from '../../../native/index.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { NetipcSocketError } from './errors.ts';

const DRAIN_TIMEOUT_MS = 200;
const ECONNRESET = 104;
const EMSGSIZE = 90;

export interface PacketEvents {
  /** A view of the receive buffer: gone after this returns. */
  packet(packet: Uint8Array): void;
  /** Once: end of file, a broken connection, or a packet longer than the buffer. Never after close(). */
  ended(error: NetipcSocketError): void;
}

export function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : 'EUNKNOWN';
}

export class PacketSocket {
  private readonly native: NativeAddon;
  private readonly socket: SeqpacketSocket;
  private readonly queue: Uint8Array[] = [];
  private queuedBytes = 0;
  private isOpen = true;
  private drainTimer: NodeJS.Timeout | null = null;

  constructor(native: NativeAddon, socket: SeqpacketSocket) {
    this.native = native;
    this.socket = socket;
  }

  get peer(): PeerCredentials {
    return this.native.seqpacketPeer(this.socket);
  }

  /** Starts, or goes on with another buffer and other listeners. The buffer must hold the longest packet that may come. */
  read(buffer: Uint8Array, events: PacketEvents): void {
    let view = buffer;
    this.native.seqpacketWatchPackets(this.socket, buffer, (length) => {
      if (!this.isOpen) return;
      if (length > 0) {
        // Answers often have one size: the same view does again.
        if (view.length !== length) view = buffer.subarray(0, length);
        events.packet(view);
      } else {
        this.ended(length, events);
      }
    });
  }

  /** Head and body as one packet. Fails SEND when the peer is gone or reads too slowly. */
  send(head: Uint8Array, body?: Uint8Array): void {
    if (!this.isOpen) throw new NetipcSocketError('SEND', 'the connection is closed');
    if (this.queue.length > 0 || !this.trySend(head, body)) this.enqueue(head, body);
  }

  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.queue.length = 0;
    if (this.drainTimer !== null) clearTimeout(this.drainTimer);
    this.native.seqpacketClose(this.socket);
  }

  /**
   * Sends end of file and reads on until the peer leaves: closing with unread input would make the kernel throw away what we sent
   * (docs/protocols/netipc.md section 14, B12).
   */
  closeAfterAnswer(): void {
    if (!this.isOpen || this.drainTimer !== null) return;
    this.drainTimer = setTimeout(() => this.close(), DRAIN_TIMEOUT_MS);
    const end = (): void => this.close();
    this.read(new Uint8Array(LIMITS.netipcPacketBytes), { packet: () => undefined, ended: end });
    if (this.queue.length > 0) return; // flush() ends the sending side
    this.endSending();
  }

  private endSending(): void {
    try {
      this.native.seqpacketShutdownSending(this.socket);
    } catch {
      this.close(); // the peer is gone already
    }
  }

  private ended(length: number, events: PacketEvents): void {
    this.close();
    const reason =
      length === 0 || length === -ECONNRESET
        ? 'the peer closed the connection'
        : `receiving failed (errno ${-length})`;
    const wire = length === -EMSGSIZE ? 'PROTOCOL' : 'RECV';
    events.ended(new NetipcSocketError(wire, length === -EMSGSIZE ? 'packet longer than agreed' : reason));
  }

  private trySend(head: Uint8Array, body?: Uint8Array): boolean {
    try {
      return this.native.seqpacketSend(this.socket, head, body);
    } catch (error) {
      throw new NetipcSocketError('SEND', `the peer takes nothing more (${errnoOf(error)})`, {
        cause: error,
      });
    }
  }

  private enqueue(head: Uint8Array, body?: Uint8Array): void {
    const packet = new Uint8Array(head.length + (body?.length ?? 0));
    packet.set(head);
    if (body !== undefined) packet.set(body, head.length);
    this.queuedBytes += packet.length;
    if (this.queuedBytes > LIMITS.netipcSendQueueBytesMax) {
      throw new NetipcSocketError('SEND', `the peer does not read: ${this.queuedBytes} bytes wait`);
    }
    this.queue.push(packet);
    if (this.queue.length === 1) this.native.seqpacketOnceWritable(this.socket, () => this.flush());
  }

  private flush(): void {
    try {
      let packet = this.queue[0];
      while (packet !== undefined && this.isOpen) {
        if (!this.trySend(packet)) {
          this.native.seqpacketOnceWritable(this.socket, () => this.flush());
          return;
        }
        this.queue.shift();
        this.queuedBytes -= packet.length;
        packet = this.queue[0];
      }
      if (this.drainTimer !== null && this.isOpen) this.endSending();
    } catch (error) {
      if (!(error instanceof NetipcSocketError)) throw error;
      this.queue.length = 0; // the reading side learns of the end and reports it
    }
  }
}
