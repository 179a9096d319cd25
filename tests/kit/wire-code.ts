import { NetipcCodecError } from '../../electron/protocols/netipc/errors.ts';

/** The wire's name of what a netipc call failed with, `OK` when it did not. Other errors are bugs and thrown on. */
export async function wireCode(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'OK';
  } catch (error) {
    if (error instanceof NetipcCodecError) return error.wire;
    throw error;
  }
}
