/**
 * A SEQPACKET socket with a bounded queue for what the peer does not read yet. Sockets only: it knows no message. What is sent while packets
 * are taken leaves together when all of them were: each send on its own is a system call and wakes the peer.
 */
import { performance } from 'node:perf_hooks';
import {
  BATCH,
  type NativeAddon,
  type PeerCredentials,
  type SeqpacketSocket,
} from '../../../native/index.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { NetipcSocketError } from './errors.ts';

const DRAIN_TIMEOUT_MS = 200;
const ECONNRESET = 104;
const EMSGSIZE = 90;
/** Room beyond the longest packet for small packets that come together. */
const BATCH_ROOM_BYTES = 16 * 1024;
/** What is gathered in one turn at most; longer packets are sent at once. */
const GATHERED_BYTES_MAX = 16 * 1024;
/** An answer does not wait for others that take long to make. */
const GATHERED_MS_MAX = 1;
const NO_BYTES = new Uint8Array(0);

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
  /** Where gatherAt() gives room. */
  gathered = NO_BYTES;
  private words = new Uint32Array(2);
  private gatheredBytes = 0;
  private gatheredSinceMs = 0;
  private readonly queue: Uint8Array[] = [];
  private queuedBytes = 0;
  private isOpen = true;
  private drainTimer: NodeJS.Timeout | null = null;
  private reader = 0;

  constructor(native: NativeAddon, socket: SeqpacketSocket) {
    this.native = native;
    this.socket = socket;
  }

  get peer(): PeerCredentials {
    return this.native.seqpacketPeer(this.socket);
  }

  /** One packet at a time. Starts, or goes on with other listeners. The buffer must hold the longest packet that may come. */
  read(buffer: Uint8Array, events: PacketEvents): void {
    let view = buffer;
    this.reader += 1;
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

  /** As read(), with many packets a turn, and what is sent in answer to them leaves together. On Windows one at a time. */
  readTogether(packetBytesMax: number, events: PacketEvents): void {
    if (process.platform === 'win32') {
      this.read(new Uint8Array(packetBytesMax), events);
      return;
    }
    const buffer = new Uint8Array(packetBytesMax + BATCH_ROOM_BYTES);
    const words = new Uint32Array(BATCH.WORDS);
    const views: Uint8Array[] = [];
    this.gathered = new Uint8Array(GATHERED_BYTES_MAX);
    this.words = words;
    this.reader += 1;
    const { reader } = this;
    const take = (count: number): void => {
      if (count <= 0 && this.isOpen) this.ended(count, events);
      let start = 0;
      for (let index = 0; index < count && this.isOpen && this.reader === reader; index += 1) {
        const length = words[BATCH.RECEIVED_LENGTHS_AT + index] ?? 0;
        const last = views[index];
        // Packets often have one size, so that the same views do again.
        const isSame = last !== undefined && last.byteOffset === start && last.length === length;
        const view = isSame ? last : (views[index] = buffer.subarray(start, start + length));
        events.packet(view);
        start += length;
      }
    };
    const unsent = (sent: number): void => {
      try {
        if (sent < 0) throw new NetipcSocketError('SEND', `the peer takes nothing more (errno ${-sent})`);
        this.keepUnsent(sent);
      } catch (error) {
        if (!(error instanceof NetipcSocketError)) throw error;
        words[BATCH.GATHERED_AT] = 0;
        this.close();
        events.ended(error);
      }
    };
    const { native, socket, gathered } = this;
    native.seqpacketWatchBatches(socket, buffer, packetBytesMax, gathered, words, take, unsent);
  }

  /** Head and body as one packet. Fails SEND when the peer is gone or reads too slowly. */
  send(head: Uint8Array, body?: Uint8Array): void {
    if (!this.isOpen) throw new NetipcSocketError('SEND', 'the connection is closed');
    const at = this.gatherAt(head.length + (body?.length ?? 0));
    if (at >= 0) {
      this.gathered.set(head, at);
      if (body !== undefined) this.gathered.set(body, at + head.length);
      return;
    }
    this.flushGathered();
    if (this.queue.length > 0 || !this.trySend(head, body)) this.enqueue(head, body);
  }

  /**
   * Where in `gathered` a packet of so many bytes must be written now, so that it leaves at the end of this turn; -1 when it must be
   * given to send(): between turns, when the peer is slow, or when it is long.
   */
  gatherAt(packetBytes: number): number {
    const { words } = this;
    if (words[BATCH.OPEN_AT] !== 1 || !this.isOpen || this.queue.length > 0) return -1;
    let count = words[BATCH.GATHERED_AT] ?? 0;
    if (count === 0) {
      this.gatheredBytes = 0;
      this.gatheredSinceMs = 0;
    } else if (this.isGatheringSlow()) {
      return -1; // whoever writes takes its time: send() lets the earlier ones go first
    }
    if (count === BATCH.PACKETS_MAX || this.gatheredBytes + packetBytes > GATHERED_BYTES_MAX) {
      if (packetBytes > GATHERED_BYTES_MAX) return -1;
      this.flushGathered();
      if (this.queue.length > 0) return -1;
      count = 0;
      this.gatheredBytes = 0;
    }
    const at = this.gatheredBytes;
    words[BATCH.GATHERED_LENGTHS_AT + count] = packetBytes;
    words[BATCH.GATHERED_AT] = count + 1;
    this.gatheredBytes = at + packetBytes;
    return at;
  }

  /** Looks at the clock from the second packet on: one question and one answer need none. */
  private isGatheringSlow(): boolean {
    const nowMs = performance.now();
    if (this.gatheredSinceMs === 0) this.gatheredSinceMs = nowMs;
    return nowMs - this.gatheredSinceMs > GATHERED_MS_MAX;
  }

  close(): void {
    if (!this.isOpen) return;
    this.flushQuietly();
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
    this.flushQuietly();
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

  private flushGathered(): void {
    const count = this.words[BATCH.GATHERED_AT] ?? 0;
    if (count === 0) return;
    let sent = 0;
    try {
      sent = this.native.seqpacketFlush(this.socket);
    } catch (error) {
      this.words[BATCH.GATHERED_AT] = 0;
      throw new NetipcSocketError('SEND', `the peer takes nothing more (${errnoOf(error)})`, {
        cause: error,
      });
    }
    if (sent < count) this.keepUnsent(sent);
  }

  /** Before a close: what was answered still goes out if the peer takes it; that it does not is learned of by nobody any more. */
  private flushQuietly(): void {
    try {
      this.flushGathered();
    } catch (error) {
      if (!(error instanceof NetipcSocketError)) throw error;
    }
  }

  /** The peer's queue is full: the gathered packets from number `first` on wait here. */
  private keepUnsent(first: number): void {
    const { words } = this;
    const count = words[BATCH.GATHERED_AT] ?? 0;
    words[BATCH.GATHERED_AT] = 0;
    let at = 0;
    for (let index = 0; index < count; index += 1) {
      const end = at + (words[BATCH.GATHERED_LENGTHS_AT + index] ?? 0);
      if (index >= first) this.enqueue(this.gathered.subarray(at, end));
      at = end;
    }
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
