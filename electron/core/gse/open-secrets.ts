/** The secrets of the data folder; when they cannot be opened the console runs all the same, with none. */
import { OperatingError } from '../../../shared/failure.ts';
import { SecretVault, type Keychain, type SecretStore } from '../../store/secret-store.ts';

export async function openSecrets(
  dataFolder: string,
  keychain: Keychain | null,
  trouble: (text: string) => void,
): Promise<SecretStore> {
  try {
    return await SecretVault.open(dataFolder, keychain);
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
    trouble(`${error.message}. ${error.fix ?? ''}`.trim());
    return SecretVault.inMemory(dataFolder, error.message);
  }
}
