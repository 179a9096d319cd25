/** What speaks against the settings of a callback listener, before the core is asked. Pure. */
import type { GseProfile } from '../../../shared/contract/dispatch-profiles.ts';

type Callback = GseProfile['callback'];
/** The field, and which sentence says what is wrong with it. */
export interface CallbackFaults {
  readonly host: 'callbackHostBad' | null;
  readonly port: 'portBad' | null;
  readonly path: 'callbackPathBad' | 'callbackPathWeak' | null;
  readonly hostNames: 'callbackNamesNeeded' | null;
  readonly allowedPeers: 'callbackPeersBad' | null;
}

const LOOPBACK: readonly string[] = ['127.0.0.1', 'localhost', '::1'];
const PORT_MAX = 65_535;
/** As long as the ones the core makes. */
const SECRET_PATH_CHARACTERS_MIN = 32;

/** Nothing is wrong with a listener that is off but what could not be saved. */
export function callbackFaults(callback: Callback): CallbackFaults {
  const { enabled, host, port, path, hostNames } = callback;
  const isNetwork = enabled && !LOOPBACK.includes(host);
  const isAny = host === '0.0.0.0' || host === '::';
  return {
    host: enabled && !LOOPBACK.includes(host) && !isIpAddress(host) ? 'callbackHostBad' : null,
    port: Number.isInteger(port) && port >= 0 && port <= PORT_MAX ? null : 'portBad',
    path: pathFault(path, isNetwork),
    hostNames: isNetwork && isAny && hostNames.length === 0 ? 'callbackNamesNeeded' : null,
    allowedPeers: badPeer(callback) === null ? null : 'callbackPeersBad',
  };
}

/** The first sender that is no address, or null. */
export function badPeer({ allowedPeers }: Callback): string | null {
  return allowedPeers.find((address) => !isIpAddress(address)) ?? null;
}

/** Apart by commas or blanks, each once, as typed. */
export function wordsOf(text: string): string[] {
  return [...new Set(text.split(/[\s,，]+/).filter((word) => word !== ''))];
}

function pathFault(path: string, isNetwork: boolean): CallbackFaults['path'] {
  if (path === '') return null;
  if (!/^\/[\x21-\x22\x24-\x3e\x40-\x7e]*$/.test(path)) return 'callbackPathBad';
  return isNetwork && path.length <= SECRET_PATH_CHARACTERS_MIN ? 'callbackPathWeak' : null;
}

export function isIpAddress(text: string): boolean {
  const parts = text.split('.');
  if (parts.length === 4) return parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255);
  return text.includes(':') && isIpv6(text);
}

/** Groups of four hex digits, one gap at most; the mixed form with an IPv4 tail is not needed here. */
function isIpv6(text: string): boolean {
  const halves = text.split('::');
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return false;
  return halves.length === 2 ? groups.length < 8 : groups.length === 8;
}
