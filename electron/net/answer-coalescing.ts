/**
 * Puts the small answers of one turn into one write. A sender that pipelines gets its answers in bursts, one
 * burst a commit; Node writes each of them by itself, which costs a system call and wakes the sender every
 * time.
 */
import type { Socket } from 'node:net';

/** Larger pieces go out at once: joining them would cost more than it saves. */
const PIECE_CHARACTERS_MAX = 1_024;
const WAITING_CHARACTERS_MAX = 64 * 1_024;

/**
 * Order is kept: whatever is not a small head goes out behind the heads that wait. A small head counts as
 * written when it is taken, because Node begins the next answer of a pipeline only then; what waits goes out
 * before the turn's end, and before the socket is ended.
 */
export function coalesceAnswers(socket: Socket): void {
  const write = socket.write.bind(socket);
  const end = socket.end.bind(socket);
  let waiting = '';
  const flush = (): void => {
    if (waiting === '') return;
    const text = waiting;
    waiting = '';
    write(text, 'latin1');
  };
  const writeSoon = (chunk: unknown, encoding?: unknown, callback?: unknown): boolean => {
    if (typeof chunk !== 'string' || encoding !== 'latin1' || chunk.length > PIECE_CHARACTERS_MAX) {
      flush();
      return Reflect.apply(write, socket, [chunk, encoding, callback]);
    }
    if (waiting === '') setImmediate(flush);
    waiting += chunk;
    if (waiting.length > WAITING_CHARACTERS_MAX) flush();
    if (typeof callback === 'function') process.nextTick(callback, null);
    return true;
  };
  const endSoon = (...args: readonly unknown[]): Socket => {
    flush();
    return Reflect.apply(end, socket, args);
  };
  Object.assign(socket, { write: writeSoon, end: endSoon });
}
