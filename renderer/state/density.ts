/** Row height in pixels for windowed lists: the same figures as --row-height in styles/tokens.css. */
import type { Settings } from '../../shared/contract/app.ts';

const ROW_HEIGHT_REM = { compact: 1.25, normal: 1.5, comfortable: 1.875 } as const;
const REM_PIXELS = 16;

export function rowHeightPixels(settings: Pick<Settings, 'density' | 'zoomPercent'>): number {
  return (ROW_HEIGHT_REM[settings.density] * REM_PIXELS * settings.zoomPercent) / 100;
}
