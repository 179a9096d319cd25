// npm test: all set-up, Chromium included, then everything CI runs.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CHECK_STEPS } from './lib/check-steps.mjs';
import { runSteps } from './lib/steps.mjs';
import { ROOT, ensure } from './setup.mjs';

/** Promise E8: nothing may need `__proto__`, and nothing may give every object a member. The test runner itself needs a soft prototype. */
const NO_PROTO = { NODE_OPTIONS: '--disable-proto=throw' };
const FROZEN = { NODE_OPTIONS: `--disable-proto=throw --import=${pathToFileURL(join(ROOT, 'tests/kit/frozen-prototype.mjs')).href}` };

ensure(['native', 'libnotify', 'bundle', 'chromium', 'strace'], { strict: true });
const { failed, counts } = await runSteps([
  ...CHECK_STEPS,
  { name: 'whole', run: ['vitest', 'run', '--project', 'whole'] },
  { name: 'conformance', run: ['node', 'tests/conformance/run.ts', 'tests/vectors'] },
  { name: 'decoders without __proto__', run: ['vitest', 'run', '--project', 'unit', 'shared', 'electron/rpc', 'electron/protocols', 'electron/net'], env: NO_PROTO },
  { name: 'conformance with a frozen Object.prototype', run: ['node', 'tests/conformance/run.ts', 'tests/vectors'], env: FROZEN },
  { name: 'fuzz, 3 s a target', run: ['node', 'tests/fuzz/run.ts', '--seconds', '3'], env: FROZEN },
  { name: 'chaos', run: ['vitest', 'run', '--project', 'chaos'] },
  { name: 'examples', run: ['node', 'examples/run.ts'] },
  { name: 'browser', run: ['playwright', 'test', '-c', 'tests/e2e/playwright.config.ts'] },
  { name: 'electron', run: ['node', 'tests/e2e-electron/run.ts'] },
]);
if (failed.length > 0) process.stdout.write(`failed: ${failed.join(', ')}\n`);
process.stdout.write(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
process.exit(failed.length > 0 || counts.passed === 0 ? 1 : 0);
