import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const TEST_FILES = ['shared/**/*.test.ts', 'native/**/*.test.ts', 'electron/**/*.test.ts', 'renderer/**/*.test.{ts,tsx}', 'scripts/**/*.test.ts', 'tests/kit/**/*.test.ts'];

/** Tests of whole consoles, stores and programs: real processes and files, too slow to be run at every change. */
const WHOLE_FILES = [
  'native/**/*.test.ts',
  'electron/core/gse/**/*.test.ts',
  'electron/core/{console,feed,netipc/snapshots}.test.ts',
  'electron/store/{open-database,open-event-store,search,signatures,store-model}.test.ts',
  'electron/lab/**/*.test.ts',
  'electron/hosts/**/*.test.ts',
];
const NEVER = ['**/*.chaos.test.ts', '**/node_modules/**'];

export default defineConfig({
  test: {
    watch: false,
    // Much of the time is spent waiting; by itself it would leave a processor idle.
    maxWorkers: Math.max(2, availableParallelism()),
    projects: [
      { test: { name: 'unit', include: TEST_FILES, exclude: [...NEVER, ...WHOLE_FILES], testTimeout: 30_000 } },
      { test: { name: 'whole', include: WHOLE_FILES, exclude: NEVER, testTimeout: 30_000 } },
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
