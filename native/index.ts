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
/** An open SEQPACKET socket; close it, or let it be collected. */
export interface SeqpacketSocket {
  readonly [socketBrand]: true;
}
/** A mapped shared-memory region; close it, or let it be collected. */
export interface Region {
  readonly [regionBrand]: true;
}

export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

/** Negative results of regionReceive and of regionWatch's callback. */
export const REGION_RESULT = { TIMEOUT: -1, TOO_LARGE: -2, EMPTY: -3, CHANGED: -4 } as const;

/** Every function throws Error with `code`: an errno name, ERR_INVALID_ARG_TYPE, ERR_REGION_STATE, ERR_REGION_BOUNDS or ERR_REGION_SHORT. */
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
  seqpacketWatchConnections(
    listener: SeqpacketSocket,
    onConnection: (socket: SeqpacketSocket | number) => void,
  ): void;
  seqpacketOnceWritable(socket: SeqpacketSocket, onWritable: () => void): void;
  seqpacketUnwatch(socket: SeqpacketSocket): void;
  seqpacketClose(socket: SeqpacketSocket): void;
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
  /** 0, or EMPTY or TOO_LARGE with nothing changed. */
  regionSend(region: Region, head: Uint8Array, body?: Uint8Array): number;
  /** Length or a REGION_RESULT. `timeoutMs` 0 looks and returns; otherwise it blocks this thread: for workers only. */
  regionReceive(region: Region, into: Uint8Array, spinTurns: number, timeoutMs: number): number;
  /** A waiting thread announces each message; it stands in `into` during the callback. */
  regionWatch(region: Region, into: Uint8Array, onMessage: (length: number) => void): void;
  regionUnwatch(region: Region): void;
  regionClose(region: Region): void;
}

export type NativeLoad =
  | { readonly native: NativeAddon; readonly path: string }
  | { readonly native: null; readonly reason: string };

const FIRST_FUNCTION = 'seqpacketListen';

function isAddon(value: unknown): value is NativeAddon {
  return typeof value === 'object' && value !== null && FIRST_FUNCTION in value;
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
