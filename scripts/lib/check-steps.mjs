// What `npm run check` runs; `npm test` runs it first.
export const CHECK_STEPS = [
  { name: 'types', run: ['tsc', '-b', 'tsconfig.json'] },
  { name: 'lint', run: ['oxlint', '--type-aware', '--deny-warnings'] },
  { name: 'fences', run: ['node', 'scripts/lib/fences.mjs'] },
  { name: 'unused code', run: ['knip'] },
  { name: 'unit', run: ['vitest', 'run', '--project', 'unit'] },
];
