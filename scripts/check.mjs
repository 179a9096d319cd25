// npm run check: types, lint, fences, unused code, unit tests.
import { CHECK_STEPS } from './lib/check-steps.mjs';
import { runSteps } from './lib/steps.mjs';
import { ensure } from './setup.mjs';

ensure(['native', 'libnotify']);
const { failed, counts } = await runSteps(CHECK_STEPS);
if (failed.length > 0) process.stdout.write(`failed: ${failed.join(', ')}\n`);
process.stdout.write(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
process.exit(failed.length > 0 ? 1 : 0);
