/** Where an endpoint lives: docs/protocols/netipc.md sections 8.1, 9.1 and 13. */
import { LIMITS } from '../../../shared/limits.ts';
import { NetipcSocketError } from './errors.ts';

const SERVICE = /^[A-Za-z0-9._-]+$/;
const REGION_PATH_BYTES_MAX = 255;
const FNV_OFFSET = 0xcbf2_9ce4_8422_2325n;
const FNV_PRIME = 0x100_0000_01b3n;
const PIPE_NAME_MAX = 255;

/** A service is 1 or more of A-Z a-z 0-9 . _ - and neither `.` nor `..`; else BAD_PARAM. */
export function checkServiceName(service: string): void {
  if (!SERVICE.test(service) || service === '.' || service === '..') {
    throw new NetipcSocketError('BAD_PARAM', `service name ${JSON.stringify(service)}`, {
      fix: 'Use letters, digits, dot, underscore and minus only.',
    });
  }
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** `{run_dir}/{service}.sock`; more than 107 bytes is PATH_TOO_LONG. */
export function socketPath(runFolder: string, service: string): string {
  checkServiceName(service);
  const path = `${runFolder}/${service}.sock`;
  if (byteLength(path) > LIMITS.unixPathBytesMax) {
    throw new NetipcSocketError(
      'PATH_TOO_LONG',
      `${byteLength(path)} bytes, ${LIMITS.unixPathBytesMax} fit`,
      {
        fix: 'Choose a shorter run folder.',
      },
    );
  }
  return path;
}

/** Sixteen lower-case hex digits. */
function sessionHex(sessionId: bigint): string {
  return sessionId.toString(16).padStart(16, '0');
}

/** `{run_dir}/{service}-{session}.ipcshm`, below 256 bytes. */
export function regionPath(runFolder: string, service: string, sessionId: bigint): string {
  checkServiceName(service);
  const path = `${runFolder}/${service}-${sessionHex(sessionId)}.ipcshm`;
  if (byteLength(path) > REGION_PATH_BYTES_MAX) {
    throw new NetipcSocketError('PATH_TOO_LONG', `region path of ${byteLength(path)} bytes`);
  }
  return path;
}

/** FNV-1a, 64 bits, over UTF-8 bytes, as 16 hex digits. */
export function fnv64Hex(text: string): string {
  let hash = FNV_OFFSET;
  for (const byte of new TextEncoder().encode(text))
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * FNV_PRIME);
  return sessionHex(hash);
}

/** `\\.\pipe\netipc-{hash of run_dir}-{service}`. */
export function pipeName(runFolder: string, service: string): string {
  checkServiceName(service);
  const name = `\\\\.\\pipe\\netipc-${fnv64Hex(runFolder)}-${service}`;
  if (name.length > PIPE_NAME_MAX)
    throw new NetipcSocketError('PATH_TOO_LONG', `pipe name of ${name.length} characters`);
  return name;
}

export interface WindowsObjectNames {
  readonly mapping: string;
  readonly requestEvent: string;
  readonly responseEvent: string;
}

/** Names of the shared-memory objects of one session; `profile` is 2 or 4. */
export function windowsObjectNames(
  runFolder: string,
  service: string,
  authToken: bigint,
  profile: number,
  sessionId: bigint,
): WindowsObjectNames {
  checkServiceName(service);
  const hash = fnv64Hex(`${runFolder}\n${service}\n${authToken}`);
  const stem = `Local\\netipc-${hash}-${service}-p${profile}-s${sessionHex(sessionId)}`;
  return {
    mapping: `${stem}-mapping`,
    requestEvent: `${stem}-req_event`,
    responseEvent: `${stem}-resp_event`,
  };
}

/** FNV-1a, 32 bits, over bytes: what this console's own providers put into `hash`. The protocol leaves the choice to the producer. */
export function nameHash32(name: Uint8Array): number {
  let hash = 0x811c_9dc5;
  for (const byte of name) hash = Math.imul(hash ^ byte, 0x0100_0193);
  return hash >>> 0;
}
