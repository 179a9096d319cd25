/**
 * A session whose messages travel through shared memory: docs/protocols/netipc.md section 9. The socket of the handshake stays open as the
 * sign of life: when it ends, the session ends (section 14, B7 and B15). One message each way at a time.
 */
import { REGION_RESULT, type NativeAddon, type Region, type SeqpacketSocket } from '../../../native/index.ts';
import { checkBatchPayload } from './batch.ts';
import { FLAG_BATCH, HEADER_BYTES, KIND, decodeHeader, writeHeader, type MessageHeader } from './envelope.ts';
import { NetipcCodecError, NetipcSocketError } from './errors.ts';
import type { HelloAck } from './handshake.ts';
import { PacketSocket } from './packet-socket.ts';
import { InFlightIds, admitForSending, type Message, type MessageLimits, type Role } from './packets.ts';
import { limitsOf, type Session, type SessionEvents } from './session.ts';

/** Nothing is expected on the socket of such a session; whatever comes is a broken peer. */
const STRAY_PACKET_BYTES = 256;

function goneError(wire: 'SEND' | 'RECV'): NetipcSocketError {
  return new NetipcSocketError(wire, 'somebody cut the shared-memory file short while the session used it', {
    fix: 'Look for another program that writes in the run folder, then connect again.',
  });
}

export class RegionSession implements Session {
  readonly transport = 'shared-memory';
  readonly agreed: HelloAck;
  private readonly native: NativeAddon;
  private readonly region: Region;
  private readonly role: Role;
  private readonly socket: PacketSocket;
  private readonly events: SessionEvents;
  private readonly limits: MessageLimits;
  private readonly inFlight = new InFlightIds();
  private readonly head = new Uint8Array(HEADER_BYTES);
  private readonly buffer: Uint8Array;
  /** What is asked before the last answer came: the region holds one message a direction, and a second would overwrite the first. */
  private readonly waiting: {
    readonly header: Omit<MessageHeader, 'payloadBytes'>;
    readonly payload: Uint8Array;
  }[] = [];
  /** A request lies in the region, or was taken from it, and its answer is not there yet. */
  private isAnswerDue = false;
  private isClosed = false;

  /**
   * The region is configured already. The session owns region and socket. `incomingBytesMax`: what a region made by the peer holds, so
   * that no memory is set aside for what the peer only claims.
   */
  constructor(
    native: NativeAddon,
    region: Region,
    socket: SeqpacketSocket,
    role: Role,
    agreed: HelloAck,
    requestPayloadBytesMax: number,
    events: SessionEvents,
    incomingBytesMax = Number.POSITIVE_INFINITY,
  ) {
    this.native = native;
    this.region = region;
    this.agreed = agreed;
    this.role = role;
    this.events = events;
    this.limits = limitsOf(agreed, requestPayloadBytesMax);
    const payloadBytesMax = role === 'server' ? requestPayloadBytesMax : this.limits.responsePayloadBytesMax;
    this.buffer = new Uint8Array(Math.min(HEADER_BYTES + payloadBytesMax, incomingBytesMax));
    this.socket = new PacketSocket(native, socket);
    this.socket.read(new Uint8Array(STRAY_PACKET_BYTES), {
      packet: () =>
        this.end(
          new NetipcSocketError('PROTOCOL', 'a packet came over the socket of a shared-memory session'),
        ),
      ended: (error) => this.endAfterLastMessage(error),
    });
    native.regionWatch(region, this.buffer, (length) => this.take(length));
  }

  send(header: Omit<MessageHeader, 'payloadBytes'>, payload: Uint8Array): void {
    if (this.isClosed) throw new NetipcSocketError('SEND', 'the session is closed');
    admitForSending(this.role, header, payload.length, this.limits, this.inFlight);
    if (this.role === 'client' && this.isAnswerDue) this.waiting.push({ header, payload: payload.slice() });
    else this.write(header, payload);
  }

