/** The client's way to a session: connect, HELLO, HELLO_ACK within a deadline, then socket or shared memory. Sections 6, 8 and 9.4. */
import type { NativeAddon, Region, SeqpacketSocket } from '../../../native/index.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { endpointPath } from './endpoint.ts';
import { NetipcRegionError, NetipcSocketError } from './errors.ts';
import {
  PROFILES_SHM,
  helloPacket,
  proposedPacketBytes,
  readHelloAck,
  type Hello,
  type HelloAck,
} from './handshake.ts';
import { regionPath } from './names.ts';
import { PacketSocket, errnoOf } from './packet-socket.ts';
import { readRegionHeader } from './region-layout.ts';
import { RegionSession } from './region-session.ts';
import type { Session, SessionEvents } from './session.ts';
import { SocketSession } from './socket-session.ts';

const HANDSHAKE_BYTES = 128;
const ATTACH_INTERVAL_MS = 5;

/** A HELLO whose packet size, when none is configured, follows from the socket. */
export type Proposal = Omit<Hello, 'packetBytes'> & { readonly packetBytes: number | undefined };

export interface ConnectOptions {
  readonly native: NativeAddon;
  readonly runFolder: string;
  readonly service: string;
  readonly hello: Proposal;
  readonly events: SessionEvents;
  readonly signal?: AbortSignal;
}

/** Shared memory was agreed and could not be used: connect again without offering it (section 10.1). */
export class RegionUnusable extends NetipcSocketError {
  constructor(cause: unknown) {
    super('PROTOCOL', 'the shared-memory region cannot be attached', { cause });
    this.name = 'RegionUnusable';
  }
}

/** Fails with NetipcSocketError: CONNECT, and what section 6.5 names; TIMEOUT when the server says nothing; ABORTED. */
export async function connectSession(options: ConnectOptions): Promise<Session> {
  const { native } = options;
  const path = endpointPath(options.runFolder, options.service);
  const socket = openSocket(native, path);
  const packets = new PacketSocket(native, socket);
  let ack: HelloAck;
  let hasLeft = false;
  const onEnd = (): void => {
    hasLeft = true;
  };
  try {
    const hello = helloFor(options, socket);
    ack = readHelloAck(await exchangeHello(packets, options, helloPacket(hello), onEnd), hello.packetBytes);
  } catch (error) {
    packets.close();
    throw error;
  }
  if ((ack.selectedProfile & PROFILES_SHM) === 0)
    return new SocketSession(native, socket, 'client', ack, options.events);
  try {
    const { region, responseBytesMax } = await attach(options, ack, () => hasLeft);
    return new RegionSession(
      native,
      region,
      socket,
      'client',
      ack,
      ack.requestPayloadBytesMax,
      options.events,
      responseBytesMax,
    );
  } catch (error) {
    packets.close();
    throw error;
  }
}

function openSocket(native: NativeAddon, path: string): SeqpacketSocket {
  try {
    return native.seqpacketConnect(path);
  } catch (error) {
    const code = errnoOf(error);
    const reasons: Readonly<Record<string, string>> = {
      ENOENT: `no provider: ${path} does not exist`,
      ECONNREFUSED: `no provider: nobody listens on ${path}`,
      EACCES: `permission denied on ${path}`,
    };
    throw new NetipcSocketError('CONNECT', reasons[code] ?? `cannot connect to ${path} (${code})`, {
      cause: error,
    });
  }
}

function helloFor({ native, hello }: ConnectOptions, socket: SeqpacketSocket): Hello {
  const packetBytes = proposedPacketBytes(hello.packetBytes, native.seqpacketSendBufferBytes(socket));
  return { ...hello, packetBytes };
}

/** Also calls `onEnd` when the server leaves, then or any time after. */
function exchangeHello(
  packets: PacketSocket,
  options: ConnectOptions,
  hello: Uint8Array,
  onEnd: () => void,
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const finish = (act: () => void): void => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', onAbort);
      act();
    };
    const failWith = (wire: 'TIMEOUT' | 'ABORTED', text: string): void =>
      finish(() => reject(new NetipcSocketError(wire, text)));
    const onAbort = (): void => failWith('ABORTED', 'the call was aborted');
    const timer = setTimeout(
      () => failWith('TIMEOUT', `no HELLO_ACK within ${LIMITS.netipcHandshakeTimeoutMs} ms`),
      LIMITS.netipcHandshakeTimeoutMs,
    );
    options.signal?.addEventListener('abort', onAbort);
    packets.read(new Uint8Array(HANDSHAKE_BYTES), {
      packet: (packet) => {
        const copy = packet.slice();
        finish(() => resolve(copy));
      },
      ended: (error) => {
        onEnd();
        finish(() => reject(error));
      },
    });
    try {
      packets.send(hello);
    } catch (error) {
      finish(() => reject(error));
    }
  });
}

interface AttachedRegion {
  readonly region: Region;
  /** What lies there for the longest answer, header included: the file is really that long. */
  readonly responseBytesMax: number;
}

/** Section 9.4: the region should be there before the ACK; a slow or foreign server gets a few seconds. */
async function attach(
  options: ConnectOptions,
  ack: HelloAck,
  hasLeft: () => boolean,
): Promise<AttachedRegion> {
  const path = regionPath(options.runFolder, options.service, ack.sessionId);
  const attemptsMax = LIMITS.netipcAttachTimeoutMs / ATTACH_INTERVAL_MS;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return attachOnce(options.native, path);
    } catch (error) {
      const isWaiting =
        error instanceof NetipcRegionError && ['OPEN', 'NOT_READY', 'BAD_MAGIC'].includes(error.wire);
      // A server that left will not make it any more, and says nothing against shared memory.
      if (hasLeft()) throw new NetipcSocketError('RECV', 'the peer closed the connection', { cause: error });
      if (!isWaiting || attempt >= attemptsMax || options.signal?.aborted === true)
        throw new RegionUnusable(error);
      await new Promise((resolve) => setTimeout(resolve, ATTACH_INTERVAL_MS));
    }
  }
}

function attachOnce(native: NativeAddon, path: string): AttachedRegion {
  let region: Region;
  try {
    region = native.regionAttach(path);
  } catch (error) {
    const wire = errnoOf(error) === 'ERR_REGION_SHORT' ? 'NOT_READY' : 'OPEN';
    throw new NetipcRegionError(wire, `${path} cannot be mapped (${errnoOf(error)})`, { cause: error });
  }
  try {
    const state = readRegionHeader(native.regionHeader(region), native.regionFileBytes(region));
    native.regionConfigure(
      region,
      false,
      state.requestOffset,
      state.requestCapacityBytes,
      state.responseOffset,
      state.responseCapacityBytes,
    );
    return { region, responseBytesMax: state.responseCapacityBytes };
  } catch (error) {
    native.regionClose(region);
    if (errnoOf(error) === 'ERR_REGION_GONE')
      throw new NetipcRegionError('NOT_READY', `${path} was cut short meanwhile`, { cause: error });
    throw error;
  }
}
