import fc from 'fast-check';
import { expect, test } from 'vitest';
import { StreamQueue } from './stream-queue.ts';

test('drop_oldest keeps the newest and counts the rest, always', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.constant('push' as const), fc.nat(5)), { maxLength: 60 }), (steps) => {
      const queue = new StreamQueue({ queueItemsMax: 4, onFull: 'drop_oldest' });
      let [pushed, taken, lost] = [0, 0, 0];
      for (const step of steps) {
        if (step === 'push') queue.push((pushed += 1));
        else {
          const items = queue.peek(step);
          // What is left is the newest, without holes.
          expect(items).toEqual(Array.from({ length: items.length }, (_, index) => pushed - queue.length + 1 + index));
          lost += queue.lostSoFar();
          taken += items.length;
          queue.taken(items.length);
        }
        expect(queue.length).toBeLessThanOrEqual(4);
      }
      expect(taken + queue.length + lost + queue.lostSoFar()).toBe(pushed);
    }),
    { numRuns: 10_000 },
  );
});

test('latest keeps one and calls nothing lost', () => {
  const queue = new StreamQueue({ queueItemsMax: 1, onFull: 'latest' });
  for (let item = 1; item <= 5; item += 1) queue.push(item);
  expect(queue.peek(9)).toEqual([5]);
  expect(queue.lostSoFar()).toBe(0);
  queue.taken(1);
  expect(queue.hasRoom()).toBe(true);
});

test('wait says when there is room; a source that breaks its word loses the oldest, counted', () => {
  const queue = new StreamQueue({ queueItemsMax: 2, onFull: 'wait' });
  queue.push(1);
  expect(queue.hasRoom()).toBe(true);
  queue.push(2);
  expect(queue.hasRoom()).toBe(false);
  queue.push(3);
  expect(queue.peek(9)).toEqual([2, 3]);
  expect(queue.lostSoFar()).toBe(1);
});