  private write(header: Omit<MessageHeader, 'payloadBytes'>, payload: Uint8Array): void {
    writeHeader(this.head, header, payload.length);
    // Before the peer can see the message: its answer may be here at once.
    this.isAnswerDue = this.role === 'client';
    const result = this.native.regionSend(this.region, this.head, payload);
    if (result === 0) return;
    if (result === REGION_RESULT.GONE) {
      const error = goneError('SEND');
      this.end(error);
      throw error;
    }
    this.isAnswerDue = false;
    this.inFlight.take(header.messageId);
    throw new NetipcSocketError(
      'LIMIT_EXCEEDED',
      `message of ${payload.length} bytes does not fit the region`,
    );
  }

  close(): void {
    this.end(null);
  }

  /** Nothing to drain: the answer lies in the region until the peer has read it, so the peer is given a moment. */
  closeAfterAnswer(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.native.regionUnwatch(this.region);
    this.socket.closeAfterAnswer();
    this.native.regionClose(this.region);
    this.events.closed(null);
  }

  /** The peer's last message lies in the region before its socket ends, whichever of the two is noticed first. */
  private endAfterLastMessage(error: NetipcSocketError): void {
    if (!this.isClosed) {
      const length = this.native.regionReceive(this.region, this.buffer, 0, 0);
      if (length !== REGION_RESULT.TIMEOUT) this.take(length);
    }
    this.end(error);
  }

  private take(length: number): void {
    if (this.isClosed) return;
    if (length === REGION_RESULT.GONE) {
      this.end(goneError('RECV'));
      return;
    }
    if (length < 0) {
      const wire = length === REGION_RESULT.TOO_LARGE ? 'LIMIT_EXCEEDED' : 'PROTOCOL';
      this.end(new NetipcSocketError(wire, `unusable message in shared memory (${length})`));
      return;
    }
    let message: Message;
    try {
      message = this.decode(this.buffer.subarray(0, length));
    } catch (error) {
      if (error instanceof NetipcCodecError)
        this.end(new NetipcSocketError('PROTOCOL', error.message, { cause: error }));
      else if (error instanceof NetipcSocketError) this.end(error);
      else throw error;
      return;
    }
    if (this.role === 'server' && this.isAnswerDue) {
      this.end(new NetipcSocketError('PROTOCOL', 'a request came before the last one was answered'));
      return;
    }
    this.isAnswerDue = this.role === 'server';
    this.sendWaiting();
    this.events.message(message);
  }

  private sendWaiting(): void {
    const next = this.role === 'client' ? this.waiting.shift() : undefined;
    if (next === undefined) return;
    try {
      this.write(next.header, next.payload);
    } catch (error) {
      // The limits allowed it and the region is smaller than they say: the server contradicts itself.
      if (!(error instanceof NetipcSocketError)) throw error;
      this.end(error);
    }
  }

  /** The copy is checked as a packet would be, though the reference does not look at lengths and batches here (A19). */
  private decode(bytes: Uint8Array): Message {
    const header = decodeHeader(bytes);
    const payload = bytes.slice(HEADER_BYTES);
    if (header.payloadBytes !== payload.length) {
      throw new NetipcSocketError(
        'PROTOCOL',
        `${payload.length} payload bytes, ${header.payloadBytes} declared`,
      );
    }
    // Of a server only: clients of the reference send larger batches than they agreed on, since nothing keeps them from it here (A19).
    if (this.role === 'client' && header.itemCount > this.limits.responseItemsMax) {
      const { responseItemsMax } = this.limits;
      throw new NetipcSocketError('LIMIT_EXCEEDED', `${header.itemCount} items; ${responseItemsMax} agreed`);
    }
    if (this.role === 'client' && header.kind === KIND.RESPONSE && !this.inFlight.take(header.messageId)) {
      throw new NetipcSocketError('UNKNOWN_MSG_ID', `nobody asked ${header.messageId}`);
    }
    if ((header.flags & FLAG_BATCH) !== 0 && header.itemCount > 1)
      checkBatchPayload(payload, header.itemCount);
    return { header, payload };
  }

  private end(error: NetipcSocketError | null): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.inFlight.clear();
    this.native.regionClose(this.region);
    this.socket.close();
    this.events.closed(error);
  }
}
