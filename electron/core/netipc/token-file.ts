/** The token of a provider, from a file of the operator: a decimal number below 2^64 and nothing else. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { OperatingError } from '../../../shared/failure.ts';

const FILE_BYTES_MAX = 64;
const TOKEN_MAX = 0xffff_ffff_ffff_ffffn;
const OTHERS = 0o077;

/** '' = token 0. Fails E_CONFIG, or E_PERMISSION when others may read the file. The token is never part of a message. */
export function readTokenFile(path: string): bigint {
  if (path === '') return 0n;
  const text = readSmallFile(path).trim();
  if (!/^\d{1,20}$/.test(text) || BigInt(text) > TOKEN_MAX) {
    throw new OperatingError('E_CONFIG', `${path} holds no token`, {
      fix: 'Write the token into it as one decimal number.',
    });
  }
  return BigInt(text);
}

function readSmallFile(path: string): string {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new OperatingError('E_CONFIG', `the token file cannot be read: ${why}`, { cause: error });
  }
  try {
    if (process.platform !== 'win32' && (fstatSync(file).mode & OTHERS) !== 0) {
      throw new OperatingError('E_PERMISSION', `${path} may be read by others`, { fix: `chmod 600 ${path}` });
    }
    const buffer = new Uint8Array(FILE_BYTES_MAX + 1);
    const length = readSync(file, buffer, 0, buffer.length, 0);
    return Buffer.from(buffer.subarray(0, length)).toString('latin1');
  } finally {
    closeSync(file);
  }
}
