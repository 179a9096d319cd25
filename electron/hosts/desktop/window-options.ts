/** How the one window is made. The renderer is taken to be hostile (docs/THREATS.md A1, A2). */
import type { BrowserWindowConstructorOptions, WebPreferences } from 'electron';

/** Each line stands even where it is Electron's default: a default may change, a frozen list is checked by a test. */
export const WEB_PREFERENCES = Object.freeze({
  sandbox: true,
  contextIsolation: true,
  nodeIntegration: false,
  nodeIntegrationInWorker: false,
  nodeIntegrationInSubFrames: false,
  webSecurity: true,
  allowRunningInsecureContent: false,
  experimentalFeatures: false,
  webviewTag: false,
  plugins: false,
  navigateOnDragDrop: false,
  // A middle click on a link asks for a window of its own. Every such window is denied (navigation.ts); this is a second lock,
  // and one that a Chromium without that feature passes over in silence: the denial is what holds.
  disableBlinkFeatures: 'Auxclick',
  safeDialogs: true,
  spellcheck: false,
  autoplayPolicy: 'document-user-activation-required',
} as const satisfies WebPreferences);

const MINIMUM_WIDTH = 960;
const MINIMUM_HEIGHT = 600;

/** `preload` is the absolute path of the one preload file; `devTools` false in a packaged console. */
export function windowOptions(preload: string, devTools: boolean): BrowserWindowConstructorOptions {
  return {
    width: 1440,
    height: 900,
    minWidth: MINIMUM_WIDTH,
    minHeight: MINIMUM_HEIGHT,
    show: false,
    title: 'Signalbox',
    // The dark theme's ground, so that the window does not flash before the page has its styles.
    backgroundColor: '#101418',
    autoHideMenuBar: true,
    webPreferences: { ...WEB_PREFERENCES, preload, devTools },
  };
}
