/**
 * The 128-byte header of a Windows shared-memory section: docs/protocols/netipc.md section 13. Pure; nothing here was run on Windows,
 * the layout follows the specification's table.
 */
import { putU32, putU64, u32, u64 } from './bytes.ts';
import { NetipcRegionError } from './errors.ts';

export const WINDOWS_REGION_HEADER_BYTES = 128;
const MAGIC = 0x4e53_5748;
const VERSION = 3;
const UNIT = 64;
/** Turns the client spins before it waits for the event; the server writes it. */
export const WINDOWS_SPIN_TURNS = 1_024;

export interface WindowsRegion {
  /** PROFILE bit: 2 hybrid, 4 busy wait. */
  readonly profile: number;
  readonly requestOffset: number;
  readonly requestCapacityBytes: number;
  readonly responseOffset: number;
  readonly responseCapacityBytes: number;
  readonly spinTurns: number;
}

/** What stands in the header while a session runs. */
export interface WindowsRegionState extends WindowsRegion {
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly isRequestClosed: boolean;
  readonly isResponseClosed: boolean;
  readonly requestSequence: bigint;
  readonly responseSequence: bigint;
}

/** Capacities rounded up to 64; the mapping is `responseOffset + responseCapacityBytes` long. */
export function planWindowsRegion(
  profile: number,
  requestBytes: number,
  responseBytes: number,
): WindowsRegion {
  const requestCapacityBytes = Math.ceil(requestBytes / UNIT) * UNIT;
  return {
    profile,
    requestOffset: WINDOWS_REGION_HEADER_BYTES,
    requestCapacityBytes,
    responseOffset: WINDOWS_REGION_HEADER_BYTES + requestCapacityBytes,
    responseCapacityBytes: Math.ceil(responseBytes / UNIT) * UNIT,
    spinTurns: WINDOWS_SPIN_TURNS,
  };
}

/** Sequence numbers, lengths and flags zero, as a creator writes it. */
export function encodeWindowsRegion(region: WindowsRegion): Uint8Array {
  const bytes = new Uint8Array(WINDOWS_REGION_HEADER_BYTES);
  putU32(bytes, 0, MAGIC);
  putU32(bytes, 4, VERSION);
  putU32(bytes, 8, WINDOWS_REGION_HEADER_BYTES);
  putU32(bytes, 12, region.profile);
  putU32(bytes, 16, region.requestOffset);
  putU32(bytes, 20, region.requestCapacityBytes);
  putU32(bytes, 24, region.responseOffset);
  putU32(bytes, 28, region.responseCapacityBytes);
  putU32(bytes, 32, region.spinTurns);
  putU64(bytes, 64, 0n);
  putU64(bytes, 72, 0n);
  return bytes;
}

/** The attach checks of section 13. Fails NOT_READY, BAD_MAGIC, BAD_VERSION, BAD_HEADER, BAD_PARAM (another profile) or BAD_SIZE. */
export function readWindowsRegion(
  header: Uint8Array,
  mappingBytes: number,
  negotiatedProfile: number,
): WindowsRegionState {
  if (header.length < WINDOWS_REGION_HEADER_BYTES || mappingBytes < WINDOWS_REGION_HEADER_BYTES)
    throw new NetipcRegionError('NOT_READY', `mapping of ${mappingBytes} bytes`);
  if (u32(header, 0) !== MAGIC) throw new NetipcRegionError('BAD_MAGIC', 'not a netipc section');
  if (u32(header, 4) !== VERSION) throw new NetipcRegionError('BAD_VERSION', `version ${u32(header, 4)}`);
  if (u32(header, 8) !== WINDOWS_REGION_HEADER_BYTES)
    throw new NetipcRegionError('BAD_HEADER', `header of ${u32(header, 8)} bytes`);
  if (u32(header, 12) !== negotiatedProfile)
    throw new NetipcRegionError('BAD_PARAM', `profile ${u32(header, 12)}, agreed ${negotiatedProfile}`);
  const state: WindowsRegionState = {
    profile: u32(header, 12),
    requestOffset: u32(header, 16),
    requestCapacityBytes: u32(header, 20),
    responseOffset: u32(header, 24),
    responseCapacityBytes: u32(header, 28),
    spinTurns: u32(header, 32),
    requestBytes: u32(header, 36),
    responseBytes: u32(header, 40),
    isRequestClosed: u32(header, 44) !== 0,
    isResponseClosed: u32(header, 52) !== 0,
    requestSequence: u64(header, 64),
    responseSequence: u64(header, 72),
  };
  checkAreas(state, mappingBytes);
  return state;
}

function checkAreas(state: WindowsRegion, mappingBytes: number): void {
  const { requestOffset, requestCapacityBytes, responseOffset, responseCapacityBytes } = state;
  const isPlaced = [requestOffset, responseOffset].every(
    (offset) => offset >= WINDOWS_REGION_HEADER_BYTES && offset % UNIT === 0,
  );
  const requestEnd = requestOffset + requestCapacityBytes;
  const responseEnd = responseOffset + responseCapacityBytes;
  const isDisjoint = requestEnd <= responseOffset || responseEnd <= requestOffset;
  const isInside = Math.max(requestEnd, responseEnd) <= Math.min(mappingBytes, 0xffff_ffff);
  const isUsable = requestCapacityBytes > 0 && responseCapacityBytes > 0;
  if (!isPlaced || !isDisjoint || !isInside || !isUsable)
    throw new NetipcRegionError('BAD_SIZE', 'areas do not fit the section');
}
