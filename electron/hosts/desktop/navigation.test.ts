import fc from 'fast-check';
import { expect, test } from 'vitest';
import { externalAddress } from './navigation.ts';

test('only plain https addresses of listed hosts pass', () => {
  expect(externalAddress('https://spdk.io/doc/bdev.html?a=1#b')).toBe('https://spdk.io/doc/bdev.html?a=1#b');
  for (const url of ['http://spdk.io/', 'https://spdk.io:8443/', 'https://a@spdk.io/', 'https://:p@spdk.io/', 'https://spdk.io.evil.example/', 'https://evil.example/?https://spdk.io/', 'javascript:alert(1)', 'file:///etc/passwd', 'smb://spdk.io/x', 'ms-msdt:x', '//spdk.io/', 'spdk.io', '']) {
    expect(externalAddress(url), url).toBeNull();
  }
  expect(externalAddress('https://spdk.io/', [])).toBeNull();
});

test('what passes parses to a listed host, whatever the text', () => {
  const pieces = fc.constantFrom('https:', 'http:', '//', '/', '@', ':', 'spdk.io', 'evil.example', '.', '\\', '#', '?', '\t', 'SPDK.IO', '%2f');
  fc.assert(
    fc.property(fc.oneof(fc.webUrl(), fc.array(pieces, { maxLength: 8 }).map((list) => list.join(''))), (url) => {
      const address = externalAddress(url);
      if (address !== null) expect(new URL(address)).toMatchObject({ protocol: 'https:', host: 'spdk.io', username: '', password: '' });
    }),
    { numRuns: 10_000 },
  );
});
