/** The file of secrets under a passphrase: scrypt makes the key, AES-256-GCM keeps the text and shows any change of the file. */
import { createCipheriv, createDecipheriv, randomBytes, scrypt, type ScryptOptions } from 'node:crypto';
import * as v from 'valibot';
import { OperatingError } from '../../shared/failure.ts';
import { jsonValueOf } from '../../shared/json-text.ts';
import { Secret } from '../../shared/secret.ts';

const KEY_BYTES = 32;
const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const COST = { N: 2 ** 17, r: 8, p: 1 } as const;
/** Files with other costs than ours are read up to this, so that a crafted one cannot take all memory. */
const COST_N_MAX = 2 ** 20;

const base64 = v.pipe(v.string(), v.base64());
const fileShape = v.strictObject({
  version: v.literal(1),
  kdf: v.literal('scrypt'),
  N: v.pipe(v.number(), v.integer(), v.minValue(2 ** 14), v.maxValue(COST_N_MAX)),
  r: v.literal(8),
  p: v.literal(1),
  salt: base64,
  cipher: v.literal('aes-256-gcm'),
  nonce: base64,
  tag: base64,
  sealed: base64,
});
type SealedFile = v.InferOutput<typeof fileShape>;

export interface SealKey {
  readonly key: Secret;
  readonly salt: Uint8Array;
  readonly N: number;
}

/** Takes a third of a second or so, off the thread that owns the sockets. `salt` null makes a new one. */
export async function sealKeyOf(
  passphrase: Secret,
  salt: Uint8Array | null,
  N: number = COST.N,
): Promise<SealKey> {
  const used = salt ?? randomBytes(SALT_BYTES);
  const key = await derive(passphrase, used, { ...COST, N, maxmem: 256 * N * COST.r });
  return { key: new Secret(key.toString('base64')), salt: used, N };
}

export function seal(key: SealKey, text: string): SealedFile {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', Buffer.from(key.key.reveal(), 'base64'), nonce);
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return {
    version: 1,
    kdf: 'scrypt',
    N: key.N,
    r: COST.r,
    p: COST.p,
    salt: Buffer.from(key.salt).toString('base64'),
    cipher: 'aes-256-gcm',
    nonce: nonce.toString('base64'),
    tag: cipher.getAuthTag().toString('base64'),
    sealed: sealed.toString('base64'),
  };
}

export function sealedFile(file: SealedFile): string {
  return `${JSON.stringify(file, null, 2)}\n`;
}

/** Fails with E_AUTH (wrong passphrase, or the file was changed) and E_CONFIG (not such a file). */
export async function openSealed(passphrase: Secret, bytes: Buffer): Promise<{ key: SealKey; text: Secret }> {
  const parsed = v.safeParse(fileShape, jsonValueOf(bytes.toString('utf8')));
  if (!parsed.success)
    throw new OperatingError('E_CONFIG', 'the file of secrets is damaged', { fix: 'Move it away.' });
  const { salt, N, nonce, tag, sealed } = parsed.output;
  const key = await sealKeyOf(passphrase, Buffer.from(salt, 'base64'), N);
  const decipher = createDecipheriv(
    'aes-256-gcm',
    Buffer.from(key.key.reveal(), 'base64'),
    Buffer.from(nonce, 'base64'),
  );
  try {
    decipher.setAuthTag(Buffer.from(tag, 'base64'));
    const text = Buffer.concat([decipher.update(Buffer.from(sealed, 'base64')), decipher.final()]).toString(
      'utf8',
    );
    return { key, text: new Secret(text) };
  } catch (error) {
    // Expected: the tag does not fit.
    if (!(error instanceof Error)) throw error;
    throw new OperatingError('E_AUTH', 'the passphrase is wrong, or the file of secrets was changed');
  }
}

function derive(passphrase: Secret, salt: Uint8Array, options: ScryptOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(passphrase.reveal(), salt, KEY_BYTES, options, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}
