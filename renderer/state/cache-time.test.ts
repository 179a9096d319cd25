import { describe, expect, test } from 'vitest';
import type { GenerationHead } from '../../shared/contract/snapshots.ts';
import { stepFrom, targetOf } from './cache-time.ts';

function head(number: number, takenAtMs: number): GenerationHead {
  const counts = {
    items: 0,
    systemdEnabled: 1,
    payloadBytes: 0,
    refreshMs: 1,
    added: 0,
    removed: 0,
    changed: 0,
  };
  return { number, generation: '1', takenAtMs, ...counts };
}
const HEADS = [head(4, 1_000), head(5, 2_000), head(7, 3_000)];
const paused = (atMs: number) => ({ mode: 'paused', atMs, jump: false }) as const;

describe('target', () => {
  test('live is the newest; without generations there is none', () => {
    expect(targetOf({ mode: 'live' }, HEADS, null)).toEqual({ number: 7, isLive: true, isForgotten: false });
    expect(targetOf({ mode: 'live' }, [], null)).toBeNull();
  });
  test('a moment is the generation that was seen last at or after it', () => {
    expect(targetOf(paused(2_000), HEADS, null)?.number).toBe(5);
    expect(targetOf(paused(2_001), HEADS, null)?.number).toBe(7);
    expect(targetOf(paused(9_000), HEADS, null)?.number).toBe(7);
    expect(targetOf({ mode: 'range', fromMs: 0, toMs: 1_500 }, HEADS, null)?.number).toBe(5);
  });
  test('once chosen it stays, also when newer ones come and when it is not kept any more', () => {
    const pin = { atMs: 9_000, number: 7 };
    expect(targetOf(paused(9_000), [...HEADS, head(8, 9_500)], pin)?.number).toBe(7);
    expect(targetOf(paused(9_000), [head(8, 9_500)], pin)).toEqual({
      number: 7,
      isLive: false,
      isForgotten: true,
    });
  });
  test('before the oldest kept one it may be forgotten', () => {
    expect(targetOf(paused(500), HEADS, null)).toMatchObject({ number: 4, isForgotten: true });
    expect(targetOf(paused(500), [head(1, 1_000)], null)).toMatchObject({ number: 1, isForgotten: false });
  });
});

describe('steps', () => {
  test('back to the one before, forward to the next, beyond the newest to live', () => {
    expect(stepFrom(7, true, HEADS, -1)).toBe(HEADS[1]);
    expect(stepFrom(5, false, HEADS, 1)).toBe(HEADS[2]);
    expect(stepFrom(7, false, HEADS, 1)).toBe('live');
  });
  test('no step leads out', () => {
    expect(stepFrom(7, true, HEADS, 1)).toBeNull();
    expect(stepFrom(4, false, HEADS, -1)).toBeNull();
  });
  test('from one that is not kept any more', () => {
    expect(stepFrom(2, false, HEADS, 1)).toBe(HEADS[0]);
    expect(stepFrom(2, false, HEADS, -1)).toBeNull();
  });
});
