/**
 * Runs every example and sees that it does what it shows. `node examples/run.ts`: a line for each, last
 * `N passed, N failed, N skipped`; exit code 1 when one failed or nothing ran.
 */
import { NotHere } from './example-run.ts';
import { gseExamples } from './gse/check.ts';
import { mimoExamples } from './mimo/check.ts';
import { netipcExamples } from './netipc/check.ts';

const counts = { passed: 0, failed: 0, skipped: 0 };
for (const { examples, stop } of [mimoExamples(), gseExamples(), netipcExamples()]) {
  try {
    for (const { name, run } of examples) {
      try {
        await run();
        counts.passed += 1;
        process.stdout.write(`ok   ${name}\n`);
      } catch (error) {
        // Any fault of an example counts against it and never hides the others.
        if (error instanceof NotHere) counts.skipped += 1;
        else counts.failed += 1;
        const reason = error instanceof Error ? error.message : String(error);
        process.stdout.write(`${error instanceof NotHere ? 'skip' : 'FAIL'} ${name}: ${reason}\n`);
      }
    }
  } finally {
    await stop();
  }
}
process.stdout.write(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0;
