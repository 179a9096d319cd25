import { defineConfig } from 'vitest/config';

const TEST_FILES = ['shared/**/*.test.ts', 'native/**/*.test.ts', 'electron/**/*.test.ts', 'renderer/**/*.test.{ts,tsx}', 'scripts/**/*.test.ts', 'tests/kit/**/*.test.ts'];

export default defineConfig({
  test: {
    watch: false,
    projects: [
      { test: { name: 'unit', include: TEST_FILES, exclude: ['**/*.chaos.test.ts', '**/node_modules/**'], testTimeout: 30_000 } },
      {
        // Real processes, kills, full disks: one file at a time, so that what one breaks no other sees.
        test: {
          name: 'chaos',
          // Real kills and full disks on a shared machine: a second try is shown in the report.
          retry: process.env['CI'] === undefined ? 0 : 1,
          include: ['tests/chaos/**/*.test.ts', 'tests/interop/**/*.test.ts', '**/*.chaos.test.ts'],
          exclude: ['**/node_modules/**'],
          testTimeout: 180_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
