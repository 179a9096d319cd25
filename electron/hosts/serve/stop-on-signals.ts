/** The first SIGINT or SIGTERM stops in good order, the second one at once. */
import { LIMITS } from '../../../shared/limits.ts';

const EXIT_AT_ONCE = 130;

/**
 * Returns the same stop, for reasons other than a signal. The process exits 0 when `close` has finished, 1 when
 * that takes longer than LIMITS.stopDeadlineMs (promise H6).
 */
export function stopOnSignals(close: () => Promise<void> | undefined, print: (line: string) => void): () => Promise<void> {
  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    const late = setTimeout(() => {
      process.stderr.write('stopping took too long: ended at once\n');
      process.exit(1);
    }, LIMITS.stopDeadlineMs);
    await close();
    clearTimeout(late);
    process.exit(0);
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(EXIT_AT_ONCE);
    print(`${signal}: stopping; once more stops at once`);
    void stop();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return stop;
}
