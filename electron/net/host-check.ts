/**
 * The Host rule of the loopback door (docs/THREATS.md B2): a browser tricked by DNS rebinding still sends the
 * attacker's name in Host, so only names that nobody but this machine can own are answered.
 */
import { networkInterfaces } from 'node:os';

const LOOPBACK_NAMES = ['127.0.0.1', '[::1]', 'localhost'] as const;

/**
 * All Host values that mean "this door", in lower case. Port 80 may be left out, as browsers do.
 * `extraNames` are host names without port that the operator listed for a door opened to the network; `asIs` are
 * whole values, which a proxy before the door passes on.
 */
export function allowedHosts(
  port: number,
  extraNames: readonly string[] = [],
  asIs: readonly string[] = [],
): ReadonlySet<string> {
  const hosts = new Set<string>();
  for (const name of [...LOOPBACK_NAMES, ...extraNames]) {
    hosts.add(`${name.toLowerCase()}:${port}`);
    if (port === 80) hosts.add(name.toLowerCase());
  }
  for (const host of asIs) hosts.add(host.toLowerCase());
  return hosts;
}

/**
 * Exact comparison after lower-casing ASCII: no trimming, no user info, no trailing dot, no second spelling
 * of an address.
 */
export function isHostAllowed(host: string, allowed: ReadonlySet<string>): boolean {
  return allowed.has(host) || allowed.has(host.toLowerCase());
}

/** True for the addresses that never leave this machine: 127.0.0.0/8, ::1 and the name localhost. */
export function isLoopbackAddress(host: string): boolean {
  if (host === '::1' || host.toLowerCase() === 'localhost') return true;
  const parts = host.split('.');
  if (parts.length !== 4 || parts[0] !== '127') return false;
  return parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255);
}

/**
 * The names a bound address can be called by in a Host header: itself, or, for "every address" (0.0.0.0, ::),
 * those of the machine's interfaces. Addresses are safe: DNS rebinding needs a name.
 */
export function namesOfAddress(address: string): string[] {
  const isEvery = address === '0.0.0.0' || address === '::';
  const addresses = isEvery
    ? Object.values(networkInterfaces()).flatMap((list) => list?.map((entry) => entry.address) ?? [])
    : [address];
  return addresses.map((text) => (text.includes(':') ? `[${text}]` : text));
}
