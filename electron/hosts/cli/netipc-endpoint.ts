/** Which netipc endpoint a command means, and a client for it. */
import { loadNative, type NativeAddon } from '../../../native/index.ts';
import { OperatingError } from '../../../shared/failure.ts';
import { netipcRunFolder } from '../../core/netipc/run-folder.ts';
import { readTokenFile } from '../../core/netipc/token-file.ts';
import { NetipcClient } from '../../protocols/netipc/client.ts';
import { endpointPath } from '../../protocols/netipc/endpoint.ts';
import type { Method } from '../../protocols/netipc/envelope.ts';
import { PROFILE } from '../../protocols/netipc/handshake.ts';

/** The token is a secret: never an argument, which every user of the machine can read. */
export const TOKEN_VARIABLE = 'SIGNALBOX_NETIPC_TOKEN';

export interface EndpointFlags {
  readonly dataFolder: string;
  /** Null = the run folder of this data folder's console. */
  readonly runFolder: string | null;
  readonly tokenFile: string | null;
  readonly transport: 'auto' | 'socket' | 'shm';
}

/** Fails E_NATIVE_MISSING. */
export function needAddon(): NativeAddon {
  const loaded = loadNative();
  if (loaded.native !== null) return loaded.native;
  throw new OperatingError('E_NATIVE_MISSING', `the native addon is not there: ${loaded.reason}`, {
    fix: 'Install a C compiler and run: npm run setup.',
  });
}

export function runFolderOf(flags: Pick<EndpointFlags, 'dataFolder' | 'runFolder'>): string {
  return flags.runFolder ?? netipcRunFolder(flags.dataFolder);
}

/** Fails E_CONFIG or E_PERMISSION; the text never holds the token. */
export function tokenOf(tokenFile: string | null): bigint {
  if (tokenFile !== null) return readTokenFile(tokenFile);
  const text = process.env[TOKEN_VARIABLE];
  if (text === undefined || text === '') return 0n;
  if (!/^\d{1,20}$/.test(text) || BigInt(text) > 0xffff_ffff_ffff_ffffn) {
    throw new OperatingError('E_CONFIG', `${TOKEN_VARIABLE} holds no decimal number below 2^64`);
  }
  return BigInt(text);
}

/** PROFILE bits to offer. */
export function profilesOf(transport: EndpointFlags['transport']): { supported: number; preferred: number } {
  if (transport === 'socket') return { supported: PROFILE.BASELINE, preferred: PROFILE.BASELINE };
  const supported = transport === 'shm' ? PROFILE.SHM_HYBRID : PROFILE.BASELINE | PROFILE.SHM_HYBRID;
  return { supported, preferred: PROFILE.SHM_HYBRID };
}

/** A client that is READY. Fails E_INPUT or E_PATH_TOO_LONG for a name nobody can have, else E_PEER_GONE, E_AUTH or E_PROTOCOL with what the connect attempt said. */
export async function connectTo(
  flags: EndpointFlags,
  service: string,
  method: Method,
): Promise<NetipcClient> {
  const { supported, preferred } = profilesOf(flags.transport);
  endpointPath(runFolderOf(flags), service);
  const client = new NetipcClient({
    native: needAddon(),
    runFolder: runFolderOf(flags),
    service,
    method,
    authToken: tokenOf(flags.tokenFile),
    supportedProfiles: supported,
    preferredProfiles: preferred,
  });
  await client.refresh();
  const { state, reason } = client.status();
  if (state === 'READY') return client;
  client.close();
  if (state === 'NOT_FOUND') {
    throw new OperatingError('E_PEER_GONE', reason, {
      fix: 'Start the provider (signalbox netipc serve), or name its folder with --run.',
    });
  }
  if (state === 'AUTH_FAILED') {
    throw new OperatingError('E_AUTH', reason, {
      fix: `Name the token's file with --token-file, or set ${TOKEN_VARIABLE}.`,
    });
  }
  throw new OperatingError('E_PROTOCOL', reason);
}
