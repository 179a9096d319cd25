/**
 * Typed loader of the native addon. It never throws: without the addon the product starts, says what is missing and refuses only
 * what needs it. Contracts of the functions (who frees, what blocks, which thread) stand in native/addon/src/*.h.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

declare const socketBrand: unique symbol;
declare const regionBrand: unique symbol;
declare const doorBrand: unique symbol;
/** An open SEQPACKET socket; close it, or let it be collected. */
export interface SeqpacketSocket {
  readonly [socketBrand]: true;
}
/** A mapped shared-memory region; close it, or let it be collected. */
export interface Region {
  readonly [regionBrand]: true;
}

/** A listening TCP socket and the connections it has taken; close it, or let it be collected. */
export interface TcpDoor {
  readonly [doorBrand]: true;
}

/** uid and gid are -1 on Windows. */
export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

/** Negative results of regionSend, regionReceive and of regionWatch's callback. GONE: somebody cut the file short; close the region. */
export const REGION_RESULT = { TIMEOUT: -1, TOO_LARGE: -2, EMPTY: -3, CHANGED: -4, GONE: -5 } as const;

/** Numbers a line of the tables of tcpDoorWatch and tcpDoorAnswer. */
export const TCP_DOOR_COLUMNS = { READY: 4, ANSWER: 5 } as const;
/** Length in a line of tcpDoorWatch for a connection that has not said anything. */
export const TCP_DOOR_SILENT = -1;
/** The words that addon and caller share about a batch of packets; native/addon/src/seqpacket-batch.c has the same numbers. */
export const BATCH = {
  PACKETS_MAX: 64,
  OPEN_AT: 0,
  GATHERED_AT: 1,
  GATHERED_LENGTHS_AT: 2,
  RECEIVED_LENGTHS_AT: 66,
  WORDS: 130,
} as const;

/**
 * On Linux SOCK_SEQPACKET sockets; on Windows message-mode pipes behind the same names (native/addon/src/win32-socket.h), where `path` is a pipe's
 * name, what belongs to regions, batches and folder locks throws ENOTSUP, and nothing was ever run on Windows itself. Negative results carry Linux's numbers on both.
 * Every function throws Error with `code`: an errno name, ERR_INVALID_ARG_TYPE, ERR_REGION_STATE, ERR_REGION_BOUNDS,
 * ERR_REGION_SHORT or ERR_REGION_GONE.
 */
