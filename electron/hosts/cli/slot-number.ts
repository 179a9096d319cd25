/** The number of a slot as a word of the command line. */
import { OperatingError } from '../../../shared/failure.ts';

/** Any integer of 64 bits (docs/protocols/gse.md section 2.1). Fails with E_INPUT. */
export function slotNumber(text: string | undefined): bigint {
  const number = text !== undefined && /^-?\d{1,19}$/.test(text) ? BigInt(text) : null;
  if (number === null || BigInt.asIntN(64, number) !== number)
    throw new OperatingError('E_INPUT', 'name a --slot: a whole number of 64 bits');
  return number;
}
