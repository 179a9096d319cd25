import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../shared/secret.ts';
import { SecretVault, type Keychain } from './secret-store.ts';

const CANARY = 'canary-91b2';
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-secrets-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Writes hex: enough to see that nothing is written before it was asked. */
function keychain(change: Partial<Keychain> = {}): Keychain {
  return {
    backend: 'gnome_libsecret',
    isAvailable: true,
    encrypt: (text) => Buffer.from(Buffer.from(text).toString('hex')),
    decrypt: (bytes) => Buffer.from(Buffer.from(bytes).toString('latin1'), 'hex').toString('utf8'),
    ...change,
  };
}

const written = (): string =>
  readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n');

describe('secrets', () => {
  it('are in memory only where there is no keychain, and it is said', async () => {
    for (const found of [null, keychain({ backend: 'basic_text' }), keychain({ isAvailable: false })]) {
      const vault = await SecretVault.open(folder, found);
      expect(vault.state().place).toBe('session');
      expect(vault.state().reason).toContain('memory only');
      await vault.write('a', new Secret(CANARY));
      expect(vault.read('a')?.reveal()).toBe(CANARY);
      expect(readdirSync(folder)).toEqual([]);
    }
  });

  it('are kept by a real keychain, and found again', async () => {
    const vault = await SecretVault.open(folder, keychain());
    await vault.write('a', new Secret(CANARY));
    await vault.write('b', new Secret('x'));
    await vault.forget('b');
    expect(written()).not.toContain(CANARY);
    const again = await SecretVault.open(folder, keychain());
    expect(again.keys()).toEqual(['a']);
    expect(again.read('a')?.reveal()).toBe(CANARY);
    expect(statSync(join(folder, 'secrets.keychain')).mode & 0o077).toBe(0);
    const foreign = keychain({
      decrypt: () => {
        throw new Error(CANARY);
      },
    });
    await expect(SecretVault.open(folder, foreign)).rejects.toMatchObject({ code: 'E_AUTH' });
    await expect(SecretVault.open(folder, foreign)).rejects.not.toThrow(CANARY);
  });

  it('are kept under a passphrase that was asked for, and locked at the next start', async () => {
    const vault = await SecretVault.open(folder, null);
    await vault.write('a', new Secret(CANARY));
    await vault.unlock(new Secret('correct horse'));
    await vault.write('b', new Secret('y'));
    expect(written()).not.toMatch(new RegExp(`${CANARY}|correct horse`));
    expect(statSync(join(folder, 'secrets.json')).mode & 0o077).toBe(0);
    const again = await SecretVault.open(folder, null);
    expect(again.state()).toMatchObject({ place: 'passphrase', locked: true });
    expect(again.read('a')).toBeNull();
    await expect(again.write('c', new Secret('z'))).rejects.toMatchObject({ code: 'E_AUTH' });
    await expect(again.unlock(new Secret('wrong horse'))).rejects.toMatchObject({ code: 'E_AUTH' });
    await again.unlock(new Secret('correct horse'));
    expect([again.read('a')?.reveal(), again.read('b')?.reveal()]).toEqual([CANARY, 'y']);
  });

  it('in a file that was changed, or of a cost that would take all memory, are refused', async () => {
    const vault = await SecretVault.open(folder, null);
    await vault.write('a', new Secret(CANARY));
    await vault.unlock(new Secret('correct horse'));
    const path = join(folder, 'secrets.json');
    const file = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    const tried: readonly (readonly [change: Record<string, unknown>, code: string])[] = [
      [{ sealed: Buffer.alloc(40).toString('base64') }, 'E_AUTH'],
      [{ N: 2 ** 14 }, 'E_AUTH'],
      [{ N: 2 ** 30 }, 'E_CONFIG'],
      [{ version: 2 }, 'E_CONFIG'],
    ];
    for (const [change, code] of tried) {
      writeFileSync(path, JSON.stringify({ ...file, ...change }));
      const again = await SecretVault.open(folder, null);
      await expect(again.unlock(new Secret('correct horse'))).rejects.toMatchObject({ code });
    }
  });

  it('never follow a link, and print as [secret]', async () => {
    symlinkSync('/etc/passwd', join(folder, 'secrets.json'));
    await expect(SecretVault.open(folder, null)).rejects.toMatchObject({ code: 'E_PERMISSION' });
    const secret = new Secret(CANARY);
    expect(`${inspect(secret)} ${JSON.stringify({ secret })} ${String(secret)}`).not.toContain(CANARY);
  });
});
