import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ServedSet } from '../serve/served-set.ts';
import { PAGE_ADDRESS, answerPageRequest, isPageAddress } from './protocol.ts';

const file = (text: string) => ({ bytes: Buffer.from(text), type: 'text/plain' });
const served: ServedSet = new Map([['/', file('root')], ['/index.html', file('index')], ['/assets/a.js', file('script')]]);
const statusOf = (url: string, method = 'GET'): number => answerPageRequest(served, { method, url }).status;

test('whatever the path, only the three served ones are answered', () => {
  const pieces = fc.constantFrom('..', '.', '/', '//', '%2e%2e', '%2f', '%00', '\u0000', 'index.html', 'assets', 'a.js', 'etc/passwd', '\\', '?', '#', '__proto__', ' ');
  const paths = fc.oneof(fc.string(), fc.array(pieces, { maxLength: 8 }).map((list) => list.join('')));
  fc.assert(
    fc.property(paths, (path) => {
      const isServed = served.has(`/${path.split('?')[0]}`);
      expect(statusOf(PAGE_ADDRESS + path)).toBe(isServed ? 200 : 404);
    }),
    { numRuns: 20_000 },
  );
});

test('other hosts, schemes and methods are not answered', () => {
  for (const url of ['signalbox://app.evil/index.html', 'signalbox://evil/index.html', 'file:///index.html', 'https://app/index.html', 'signalbox://app', 'signalbox://APP/index.html', 'signalbox://app:80/index.html', 'signalbox://user@app/index.html']) {
    expect(statusOf(url), url).toBe(404);
    expect(isPageAddress(url), url).toBe(false);
  }
  for (const method of ['POST', 'HEAD', 'PUT', 'OPTIONS']) expect(statusOf(`${PAGE_ADDRESS}index.html`, method)).toBe(404);
});

test('every answer carries the policy', async () => {
  for (const path of ['', 'nothing']) {
    const { headers } = answerPageRequest(served, { method: 'GET', url: PAGE_ADDRESS + path });
    expect(headers.get('Content-Security-Policy')).toContain("default-src 'none'");
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
  }
  expect(await answerPageRequest(served, { method: 'GET', url: `${PAGE_ADDRESS}assets/a.js?v=1` }).text()).toBe('script');
});
