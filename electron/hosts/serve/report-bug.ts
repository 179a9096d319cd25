import { AssertionFailure } from '../../../shared/assert.ts';

/** A failed assertion is a bug we must not go on with (house rule); other surprises are answered E_INTERNAL and told. */
export function reportBug(name: string, error: unknown): void {
  if (error instanceof AssertionFailure) {
    setImmediate(() => {
      throw error;
    });
    return;
  }
  process.stderr.write(`bug in ${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
}
