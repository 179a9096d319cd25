/** How tests start the system's Chromium. */
import { findChromium } from '../../scripts/lib/chromium.mjs';

const found = findChromium();
if (found === null) throw new Error('no Chromium: run `npm run setup`, or set CHROMIUM_PATH');

export const CHROMIUM_PATH: string = found;
export const CHROMIUM_ARGS: string[] = [
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  // Chromium's own sandbox cannot start as root, which is what build machines run as.
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
];
