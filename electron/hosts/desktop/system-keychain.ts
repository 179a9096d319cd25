/** Electron's safeStorage as the core wants it. `basic_text` is handed on by its name: the store refuses it (docs/THREATS.md, I1). */
import { safeStorage } from 'electron';
import type { Keychain } from '../../store/secret-store.ts';

/** Call when the app is ready: before, Linux does not know its backend. */
export function systemKeychain(platform: NodeJS.Platform): Keychain {
  const backends: Partial<Record<NodeJS.Platform, string>> = { darwin: 'keychain', win32: 'dpapi' };
  return {
    backend: backends[platform] ?? safeStorage.getSelectedStorageBackend(),
    isAvailable: safeStorage.isEncryptionAvailable(),
    encrypt: (text) => safeStorage.encryptString(text),
    decrypt: (bytes) => safeStorage.decryptString(Buffer.from(bytes)),
  };
}
