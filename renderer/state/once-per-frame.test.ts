import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { oncePerFrame } from './once-per-frame.ts';

let frames: (() => void)[] = [];
let isHidden = false;

beforeEach(() => {
  frames = [];
  isHidden = false;
  vi.useFakeTimers();
  vi.stubGlobal('requestAnimationFrame', (run: () => void) => frames.push(run));
  vi.stubGlobal('document', {
    get hidden(): boolean {
      return isHidden;
    },
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

function drawFrame(): void {
  for (const run of frames.splice(0)) run();
}

test('a frame writes once, the newest value', () => {
  const written: number[] = [];
  const take = oncePerFrame((value: number) => written.push(value));
  for (let value = 1; value <= 1_000; value += 1) take(value);
  expect(written).toEqual([]);
  drawFrame();
  expect(written).toEqual([1_000]);
  drawFrame();
  expect(written).toEqual([1_000]);
  take(1_001);
  drawFrame();
  expect(written).toEqual([1_000, 1_001]);
});

test('a hidden page is kept true by a timer', () => {
  isHidden = true;
  const written: number[] = [];
  const take = oncePerFrame((value: number) => written.push(value));
  take(1);
  take(2);
  vi.advanceTimersByTime(500);
  expect(written).toEqual([2]);
  expect(frames).toEqual([]);
});
