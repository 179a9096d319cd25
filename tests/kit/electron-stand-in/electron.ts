/**
 * As much of Electron's API as the desktop host uses, in plain Node, so that the real main.ts and preload.ts run in tests.
 * It decides nothing: it remembers (stage.ts) and carries messages over real MessageChannels.
 */
import { EventEmitter } from 'node:events';
import { ROOT } from '../serve-process.ts';
import { note, stage } from './stage.ts';
import type { PageHandle, StageContents, StageFrame, StageWindow } from './stage.ts';

class App extends EventEmitter {
  isPackaged = false;
  enableSandbox(): void {
    note('app.enableSandbox');
  }
  setPath(name: string, path: string): void {
    note(`app.setPath ${name}`);
    stage.paths.set(name, path);
  }
  getPath(name: string): string {
    return stage.paths.get(name) ?? '';
  }
  getAppPath(): string {
    return process.env['STAND_IN_APP_FOLDER'] ?? ROOT;
  }
  getVersion(): string {
    return '0.1.0';
  }
  requestSingleInstanceLock(): boolean {
    note('app.requestSingleInstanceLock');
    return process.env['STAND_IN_NO_LOCK'] === undefined;
  }
  whenReady(): Promise<void> {
    note('app.whenReady');
    return stage.ready.promise;
  }
  quit(): void {
    const event = { prevented: false, preventDefault: () => (event.prevented = true) };
    this.emit('before-quit', event);
    if (!event.prevented) this.exit(0);
  }
  exit(code: number): void {
    note(`app.exit ${code}`);
    stage.exitCode = code;
    this.emit('test-exit', code);
  }
}
export const app = new App();

class Contents extends EventEmitter implements StageContents {
  mainFrame: StageFrame = { url: '', parent: null };
  windowOpenHandler: ((details: { url: string }) => { action: string }) | null = null;
  setWindowOpenHandler(handler: (details: { url: string }) => { action: string }): void {
    this.windowOpenHandler = handler;
  }
}

export class BrowserWindow extends EventEmitter implements StageWindow {
  readonly options: StageWindow['options'];
  readonly webContents = new Contents();
  url = '';
  page: PageHandle | null = null;
  constructor(options: StageWindow['options']) {
    super();
    note('new BrowserWindow');
    this.options = options;
    stage.windows.push(this);
    app.emit('web-contents-created', {}, this.webContents);
  }
  show(): void {
    note('window.show');
  }
  focus(): void {
    note('window.focus');
  }
  restore(): void {
    note('window.restore');
  }
  isMinimized(): boolean {
    return true;
  }
  async loadURL(url: string): Promise<void> {
    this.url = url;
    this.webContents.mainFrame = { url, parent: null };
    const preload = String(this.options.webPreferences?.['preload']);
    if (stage.openPage !== null) this.page = await stage.openPage(url, preload);
    this.emit('ready-to-show');
  }
}

export const Menu = {
  setApplicationMenu: (menu: unknown): void => note(`Menu.setApplicationMenu ${menu === null ? 'null' : 'menu'}`),
  buildFromTemplate: (template: unknown): unknown => template,
};
export const dialog = {
  showMessageBox: (question: { detail?: string; buttons?: string[] }): Promise<{ response: number }> => {
    stage.questions.push(question);
    return Promise.resolve({ response: stage.answer });
  },
  showErrorBox: (title: string, text: string): void => void stage.errorBoxes.push(`${title}: ${text}`),
};
export const shell = {
  openExternal: (address: string): Promise<void> => {
    stage.opened.push(address);
    return Promise.resolve();
  },
};
export const safeStorage = {
  getSelectedStorageBackend: (): string => 'basic_text',
  isEncryptionAvailable: (): boolean => true,
  encryptString: (text: string): Buffer => Buffer.from(text),
  decryptString: (bytes: Buffer): string => bytes.toString('utf8'),
};

export const protocol = {
  registerSchemesAsPrivileged: (schemes: typeof stage.schemes): void => {
    note('protocol.registerSchemesAsPrivileged');
    stage.schemes.push(...schemes);
  },
  handle: (scheme: string, handler: (request: Request) => Response): void => {
    note(`protocol.handle ${scheme}`);
    stage.schemeHandlers.set(scheme, handler);
  },
};
export const session = {
  defaultSession: {
    setPermissionRequestHandler: (handler: typeof stage.permissions.request) => void (stage.permissions.request = handler),
    setPermissionCheckHandler: (handler: typeof stage.permissions.check) => void (stage.permissions.check = handler),
    setDevicePermissionHandler: (handler: typeof stage.permissions.device) => void (stage.permissions.device = handler),
    setDisplayMediaRequestHandler: (handler: typeof stage.permissions.media) => void (stage.permissions.media = handler),
    on: (name: string, listener: (...args: unknown[]) => void) => void stage.sessionEvents.on(name, listener),
  },
};
export const ipcMain = {
  handle: (channel: string, handler: (event: unknown, ...args: unknown[]) => unknown) => void stage.invokeHandlers.set(channel, handler),
  removeHandler: (channel: string) => void stage.invokeHandlers.delete(channel),
  on: (channel: string, listener: (event: unknown) => void) => void stage.mainEvents.on(channel, listener),
  removeAllListeners: (channel: string) => void stage.mainEvents.removeAllListeners(channel),
};

/** The main process's end of a MessagePort, with Electron's event shape. */
export class MainPort extends EventEmitter {
  private readonly port: MessagePort;
  constructor(port: MessagePort) {
    super();
    this.port = port;
    port.addEventListener('message', (event: MessageEvent<unknown>) => this.emit('message', { data: event.data, ports: [] }));
    port.addEventListener('close', () => this.emit('close'));
  }
  start(): void {
    this.port.start();
  }
  postMessage(message: unknown): void {
    this.port.postMessage(message);
  }
  close(): void {
    this.port.close();
  }
}

/** Sends as the frame a test names; the default is the main frame of the first window, which is where the preload runs. */
export function eventFrom(frame?: StageFrame | null, sender?: unknown, ports: readonly MessagePort[] = []): unknown {
  const contents = stage.windows[0]?.webContents;
  const senderFrame = frame === undefined ? (contents?.mainFrame ?? null) : frame;
  return { senderFrame, sender: sender ?? contents, ports: ports.map((port) => new MainPort(port)) };
}

export const ipcRenderer = {
  invoke: async (channel: string, ...args: unknown[]): Promise<unknown> => {
    const handler = stage.invokeHandlers.get(channel);
    if (handler === undefined) throw new Error(`No handler registered for '${channel}'`);
    // Both ways by structured clone, as between two processes: what cannot be cloned rejects here.
    return structuredClone(await handler(eventFrom(), ...structuredClone(args)));
  },
  postMessage: (channel: string, _message: unknown, ports: MessagePort[]): void => {
    stage.mainEvents.emit(channel, eventFrom(undefined, undefined, ports));
  },
};
export const contextBridge = {
  exposeInMainWorld: (name: string, api: unknown): void => void stage.exposed.set(name, api),
};
