/** The server's door: a private socket, many handshakes at once, each with a deadline. docs/protocols/netipc.md sections 6.4, 8.2 and 11.1. */
import { lstatSync, rmdirSync, unlinkSync } from 'node:fs';
import type { NativeAddon, PeerCredentials, SeqpacketSocket } from '../../../native/index.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { HEADER_BYTES, STATUS } from './envelope.ts';
import { NetipcRegionError, NetipcSocketError } from './errors.ts';
import { PROFILES_SHM, decideHello, rejectionPacket, type HelloAck, type ServerOffer } from './handshake.ts';
import { socketPath } from './names.ts';
import { PacketSocket, errnoOf } from './packet-socket.ts';
import { createRegion, removeStaleRegions } from './region-files.ts';
import { RegionSession } from './region-session.ts';
import type { Session, SessionEvents } from './session.ts';
import { SocketSession } from './socket-session.ts';

const HANDSHAKE_BYTES = 128;
const BACKLOG = 64;

export interface ListenerOptions {
  readonly native: NativeAddon;
  readonly runFolder: string;
  readonly service: string;
  /** Asked at every handshake, because learned limits grow. */
  offer(): ServerOffer;
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
  const path = socketPath(options.runFolder, options.service);
  freeName(native, path);
  const listener = listenOn(native, path);
  removeStaleRegions(options.runFolder, options.service);
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
      native.seqpacketClose(listener);
      for (const packets of waiting) packets.close();
      unlinkQuietly(path);
    },
  };
}

/** Section 8.2: a name that answers is in use; anything that does not is cleared away. */
function freeName(native: NativeAddon, path: string): void {
  try {
    native.seqpacketClose(native.seqpacketConnect(path));
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'ENOENT' && !exists(path)) return;
    if (code !== 'EMFILE' && code !== 'ENFILE' && code !== 'EAGAIN' && clear(path)) return;
  }
  throw new NetipcSocketError('ADDR_IN_USE', `${path} is held by a running server`, {
    fix: 'Stop that server, or choose another run folder or service name.',
  });
}

/** A link to nowhere answers ENOENT to connect, and still takes the name. */
function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function clear(path: string): boolean {
  if (unlinkQuietly(path)) return true;
  try {
    rmdirSync(path); // an empty folder of that name is cleared as the reference does
    return true;
  } catch {
    return false; // not empty, not a folder, or not ours: then the name stays taken
  }
}

function unlinkQuietly(path: string): boolean {
  try {
    unlinkSync(path);
    return true;
  } catch (error) {
    return errnoOf(error) === 'ENOENT';
  }
}

function listenOn(native: NativeAddon, path: string): SeqpacketSocket {
  try {
    return native.seqpacketListen(path, BACKLOG);
  } catch (error) {
    const code = errnoOf(error);
    const wire = code === 'EADDRINUSE' ? 'ADDR_IN_USE' : 'SOCKET';
    throw new NetipcSocketError(wire, `cannot listen on ${path} (${code})`, { cause: error });
  }
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
  const offer = options.offer();
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
    const region = createRegion(native, {
      runFolder: options.runFolder,
      service: options.service,
      sessionId: ack.sessionId,
      requestBytes: HEADER_BYTES + offer.requestPayloadBytesMax,
      responseBytes: HEADER_BYTES + ack.responsePayloadBytesMax,
      ownerGeneration: options.ownerGeneration,
    });
    return (events) =>
      new RegionSession(native, region, socket, 'server', ack, offer.requestPayloadBytesMax, events);
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
