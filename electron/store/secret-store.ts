/**
 * Where secrets are kept (docs/THREATS.md, I1 and I2): in the system's keychain, in a file under a passphrase, or in this run's
 * memory. They leave as `Secret`, which prints itself as `[secret]`; nothing here writes one anywhere in the clear.
 */
import { join } from 'node:path';
import * as v from 'valibot';
import type { SecretStoreState } from '../../shared/contract/dispatch-profiles.ts';
import { OperatingError } from '../../shared/failure.ts';
import { jsonValueOf } from '../../shared/json-text.ts';
import { Secret } from '../../shared/secret.ts';
import { readPrivate, writePrivate } from './private-file.ts';
import { openSealed, sealKeyOf, seal, sealedFile, type SealKey } from './secret-seal.ts';

export interface SecretStore {
  state(): SecretStoreState;
  /** Null when it is not known, or the file is not opened. */
  read(key: string): Secret | null;
  keys(): string[];
  /** Fails with E_AUTH while the file under a passphrase is locked, E_STORE_FULL, E_PERMISSION, E_STORE_FAILED. */
  write(key: string, secret: Secret): Promise<void>;
  forget(key: string): Promise<void>;
  /** Opens the file under a passphrase, or makes it with what is in memory. Fails with E_AUTH for a wrong one. */
  unlock(passphrase: Secret): Promise<void>;
}

/** What the desktop host hands in from Electron's safeStorage. */
export interface Keychain {
  /** Such as `gnome_libsecret`, `kwallet6`, `keychain`, `dpapi`; `basic_text` is no protection. */
  readonly backend: string;
  readonly isAvailable: boolean;
  encrypt(text: string): Uint8Array;
  decrypt(bytes: Uint8Array): string;
}

const PASSPHRASE_FILE = 'secrets.json';
const KEYCHAIN_FILE = 'secrets.keychain';
const FILE_BYTES_MAX = 4 * 1024 * 1024;
const UNPROTECTED: readonly string[] = ['basic_text', 'unknown', ''];
const contents = v.record(v.string(), v.string());

export class SecretVault implements SecretStore {
  readonly #folder: string;
  readonly #keychain: Keychain | null;
  readonly #held = new Map<string, Secret>();
  #place: SecretStoreState['place'] = 'session';
  #isLocked = false;
  #reason: string;
  #sealKey: SealKey | null = null;
  #lastWrite: Promise<void> = Promise.resolve();

  private constructor(folder: string, keychain: Keychain | null, reason: string) {
    this.#folder = folder;
    this.#keychain = keychain;
    this.#reason = reason;
  }

  /** For this run only, and says why. */
  static inMemory(folder: string, reason: string): SecretVault {
    return new SecretVault(folder, null, reason);
  }

  /** Uses the keychain when there is a real one, the passphrase file when there is one, and memory otherwise. */
  static async open(folder: string, keychain: Keychain | null): Promise<SecretVault> {
    const usable = keychain !== null && keychain.isAvailable && !UNPROTECTED.includes(keychain.backend);
    const vault = new SecretVault(folder, usable ? keychain : null, reasonOf(keychain, usable));
    const sealed = await readPrivate(join(folder, PASSPHRASE_FILE), FILE_BYTES_MAX);
    if (sealed !== null) {
      vault.#place = 'passphrase';
      vault.#isLocked = true;
      vault.#reason = 'the file of secrets is under a passphrase';
      return vault;
    }
    if (!usable) return vault;
    vault.#place = 'keychain';
    const bytes = await readPrivate(join(folder, KEYCHAIN_FILE), FILE_BYTES_MAX);
    if (bytes !== null) vault.#load(textFromKeychain(keychain, bytes));
    return vault;
  }

  state(): SecretStoreState {
    const fixes = {
      keychain: '',
      passphrase: this.#isLocked ? 'Give the passphrase to use them.' : '',
      session: 'They will be asked each start; give a passphrase to keep them in a file.',
    };
    return { place: this.#place, locked: this.#isLocked, reason: this.#reason, fix: fixes[this.#place] };
  }

  read(key: string): Secret | null {
    return this.#held.get(key) ?? null;
  }

  keys(): string[] {
    return [...this.#held.keys()];
  }

  async write(key: string, secret: Secret): Promise<void> {
    this.#needOpen();
    this.#held.set(key, secret);
    await this.#save();
  }

  async forget(key: string): Promise<void> {
    this.#needOpen();
    if (this.#held.delete(key)) await this.#save();
  }

  async unlock(passphrase: Secret): Promise<void> {
    const bytes = await readPrivate(join(this.#folder, PASSPHRASE_FILE), FILE_BYTES_MAX);
    if (bytes === null) {
      this.#sealKey = await sealKeyOf(passphrase, null);
    } else {
      const opened = await openSealed(passphrase, bytes);
      this.#sealKey = opened.key;
      this.#load(opened.text.reveal());
    }
    this.#place = 'passphrase';
    this.#isLocked = false;
    this.#reason = 'the file of secrets is under a passphrase';
    if (bytes === null) await this.#save();
  }

  #needOpen(): void {
    if (this.#isLocked)
      throw new OperatingError('E_AUTH', 'the secrets are locked', { fix: 'Give the passphrase first.' });
  }

  #load(text: string): void {
    const parsed = v.safeParse(contents, jsonValueOf(text));
    if (!parsed.success)
      throw new OperatingError('E_CONFIG', 'the file of secrets is damaged', { fix: 'Move it away.' });
    for (const [key, value] of Object.entries(parsed.output)) this.#held.set(key, new Secret(value));
  }

  #save(): Promise<void> {
    const turn = this.#lastWrite.then(() => this.#writeOut());
    this.#lastWrite = turn.catch(() => undefined);
    return turn;
  }

  async #writeOut(): Promise<void> {
    if (this.#place === 'session') return;
    const text = JSON.stringify(
      Object.fromEntries([...this.#held].map(([key, value]) => [key, value.reveal()])),
    );
    if (this.#place === 'keychain' && this.#keychain !== null)
      await writePrivate(join(this.#folder, KEYCHAIN_FILE), this.#keychain.encrypt(text));
    else if (this.#sealKey !== null)
      await writePrivate(join(this.#folder, PASSPHRASE_FILE), sealedFile(seal(this.#sealKey, text)));
  }
}

function reasonOf(keychain: Keychain | null, usable: boolean): string {
  if (usable) return `kept by the system (${keychain?.backend ?? ''})`;
  if (keychain === null) return 'this host has no access to a system keychain; secrets are in memory only';
  return `the system offers no keychain (${keychain.backend}); secrets are in memory only`;
}

function textFromKeychain(keychain: Keychain, bytes: Buffer): string {
  try {
    return keychain.decrypt(bytes);
  } catch (error) {
    // Whatever the system says: the bytes are another user's or machine's. Its words may hold what was decrypted.
    if (!(error instanceof Error)) throw error;
    throw new OperatingError('E_AUTH', 'the system keychain does not open the file of secrets', {
      fix: `Move ${KEYCHAIN_FILE} out of the data folder and give the secrets again.`,
    });
  }
}
