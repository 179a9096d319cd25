import { describe, expect, it } from 'vitest';
import { DEFAULT_PROFILES, endpointPath } from './endpoint.ts';
import { PROFILE } from './handshake.ts';

describe('the name of an endpoint', () => {
  it('is a socket in the run folder, or a pipe on Windows', () => {
    expect(endpointPath('/run/netdata', 'cgroups-snapshot', 'linux')).toBe(
      '/run/netdata/cgroups-snapshot.sock',
    );
    expect(endpointPath('/run/netdata', 'cgroups-snapshot', 'win32')).toMatch(
      /^\\\\\.\\pipe\\netipc-[\da-f]{16}-cgroups-snapshot$/,
    );
  });

  it.each(['linux', 'win32'] as const)('keeps bad names out on %s', (platform) => {
    for (const service of ['', '.', '..', 'a/b', 'a\\b', 'a b', 'é'])
      expect(() => endpointPath('/run', service, platform)).toThrow(/BAD_PARAM/);
    expect(() => endpointPath(`/${'r'.repeat(200)}`, 's'.repeat(250), platform)).toThrow(/PATH_TOO_LONG/);
  });

  it('always offers the baseline', () => {
    expect(DEFAULT_PROFILES.supported & PROFILE.BASELINE).toBe(PROFILE.BASELINE);
  });
});
