/** The server's door: a private socket, many handshakes at once, each with a deadline. docs/protocols/netipc.md sections 6.4, 8.2 and 11.1. */
import type { NativeAddon, PeerCredentials, SeqpacketSocket } from '../../../native/index.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { claimName } from './endpoint-name.ts';
import { clearOldSessions, endpointPath } from './endpoint.ts';
import { HEADER_BYTES, STATUS } from './envelope.ts';
import { NetipcRegionError, NetipcSocketError } from './errors.ts';
import { PROFILES_SHM, decideHello, rejectionPacket, type HelloAck, type ServerOffer } from './handshake.ts';
import { PacketSocket } from './packet-socket.ts';
import { createRegion } from './region-files.ts';
import { RegionSession } from './region-session.ts';
import type { Session, SessionEvents } from './session.ts';
import { SocketSession } from './socket-session.ts';

const HANDSHAKE_BYTES = 128;

export interface ListenerOptions {
  readonly native: NativeAddon;
  readonly runFolder: string;
  readonly service: string;
  /** Asked at every handshake, because learned limits grow. */
  offer(sendBufferBytes: number): ServerOffer;
  readonly ownerGeneration: number;
  /** Who may speak; the kernel vouches for the numbers. */
  isPeerAllowed(peer: PeerCredentials): boolean;
  /** False = at capacity: the client is refused in the handshake (section 14, B8). */
  hasRoom(): boolean;
  /** Called before anything is read; `begin` gives the session once it stands. */
  session(begin: (events: SessionEvents) => Session, agreed: HelloAck, peer: PeerCredentials): void;
}

export interface NetipcListener {
  readonly path: string;
  /** No new client; sessions stay. Idempotent. */
  close(): void;
}

/** Fails with NetipcSocketError ADDR_IN_USE, PATH_TOO_LONG, BAD_PARAM or SOCKET. */
export function openNetipcListener(options: ListenerOptions): NetipcListener {
  const { native } = options;
  const path = endpointPath(options.runFolder, options.service);
  const name = claimName(native, path);
  const { listener } = name;
  clearOldSessions(options.runFolder, options.service);
  const waiting = new Set<PacketSocket>();
  let nextSessionId = 1n;
  let isOpen = true;
  native.seqpacketWatchConnections(listener, (socket) => {
    if (typeof socket === 'number') return; // out of descriptors: the client stays in the backlog until there is room
    const sessionId = nextSessionId;
    nextSessionId += 1n;
    greet(options, socket, sessionId, waiting);
  });
  return {
    path,
    close: () => {
      if (!isOpen) return;
      isOpen = false;
      // While it still answers, nobody else takes the name, so what is removed is ours.
      name.release();
      native.seqpacketClose(listener);
      for (const packets of waiting) packets.close();
    },
  };
}

/** One handshake; it costs nobody else anything, however long the client is silent (section 14, B5). */
function greet(
  options: ListenerOptions,
  socket: SeqpacketSocket,
  sessionId: bigint,
  waiting: Set<PacketSocket>,
): void {
  const packets = new PacketSocket(options.native, socket);
  const { peer } = packets;
  if (!options.isPeerAllowed(peer)) {
    packets.close();
    return;
  }
  waiting.add(packets);
  const stop = (): void => {
    clearTimeout(timer);
    waiting.delete(packets);
  };
  const timer = setTimeout(() => {
    stop();
    packets.close();
  }, LIMITS.netipcHandshakeTimeoutMs);
  packets.read(new Uint8Array(HANDSHAKE_BYTES), {
    packet: (packet) => {
      stop();
      answerHello(options, socket, packets, packet, sessionId, peer);
    },
    ended: stop,
  });
}

function answerHello(
  options: ListenerOptions,
  socket: SeqpacketSocket,
  packets: PacketSocket,
  hello: Uint8Array,
  sessionId: bigint,
  peer: PeerCredentials,
): void {
  const offer = options.offer(options.native.seqpacketSendBufferBytes(socket));
  let decision = decideHello(hello, offer, sessionId);
  if (decision.type === 'accept' && !options.hasRoom()) {
    decision = {
      type: 'reject',
      status: STATUS.LIMIT_EXCEEDED,
      packet: rejectionPacket(STATUS.LIMIT_EXCEEDED),
    };
  }
  if (decision.type === 'accept') {
    const begin = prepare(options, socket, decision.ack, offer);
    if (begin === null) {
      // No region: the same offer without shared memory (section 9.3).
      const plain = { ...offer, supportedProfiles: offer.supportedProfiles & ~PROFILES_SHM };
      decision = decideHello(hello, plain, sessionId);
    } else {
      sendAndBegin(options, packets, decision.packet, decision.ack, peer, begin);
      return;
    }
  }
  if (decision.type === 'accept') {
    const { ack } = decision;
    const begin: Begin = (events) => new SocketSession(options.native, socket, 'server', ack, events);
    sendAndBegin(options, packets, decision.packet, ack, peer, begin);
    return;
  }
  if (decision.type === 'close') packets.close();
  else refuse(packets, decision.packet);
}

type Begin = (events: SessionEvents) => Session;

function prepare(
  options: ListenerOptions,
  socket: SeqpacketSocket,
  ack: HelloAck,
  offer: ServerOffer,
): Begin | null {
  const { native } = options;
  if ((ack.selectedProfile & PROFILES_SHM) === 0) {
    return (events) => new SocketSession(native, socket, 'server', ack, events);
  }
  try {
    const requestPayloadBytesMax = Math.max(offer.requestPayloadBytesMax, ack.requestPayloadBytesMax);
    const region = createRegion(native, {
      runFolder: options.runFolder,
      service: options.service,
      sessionId: ack.sessionId,
      requestBytes: HEADER_BYTES + requestPayloadBytesMax,
      responseBytes: HEADER_BYTES + ack.responsePayloadBytesMax,
      ownerGeneration: options.ownerGeneration,
    });
    return (events) =>
      new RegionSession(native, region, socket, 'server', ack, requestPayloadBytesMax, events);
  } catch (error) {
    if (error instanceof NetipcRegionError) return null;
    throw error;
  }
}

function sendAndBegin(
  options: ListenerOptions,
  packets: PacketSocket,
  packet: Uint8Array,
  ack: HelloAck,
  peer: PeerCredentials,
  begin: Begin,
): void {
  // The session listens before the client can know that it may speak.
  options.session(
    (events) => {
      const session = begin(events);
      try {
        packets.send(packet);
      } catch (error) {
        if (!(error instanceof NetipcSocketError)) throw error;
        session.close();
      }
      return session;
    },
    ack,
    peer,
  );
}

function refuse(packets: PacketSocket, packet: Uint8Array): void {
  try {
    packets.send(packet);
    packets.closeAfterAnswer();
  } catch (error) {
    if (!(error instanceof NetipcSocketError)) throw error;
    packets.close();
  }
}
