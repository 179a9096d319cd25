/** The desktop host: one hardened window over the same core as the serve host. Exit code 3: another instance has the data folder. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { BrowserWindow, Menu, app, dialog, protocol, session, shell } from 'electron';
import { failureOf } from '../../../shared/failure.ts';
import { openConsole } from '../../core/console.ts';
import type { Console } from '../../core/console.ts';
import { openControlBeside } from '../../rpc/control-server.ts';
import { reportBug } from '../serve/report-bug.ts';
import { readServedSet } from '../serve/served-set.ts';
import { SYSTEM_CLOCK } from '../../net/system-clock.ts';
import { desktopArguments } from './arguments.ts';
import { openBridge } from './bridge.ts';
import { denyNavigation } from './navigation.ts';
import { denyAllPermissions } from './permissions.ts';
import { PAGE_ADDRESS, PAGE_SCHEME, PAGE_SCHEMES, answerPageRequest } from './protocol.ts';
import { systemKeychain } from './system-keychain.ts';
import { windowOptions } from './window-options.ts';

const EXIT_FAILED = 1;
const EXIT_LOCKED = 3;
const options = desktopArguments(process.argv.slice(1));
const dataFolder = options.dataFolder ?? join(app.getPath('userData'), 'data');
const windowFolder = join(dataFolder, 'window');
const distFolder = join(app.getAppPath(), 'dist');

let window: BrowserWindow | null = null;
let closeAll: (() => Promise<void>) | null = null;
let isClosed = false;

// All of this must stand before the app is ready. The profile lies with the data, so that each data folder has its one instance.
app.enableSandbox();
mkdirSync(windowFolder, { recursive: true, mode: 0o700 });
app.setPath('userData', windowFolder);
protocol.registerSchemesAsPrivileged(PAGE_SCHEMES);
app.on('web-contents-created', (_event, contents) =>
  denyNavigation(contents, (address) => void offerExternal(address)),
);
app.on('window-all-closed', () => app.quit());
app.on('before-quit', (event) => {
  if (isClosed || closeAll === null) return;
  event.preventDefault();
  void closeAll().then(() => {
    isClosed = true;
    app.quit();
  });
});

if (app.requestSingleInstanceLock()) {
  app.on('second-instance', () => {
    if (window?.isMinimized() === true) window.restore();
    window?.focus();
  });
  void app.whenReady().then(start).catch(refuseToStart);
} else {
  process.stderr.write(
    'E_STORE_LOCKED: another window has this data folder open; it was brought to the front\n',
  );
  app.exit(EXIT_LOCKED);
}

async function start(): Promise<void> {
  Menu.setApplicationMenu(process.platform === 'darwin' ? macMenu() : null);
  denyAllPermissions(session.defaultSession);
  const served = readServedSet(join(distFolder, 'renderer'));
  protocol.handle(PAGE_SCHEME, (request) => answerPageRequest(served, request));
  const core = await openCore();
  const closeBridge = openBridge({
    calls: core.calls,
    streams: core.streams,
    contents: () => window?.webContents ?? null,
    onBug: reportBug,
  });
  const startedAtMs = SYSTEM_CLOCK.wallMs();
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const closeControl = await openControlBeside(
    { console: core, dataFolder, host: 'desktop', startedAtMs, onBug: reportBug },
    say,
  );
  closeAll = async () => {
    closeBridge();
    await closeControl();
    await core.close();
  };
  await openWindow();
}

function openCore(): Promise<Console> {
  return openConsole({
    dataFolder,
    host: 'desktop',
    hostReason: options.reason,
    profile: options.profile,
    lab: options.lab,
    clock: SYSTEM_CLOCK,
    version: app.getVersion(),
    missing: options.missing,
    netipc: true,
    gse: true,
    keychain: systemKeychain(process.platform),
    ...(options.mimoPorts === null ? {} : { mimoPorts: options.mimoPorts }),
  });
}

async function openWindow(): Promise<void> {
  const opened = new BrowserWindow(
    windowOptions(join(distFolder, 'preload', 'preload.cjs'), !app.isPackaged),
  );
  window = opened;
  opened.once('ready-to-show', () => opened.show());
  opened.on('closed', () => {
    window = null;
  });
  await opened.loadURL(PAGE_ADDRESS);
}

async function offerExternal(address: string): Promise<void> {
  const { response } = await dialog.showMessageBox({
    type: 'question',
    message: 'Open this address in your browser?',
    detail: address,
    buttons: ['Cancel', 'Open'],
    defaultId: 0,
    cancelId: 0,
  });
  if (response === 1) await shell.openExternal(address);
}

/** Copy, paste and quit by keyboard exist on macOS only through a menu. */
function macMenu(): Menu {
  return Menu.buildFromTemplate([{ role: 'appMenu' }, { role: 'editMenu' }, { role: 'windowMenu' }]);
}

function refuseToStart(error: unknown): void {
  const { code, message, fix } = failureOf(error);
  const text = fix === undefined ? message : `${message}\n\n${fix}`;
  process.stderr.write(`${code}: ${message}\n`);
  if (code === 'E_INTERNAL')
    process.stderr.write(`${error instanceof Error ? (error.stack ?? '') : String(error)}\n`);
  dialog.showErrorBox(`Signalbox cannot start (${code})`, text);
  app.exit(code === 'E_STORE_LOCKED' ? EXIT_LOCKED : EXIT_FAILED);
}
