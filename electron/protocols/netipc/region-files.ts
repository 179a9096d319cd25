/** Region files on disk: making one for a session, and removing what dead servers left. docs/protocols/netipc.md sections 9.3 and 9.7. */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  readdirSync,
  unlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import type { NativeAddon, Region } from '../../../native/index.ts';
import { NetipcRegionError } from './errors.ts';
import { regionPath } from './names.ts';
import { errnoOf } from './packet-socket.ts';
import { REGION_HEADER_BYTES, encodeRegionHeader, planRegion, readRegionHeader } from './region-layout.ts';

export interface RegionRequest {
  readonly runFolder: string;
  readonly service: string;
  readonly sessionId: bigint;
  /** Header included. */
  readonly requestBytes: number;
  readonly responseBytes: number;
  /** Any non-zero number that a later start of this process would not repeat. */
  readonly ownerGeneration: number;
}

/** A new region, configured for the server. Fails ADDR_IN_USE when a living server holds the name, ALLOCATE when memory is full. */
export function createRegion(native: NativeAddon, request: RegionRequest): Region {
  const path = regionPath(request.runFolder, request.service, request.sessionId);
  const plan = planRegion(request.requestBytes, request.responseBytes);
  const header = encodeRegionHeader(plan, process.pid, request.ownerGeneration);
  let region: Region;
  try {
    region = createFile(native, path, header, plan.fileBytes);
  } catch (error) {
    if (error instanceof NetipcRegionError) throw error;
    const wire = errnoOf(error) === 'ENOSPC' ? 'ALLOCATE' : 'OPEN';
    throw new NetipcRegionError(wire, `${path} cannot be made (${errnoOf(error)})`, { cause: error });
  }
  try {
    native.regionConfigure(
      region,
      true,
      plan.requestOffset,
      plan.requestCapacityBytes,
      plan.responseOffset,
      plan.responseCapacityBytes,
    );
  } catch (error) {
    native.regionClose(region);
    throw new NetipcRegionError('OPEN', `${path} was cut short meanwhile (${errnoOf(error)})`, {
      cause: error,
    });
  }
  return region;
}

function createFile(native: NativeAddon, path: string, header: Uint8Array, fileBytes: number): Region {
  try {
    return native.regionCreate(path, header, fileBytes);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
  if (!removeIfStale(path)) throw new NetipcRegionError('ADDR_IN_USE', `${path} belongs to a running server`);
  return native.regionCreate(path, header, fileBytes);
}

/** At server start: every region of this service whose owner is gone. Regions of running servers stay. */
export function removeStaleRegions(runFolder: string, service: string): void {
  for (const name of readdirSync(runFolder)) {
    if (name.startsWith(`${service}-`) && name.endsWith('.ipcshm')) removeIfStale(join(runFolder, name));
  }
}

/** True when the name is free now. */
function removeIfStale(path: string): boolean {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'ENOENT') return true;
    if (code === 'EMFILE' || code === 'ENFILE') return false;
    return unlinkQuietly(path);
  }
  try {
    const stat = fstatSync(fd);
    if (stat.isFile() && isLive(fd, stat.size)) return false;
    const now = lstatSync(path);
    // Between our look and our act somebody may have put a new file there: then it is not ours to remove.
    return now.dev === stat.dev && now.ino === stat.ino ? unlinkQuietly(path) : false;
  } catch (error) {
    return errnoOf(error) === 'ENOENT';
  } finally {
    closeSync(fd);
  }
}

function isLive(fd: number, fileBytes: number): boolean {
  const header = new Uint8Array(REGION_HEADER_BYTES);
  if (readSync(fd, header, 0, REGION_HEADER_BYTES, 0) < REGION_HEADER_BYTES) return false;
  try {
    const { ownerPid, ownerGeneration } = readRegionHeader(header, fileBytes);
    return ownerGeneration !== 0 && ownerPid > 0 && isProcessAlive(ownerPid);
  } catch (error) {
    if (!(error instanceof NetipcRegionError)) throw error;
    // Only a wrong magic says "not a region"; a header half written may belong to a server that is just starting.
    return error.wire !== 'BAD_MAGIC' && isOwnerAlive(header);
  }
}

function isOwnerAlive(header: Uint8Array): boolean {
  const view = new DataView(header.buffer);
  const pid = view.getInt32(8, true);
  return pid > 0 && view.getUint32(12, true) !== 0 && isProcessAlive(pid);
}

function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) === 'EPERM';
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
