/**
 * Opens the console in a Chromium window of its own (`--app`), with its own profile, so that closing the window ends that
 * browser process. The one-use link is passed in a private file and never stands on a command line, which every user can read.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { findChromium } from '../../../scripts/lib/chromium.mjs';

/** Null when a window can be opened here; else the reason, one sentence. */
export function windowImpossibleBecause(env: NodeJS.ProcessEnv): string | null {
  const needsDisplay = process.platform !== 'win32' && process.platform !== 'darwin';
  if (needsDisplay && (env.DISPLAY ?? '') === '' && (env.WAYLAND_DISPLAY ?? '') === '') return 'there is no display';
  return findChromium(env) === null ? 'no Chromium was found' : null;
}

export interface BrowserWindow {
  /** The link has been used: the page on disk that holds it goes. */
  forgetLink(): void;
  /** Ends the browser; idempotent. */
  close(): void;
}

const BROWSER_FLAGS = [
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--window-size=1440,900',
];

/** `folder` is ours alone (mode 0700). `onClosed` runs once, when the browser process has ended or could not start. */
export function openBrowserWindow(link: string, folder: string, onClosed: (detail: string) => void): BrowserWindow {
  const browser = findChromium(process.env);
  if (browser === null) throw new Error('asked to open a window without a browser');
  mkdirSync(join(folder, 'browser'), { recursive: true, mode: 0o700 });
  const launchPage = join(folder, 'launch.html');
  writeFileSync(launchPage, launchHtml(link), { mode: 0o600 });
  // Chromium's sandbox cannot start as root; an operator who runs as root has given that protection up already.
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const args = [...BROWSER_FLAGS, ...asRoot, `--user-data-dir=${join(folder, 'browser')}`, `--app=${pathToFileURL(launchPage).href}`];
  const child = spawn(browser, args, { stdio: 'ignore' });
  const forgetLink = (): void => rmSync(launchPage, { force: true });
  const closed = (detail: string): void => {
    forgetLink();
    onClosed(detail);
  };
  child.on('error', (error) => closed(error.message));
  child.on('exit', (code, signal) => closed(`browser ended with ${code ?? signal}`));
  return { forgetLink, close: () => void child.kill('SIGTERM') };
}

function launchHtml(link: string): string {
  return `<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer"><meta http-equiv="refresh" content="0;url=${link}"><title>Signalbox</title>\n`;
}
