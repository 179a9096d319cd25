/**
 * How the store's bytes are shared between the database, its log and the reserve for the day the disk is
 * full.
 */
import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { LOG_BYTES } from './schema.ts';

export interface SpacePlan {
  /** The log is folded into the database when it has this much. */
  readonly logBytes: number;
  /** Put by in a file: what folding in a whole log may need, when there is no other room left. */
  readonly reserveBytes: number;
  /** What the database itself may have. */
  readonly databaseBytes: number;
}

const SHARE_OF_LOG = 1 / 16;
/** A log may be longer than it should by the transaction that made it too long. */
const LOG_LENGTHS = 2;

/** `bytesMax` is what the operator allows, `diskBytes` the size of the disk: the smaller one counts. */
export function planSpace(bytesMax: number, diskBytes: number): SpacePlan {
  const logBytes = Math.floor(Math.min(LOG_BYTES, Math.min(bytesMax, diskBytes) * SHARE_OF_LOG));
  const reserveBytes = LOG_LENGTHS * logBytes;
  return { logBytes, reserveBytes, databaseBytes: bytesMax - LOG_LENGTHS * logBytes - reserveBytes };
}

/** Infinity when the system does not say. */
export function diskBytesOf(path: string): number {
  try {
    const disk = statfsSync(dirname(path));
    return disk.blocks * disk.bsize;
  } catch {
    // Some network file systems refuse it: then only the operator's own limit counts.
    return Number.POSITIVE_INFINITY;
  }
}
