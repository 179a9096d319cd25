/** Scheduling of the store's threads against the thread that owns the sockets. */
import { getPriority, setPriority } from 'node:os';

const STEP = 5;

/**
 * Makes this thread yield to the socket thread: otherwise every message posted to it pre-empts the poster on a busy machine, and
 * the listener loses a third of its rate. Only Linux gives a thread a priority of its own; elsewhere this does nothing.
 */
export function yieldToSockets(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(Math.min(getPriority() + STEP, 19));
  } catch {
    // A sandbox may forbid even lowering it (EPERM, EACCES): the store is then only less polite.
  }
}
