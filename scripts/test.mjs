// npm test: all set-up, Chromium included, then everything CI runs.
import { CHECK_STEPS } from './lib/check-steps.mjs';
import { runSteps } from './lib/steps.mjs';
import { ensure } from './setup.mjs';

ensure(['native', 'libnotify', 'bundle', 'chromium'], { strict: true });
const { failed, counts } = await runSteps([
  ...CHECK_STEPS,
  { name: 'conformance', run: ['node', 'tests/conformance/run.ts', 'tests/vectors'] },
  { name: 'chaos', run: ['vitest', 'run', '--project', 'chaos'] },
  { name: 'examples', run: ['node', 'examples/run.ts'] },
  { name: 'browser', run: ['playwright', 'test', '-c', 'tests/e2e/playwright.config.ts'] },
  { name: 'electron', run: ['node', 'tests/e2e-electron/run.ts'] },
]);
if (failed.length > 0) process.stdout.write(`failed: ${failed.join(', ')}\n`);
process.stdout.write(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
process.exit(failed.length > 0 || counts.passed === 0 ? 1 : 0);
