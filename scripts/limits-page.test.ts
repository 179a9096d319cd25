import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LIMITS } from '../shared/limits.ts';
import { limitsPage } from './lib/write-limits.mjs';

test('docs/LIMITS.md is what shared/limits.ts says: run `node scripts/lib/write-limits.mjs` after a change', async () => {
  const page = await limitsPage();
  for (const name of Object.keys(LIMITS)) expect(page).toContain(`| \`${name}\` |`);
  expect(readFileSync(join(import.meta.dirname, '../docs/LIMITS.md'), 'utf8')).toBe(page);
});
