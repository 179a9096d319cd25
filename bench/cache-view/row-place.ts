/** Looks, in every frame of the page, where one row of the Cache view stands and whether it is still the selected one. */
import type { Page } from 'playwright';

export interface RowPlace {
  readonly frames: number;
  /** How far it was from where it stood first, at most. */
  readonly movedPx: number;
  /** Frames without the row, or with another row selected. */
  readonly framesLost: number;
}

declare global {
  interface Window {
    benchPlace?: { frames: number; movedPx: number; framesLost: number; isOver: boolean };
  }
}

export async function startPlace(page: Page, key: string): Promise<void> {
  await page.evaluate((wanted) => {
    const find = (): Element | null =>
      document.querySelector(`#cache-grid [data-key="${CSS.escape(wanted)}"]`);
    const startsAt = find()?.getBoundingClientRect().top ?? 0;
    const place = { frames: 0, movedPx: 0, framesLost: 0, isOver: false };
    window.benchPlace = place;
    const look = (): void => {
      if (place.isOver) return;
      const row = find();
      place.frames += 1;
      if (row?.getAttribute('aria-selected') === 'true')
        place.movedPx = Math.max(place.movedPx, Math.abs(row.getBoundingClientRect().top - startsAt));
      else place.framesLost += 1;
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }, key);
}

export async function readPlace(page: Page): Promise<RowPlace> {
  return page.evaluate(() => {
    const place = window.benchPlace;
    if (place === undefined) throw new Error('no row is watched');
    place.isOver = true;
    return { frames: place.frames, movedPx: place.movedPx, framesLost: place.framesLost };
  });
}
