import { OperatingError } from '../../shared/failure.ts';

/** One row is damaged; the rest of the file may be sound. */
export function damagedRow(seq: number): OperatingError {
  return new OperatingError('E_STORE_DAMAGED', `event ${seq} does not read as it was written`);
}
