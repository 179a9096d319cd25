/** A session whose messages travel over the socket: docs/protocols/netipc.md sections 5 and 8. */
import type { NativeAddon, SeqpacketSocket } from '../../../native/index.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { copyInto } from './bytes.ts';
import { HEADER_BYTES, decodeHeader, writeHeader, type MessageHeader } from './envelope.ts';
import { NetipcSocketError } from './errors.ts';
import type { HelloAck } from './handshake.ts';
import { PacketSocket } from './packet-socket.ts';
import {
  InFlightIds,
  MessageReceiver,
  admitForSending,
  splitMessage,
  type Message,
  type MessageLimits,
  type Role,
} from './packets.ts';
import { limitsOf, type Session, type SessionEvents } from './session.ts';

const SMALL_PACKET_BYTES = 512;

export class SocketSession implements Session {
  readonly transport = 'socket';
  readonly agreed: HelloAck;
  private readonly role: Role;
  private readonly socket: PacketSocket;
  private readonly events: SessionEvents;
  private readonly limits: MessageLimits;
  private readonly inFlight = new InFlightIds();
  private readonly receiver: MessageReceiver;
  private readonly head = new Uint8Array(HEADER_BYTES);
  private small = new Uint8Array(HEADER_BYTES);
  private continuationTimer: NodeJS.Timeout | null = null;
  private isClosed = false;

  constructor(
    native: NativeAddon,
    socket: SeqpacketSocket,
    role: Role,
    agreed: HelloAck,
    events: SessionEvents,
  ) {
    this.agreed = agreed;
    this.role = role;
    this.events = events;
    this.limits = limitsOf(agreed, agreed.requestPayloadBytesMax);
    this.receiver = new MessageReceiver(role, agreed.packetBytes, this.limits, this.inFlight);
    this.socket = new PacketSocket(native, socket);
    // A server's claim allocates no more than the longest message we would ever ask for.
    const packetBytesMax = Math.min(agreed.packetBytes, LIMITS.netipcGrowthBytesMax + HEADER_BYTES);
    this.socket.readTogether(packetBytesMax, {
      packet: (packet) => this.take(packet),
      ended: (error) => this.end(error),
    });
  }

  send(header: Omit<MessageHeader, 'payloadBytes'>, payload: Uint8Array): void {
    if (this.isClosed) throw new NetipcSocketError('SEND', 'the session is closed');
    admitForSending(this.role, header, payload.length, this.limits, this.inFlight);
    try {
      this.write(header, payload);
    } catch (error) {
      if (error instanceof NetipcSocketError) this.end(error);
      throw error;
    }
  }

  close(): void {
    this.end(null);
  }

  closeAfterAnswer(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.stopTimer();
    this.socket.closeAfterAnswer();
    this.events.closed(null);
  }

  private write(header: Omit<MessageHeader, 'payloadBytes'>, payload: Uint8Array): void {
    const bytes = HEADER_BYTES + payload.length;
    const at = bytes > this.agreed.packetBytes ? -1 : this.socket.gatherAt(bytes);
    if (at >= 0) {
      const { gathered } = this.socket;
      writeHeader(gathered, header, payload.length, at);
      copyInto(gathered, payload, at + HEADER_BYTES);
      return;
    }
    if (HEADER_BYTES + payload.length <= this.agreed.packetBytes) {
      this.writeOne(header, payload);
      return;
    }
    for (const packet of splitMessage(header, payload, this.agreed.packetBytes)) this.socket.send(packet);
  }

  /** Small messages are joined here: one array to hand over costs less than two. */
  private writeOne(header: Omit<MessageHeader, 'payloadBytes'>, payload: Uint8Array): void {
    const bytes = HEADER_BYTES + payload.length;
    if (bytes > SMALL_PACKET_BYTES) {
      writeHeader(this.head, header, payload.length);
      this.socket.send(this.head, payload);
      return;
    }
    if (this.small.length !== bytes) this.small = new Uint8Array(bytes);
    writeHeader(this.small, header, payload.length);
    this.small.set(payload, HEADER_BYTES);
    this.socket.send(this.small);
  }

  private take(packet: Uint8Array): void {
    let message: Message | null;
    try {
      message = this.receiver.accept(packet);
    } catch (error) {
      if (!(error instanceof NetipcSocketError)) throw error;
      this.refuse(error, packet);
      return;
    }
    this.watchContinuation();
    if (message !== null) this.events.message(message);
  }

  private refuse(error: NetipcSocketError, packet: Uint8Array): void {
    if (error.wire !== 'LIMIT_EXCEEDED' || this.events.overLimit === undefined) {
      this.end(error);
      return;
    }
    this.events.overLimit(decodeHeader(packet));
    if (this.isClosed) return;
    this.isClosed = true;
    this.stopTimer();
    this.socket.closeAfterAnswer();
    this.events.closed(error);
  }

  /** One deadline over all packets of a message, so that half a message cannot hold a session (section 14, B6). */
  private watchContinuation(): void {
    if (!this.receiver.isInside) {
      this.stopTimer();
      return;
    }
    this.continuationTimer ??= setTimeout(() => {
      this.end(new NetipcSocketError('TIMEOUT', 'the rest of a message did not come'));
    }, LIMITS.netipcContinuationTimeoutMs);
  }

  private stopTimer(): void {
    if (this.continuationTimer !== null) clearTimeout(this.continuationTimer);
    this.continuationTimer = null;
  }

  private end(error: NetipcSocketError | null): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.stopTimer();
    this.inFlight.clear();
    this.socket.close();
    this.events.closed(error);
  }
}
