import { LIMITS } from '../../shared/limits.ts';
import { writeAnswer, type DoorAnswer } from './http-answer.ts';
import type { Exchange } from './http-exchange.ts';

/**
 * Answers before the request is whole and ends the connection. The rest is thrown away for a while (LIMITS.httpLingerMs,
 * LIMITS.httpLingerBytesMax), so that the peer can read the answer.
 */
export function answerAndLinger({ request, response }: Exchange, answer: DoorAnswer): void {
  const { socket } = request;
  if (response.destroyed) return;
  writeAnswer(response, answer, true, false);
  let drainedBytes = 0;
  const end = (): void => {
    clearTimeout(timer);
    response.end();
    socket.destroySoon();
  };
  const timer = setTimeout(end, LIMITS.httpLingerMs);
  request.on('data', (chunk: Buffer) => {
    drainedBytes += chunk.length;
    if (drainedBytes > LIMITS.httpLingerBytesMax) end();
  });
  request.on('end', end);
  request.on('error', end);
  request.resume();
}
