const STEPS = [80, 90, 100, 110, 125, 150, 175, 200] as const;
export const ZOOM_STEPS: readonly number[] = STEPS;

/** The next step up or down; a zoom between two steps goes to the nearer one in that direction. */
export function nextZoom(percent: number, direction: 1 | -1): number {
  if (direction === 1) return STEPS.find((step) => step > percent) ?? 200;
  return STEPS.findLast((step) => step < percent) ?? 80;
}
