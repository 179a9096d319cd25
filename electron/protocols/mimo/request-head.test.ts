import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseEndpoint } from '../../net/http-endpoint.ts';
import { isMethod, requestHead } from './request-head.ts';

test('no endpoint makes a second line in the request head', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (authority, path) => {
      const target = parseEndpoint(`http://${authority}/${path}`);
      if (target === null) return;
      const head = Buffer.from(requestHead(target, 'POST', 5)).toString('latin1');
      expect(head.split('\r\n')).toHaveLength(target.userInfo === null ? 8 : 9);
      expect(head.split('\r\n').join('')).not.toMatch(/[\r\n\0]/);
    }),
    { numRuns: 10_000 },
  );
});

test('a method is an HTTP token', () => {
  for (const method of ['POST', 'put', 'M-SEARCH', "a!#$%&'*+.^_`|~9"]) expect(isMethod(method)).toBe(true);
  for (const method of ['', 'PO ST', 'POST\r\n', 'GET/', 'é', 'a:b']) expect(isMethod(method)).toBe(false);
});
