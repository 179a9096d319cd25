/**
 * The Host rule of the loopback door (docs/THREATS.md B2): a browser tricked by DNS rebinding still sends the
 * attacker's name in Host, so only names that nobody but this machine can own are answered.
 */
const LOOPBACK_NAMES = ['127.0.0.1', '[::1]', 'localhost'] as const;

/**
 * All Host values that mean "this door", in lower case. Port 80 may be left out, as browsers do.
 * `extraNames` are host names without port that the operator listed for a door opened to the network.
 */
export function allowedHosts(port: number, extraNames: readonly string[] = []): ReadonlySet<string> {
  const hosts = new Set<string>();
  for (const name of [...LOOPBACK_NAMES, ...extraNames]) {
    hosts.add(`${name.toLowerCase()}:${port}`);
    if (port === 80) hosts.add(name.toLowerCase());
  }
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
