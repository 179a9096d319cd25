import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { Secret } from './secret.ts';

const CANARY = 'canary-7f3a';

test('a secret shows itself only when asked by name', () => {
  const secret = new Secret(CANARY);
  const shown = [
    String(secret),
    ['', ''].join(String(secret)),
    JSON.stringify({ secret }),
    inspect(secret),
    inspect({ deep: [secret] }),
    Object.values(secret).join(),
  ];
  for (const text of shown) expect(text).not.toContain(CANARY);
  expect(JSON.stringify({ secret })).toBe('{"secret":"[secret]"}');
  expect(inspect(secret)).toBe('[secret]');
  expect(secret.reveal()).toBe(CANARY);
});