export interface NativeAddon {
  /** Bound, mode 0600 before anyone can connect, listening. EADDRINUSE when the path exists. */
  seqpacketListen(path: string, backlog: number): SeqpacketSocket;
  /** ENOENT, ECONNREFUSED, EACCES; EAGAIN when the backlog is full. */
  seqpacketConnect(path: string): SeqpacketSocket;
  /** Null when nobody waits. */
  seqpacketAccept(listener: SeqpacketSocket): SeqpacketSocket | null;
  /** One packet of both parts; false when the queue is full and nothing was sent. EPIPE, ECONNRESET, EMSGSIZE. */
  seqpacketSend(socket: SeqpacketSocket, head: Uint8Array, body?: Uint8Array): boolean;
  /** Length; 0 at end of file; -1 when nothing is there. EMSGSIZE when the packet did not fit. */
  seqpacketReceive(socket: SeqpacketSocket, into: Uint8Array): number;
  /** Blocks this thread: for workers only. True when ready. */
  seqpacketWait(socket: SeqpacketSocket, forWriting: boolean, timeoutMs: number): boolean;
  /**
   * Sends a packet and waits for the next one: its length, 0 at end of file, -1 when nothing came in time (< 0 = for ever). Blocks this
   * thread: for workers only. EAGAIN when the queue is full.
   */
  seqpacketExchange(socket: SeqpacketSocket, packet: Uint8Array, into: Uint8Array, timeoutMs: number): number;
  seqpacketPeer(socket: SeqpacketSocket): PeerCredentials;
  seqpacketSendBufferBytes(socket: SeqpacketSocket): number;
  seqpacketShutdownSending(socket: SeqpacketSocket): void;
  /** Each packet stands in `into` during its callback; 0 = end of file, negative = -errno (then nothing more comes). */
  seqpacketWatchPackets(socket: SeqpacketSocket, into: Uint8Array, onPacket: (length: number) => void): void;
  /**
   * As seqpacketWatchPackets, many at once: `count` packets stand one after another in `into`, their lengths in `words` from
   * BATCH.RECEIVED_LENGTHS_AT. A packet longer than `packetBytesMax` is -EMSGSIZE. While `words[BATCH.OPEN_AT]` is 1, packets may be put
   * one after another into `gathered`, lengths and count into `words`; they leave when the turn ends. When the peer's queue takes only
   * the first `sent` of them, `onUnsent` is told (or -errno): what is left is the caller's, who sets the count to 0.
   */
  seqpacketWatchBatches(
    socket: SeqpacketSocket,
    into: Uint8Array,
    packetBytesMax: number,
    gathered: Uint8Array,
    words: Uint32Array,
    onPackets: (count: number) => void,
    onUnsent: (sent: number) => void,
  ): void;
  /** Sends what was gathered now: how many packets left, fewer than there were when the peer's queue is full. */
  seqpacketFlush(socket: SeqpacketSocket): number;
  seqpacketWatchConnections(
    listener: SeqpacketSocket,
    onConnection: (socket: SeqpacketSocket | number) => void,
  ): void;
  seqpacketOnceWritable(socket: SeqpacketSocket, onWritable: () => void): void;
  seqpacketUnwatch(socket: SeqpacketSocket): void;
  seqpacketClose(socket: SeqpacketSocket): void;
  /**
   * What `act` returns or throws, while no other holder of this lock on the folder runs; blocks up to `timeoutMs`, so only for a few
   * calls. EAGAIN when another held it all the time, ENOENT. Nothing stays in the folder.
   */
  withFolderLocked<T>(path: string, timeoutMs: number, act: () => T): T;
  /** New 0600 file, all pages reserved, zeroed, header written. EEXIST, ENOSPC. The creator's close removes the file. */
  regionCreate(path: string, header: Uint8Array, fileBytes: number): Region;
  regionAttach(path: string): Region;
  /** A copy of the 64 header bytes. */
  regionHeader(region: Region): Uint8Array;
  regionFileBytes(region: Region): number;
  /** Numbers the caller has checked on its copy of the header; receiving starts from the current sequence. */
  regionConfigure(
    region: Region,
    isServer: boolean,
    requestOffset: number,
    requestCapacityBytes: number,
    responseOffset: number,
    responseCapacityBytes: number,
  ): void;
  /** 0; EMPTY or TOO_LARGE with nothing changed; GONE. */
  regionSend(region: Region, head: Uint8Array, body?: Uint8Array): number;
  /** Length or a REGION_RESULT. `timeoutMs` 0 looks and returns; otherwise it blocks this thread: for workers only. */
  regionReceive(region: Region, into: Uint8Array, spinTurns: number, timeoutMs: number): number;
  /** A waiting thread announces each message; it stands in `into` during the callback. */
  regionWatch(region: Region, into: Uint8Array, onMessage: (length: number) => void): void;
  regionUnwatch(region: Region): void;
  regionClose(region: Region): void;
  /** Listening on an address in figures; nothing is accepted before tcpDoorWatch. EADDRINUSE, EACCES, EADDRNOTAVAIL. */
  tcpDoorOpen(address: string, port: number, backlog: number): TcpDoor;
  /** The port really bound. */
  tcpDoorPort(door: TcpDoor): number;
  /**
   * Once a door. Each callback finds `count` lines in `table`: [name, offset, length, peerBytes]. `bytes` from offset on holds what the
   * connection has sent, at most peekBytesMax of it, which stays unread until it is answered; length 0 = the peer ended (drop it),
   * TCP_DOOR_SILENT = new and silent. peerBytes > 0 = a new connection, whose peer stands in that many bytes before the offset. Name -1 =
   * accepting stopped for the -errno in length until tcpDoorResume. Both arrays are overwritten by the next callback and must not be
   * transferred. A connection whose bytes were shown is not told of again until it is answered.
   */
  tcpDoorWatch(
    door: TcpDoor,
    bytes: Uint8Array,
    table: Int32Array,
    peekBytesMax: number,
    onReady: (count: number) => void,
  ): void;
  /**
   * `count` lines of [name, bytes to take, offset, length, then close]: takes what was shown, sends bytes[offset, offset + length), closes
   * (1) or waits for more (0). The first number of a line becomes 0, or -errno when the connection failed and was closed.
   */
  tcpDoorAnswer(door: TcpDoor, bytes: Uint8Array, table: Int32Array, count: number): void;
  /** The descriptor, which belongs to the caller from then on, with all that was not taken still unread. */
  tcpDoorTake(door: TcpDoor, name: number): number;
  /** Closes a connection. EBADF when it is gone already. */
  tcpDoorDrop(door: TcpDoor, name: number): void;
  tcpDoorResume(door: TcpDoor): void;
  /** The connections live on. Idempotent. */
  tcpDoorStopAccepting(door: TcpDoor): void;
  tcpDoorClose(door: TcpDoor): void;
}

export type NativeLoad =
  | { readonly native: NativeAddon; readonly path: string }
  | { readonly native: null; readonly reason: string };

/** One of each part: an addon of an older build lacks the newest. */
const NEEDED_FUNCTIONS = ['seqpacketListen', 'tcpDoorOpen'] as const;

function isAddon(value: unknown): value is NativeAddon {
  return typeof value === 'object' && value !== null && NEEDED_FUNCTIONS.every((name) => name in value);
}

/** Beside the sources in a checkout; beside the bundle, outside the archive, in a package. */
function candidatePaths(): string[] {
  const file = join('prebuilds', `${process.platform}-${process.arch}`, 'signalbox.node');
  const here = dirname(fileURLToPath(import.meta.url)).replace('app.asar', 'app.asar.unpacked');
  return [join(here, file), join(here, '..', 'native', file), join(here, '..', '..', 'native', file)];
}

/** Loads the addon; `path` is for tests that point at nothing. */
export function loadNative(path?: string): NativeLoad {
  const found = path ?? candidatePaths().find((candidate) => existsSync(candidate));
  if (found === undefined)
    return {
      native: null,
      reason: 'it was not built for this platform: run `npm run setup` with a C compiler',
    };
  try {
    const loaded: unknown = createRequire(import.meta.url)(found);
    if (isAddon(loaded)) return { native: loaded, path: found };
    return { native: null, reason: `this platform (${process.platform}) has no SEQPACKET sockets` };
  } catch (error) {
    // A missing file, another ABI or a missing library: all mean "not available", and the text says which.
    return { native: null, reason: error instanceof Error ? error.message : String(error) };
  }
}
