/** The 64-byte header of a shared-memory region: docs/protocols/netipc.md section 9. Pure; the addon maps, this judges. */
import { putU16, putU32, u16, u32, u64 } from './bytes.ts';
import { NetipcRegionError } from './errors.ts';

export const REGION_HEADER_BYTES = 64;
const REGION_MAGIC = 0x4e53_484d;
const REGION_VERSION = 3;
const UNIT = 64;

export function align64(bytes: number): number {
  return Math.ceil(bytes / UNIT) * UNIT;
}

export interface RegionLayout {
  readonly requestOffset: number;
  readonly requestCapacityBytes: number;
  readonly responseOffset: number;
  readonly responseCapacityBytes: number;
}

/** Capacities are rounded up to 64; the file is `responseOffset + responseCapacityBytes` long. */
export function planRegion(
  requestBytes: number,
  responseBytes: number,
): RegionLayout & { readonly fileBytes: number } {
  const requestCapacityBytes = align64(requestBytes);
  const responseCapacityBytes = align64(responseBytes);
  const responseOffset = REGION_HEADER_BYTES + requestCapacityBytes;
  return {
    requestOffset: REGION_HEADER_BYTES,
    requestCapacityBytes,
    responseOffset,
    responseCapacityBytes,
    fileBytes: responseOffset + responseCapacityBytes,
  };
}

/** The header a creator writes: plain fields set, sequence numbers, lengths and signals zero. */
export function encodeRegionHeader(
  layout: RegionLayout,
  ownerPid: number,
  ownerGeneration: number,
): Uint8Array {
  const bytes = new Uint8Array(REGION_HEADER_BYTES);
  putU32(bytes, 0, REGION_MAGIC);
  putU16(bytes, 4, REGION_VERSION);
  putU16(bytes, 6, REGION_HEADER_BYTES);
  putU32(bytes, 8, ownerPid);
  putU32(bytes, 12, ownerGeneration);
  putU32(bytes, 16, layout.requestOffset);
  putU32(bytes, 20, layout.requestCapacityBytes);
  putU32(bytes, 24, layout.responseOffset);
  putU32(bytes, 28, layout.responseCapacityBytes);
  return bytes;
}

export interface RegionState extends RegionLayout {
  readonly ownerPid: number;
  readonly ownerGeneration: number;
  readonly requestSequence: bigint;
  readonly responseSequence: bigint;
}

/** The checks of section 9.4 in their order: NOT_READY, BAD_MAGIC, BAD_VERSION, BAD_HEADER, BAD_SIZE. */
export function readRegionHeader(header: Uint8Array, fileBytes: number): RegionState {
  if (fileBytes < REGION_HEADER_BYTES || header.length < REGION_HEADER_BYTES) {
    throw new NetipcRegionError('NOT_READY', `file of ${fileBytes} bytes`);
  }
  if (u32(header, 0) !== REGION_MAGIC) throw new NetipcRegionError('BAD_MAGIC', 'not a netipc region');
  if (u16(header, 4) !== REGION_VERSION)
    throw new NetipcRegionError('BAD_VERSION', `version ${u16(header, 4)}`);
  if (u16(header, 6) !== REGION_HEADER_BYTES)
    throw new NetipcRegionError('BAD_HEADER', `header of ${u16(header, 6)} bytes`);
  const layout: RegionLayout = {
    requestOffset: u32(header, 16),
    requestCapacityBytes: u32(header, 20),
    responseOffset: u32(header, 24),
    responseCapacityBytes: u32(header, 28),
  };
  checkLayout(layout, fileBytes);
  return {
    ...layout,
    ownerPid: u32(header, 8) | 0,
    ownerGeneration: u32(header, 12),
    requestSequence: u64(header, 32),
    responseSequence: u64(header, 40),
  };
}

function checkLayout(layout: RegionLayout, fileBytes: number): void {
  const { requestOffset, requestCapacityBytes, responseOffset, responseCapacityBytes } = layout;
  const isUnset =
    requestOffset < REGION_HEADER_BYTES ||
    responseOffset < REGION_HEADER_BYTES ||
    requestCapacityBytes === 0 ||
    responseCapacityBytes === 0;
  if (isUnset) throw new NetipcRegionError('NOT_READY', 'areas are not laid out yet');
  const requestEnd = requestOffset + requestCapacityBytes;
  const isAligned = [requestOffset, requestCapacityBytes, responseOffset, responseCapacityBytes].every(
    (value) => value % UNIT === 0,
  );
  const isDisjoint = requestEnd <= 0xffff_ffff && responseOffset >= align64(requestEnd);
  const isInside = Math.max(requestEnd, responseOffset + responseCapacityBytes) <= fileBytes;
  if (!isAligned || !isDisjoint || !isInside)
    throw new NetipcRegionError('BAD_SIZE', 'areas do not fit the file');
}
