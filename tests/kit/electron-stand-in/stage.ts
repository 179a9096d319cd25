/** What the stand-in remembers of what main.ts did, and the handles by which a test plays Electron's part. */
import { EventEmitter } from 'node:events';

export interface PageHandle {
  /** Evaluates text in the page. */
  evaluate(code: string): Promise<unknown>;
  close(): Promise<void>;
}

export const stage = {
  /** Names of what was called, in order. */
  log: [] as string[],
  ready: Promise.withResolvers<void>(),
  paths: new Map<string, string>([['userData', '/nowhere']]),
  schemes: [] as { scheme: string; privileges?: Record<string, unknown> }[],
  schemeHandlers: new Map<string, (request: Request) => Response | Promise<Response>>(),
  permissions: {
    request: null as ((contents: unknown, permission: string, answer: (granted: boolean) => void) => void) | null,
    check: null as ((contents: unknown, permission: string) => boolean) | null,
    device: null as ((details: unknown) => boolean) | null,
    media: null as ((request: unknown, answer: (streams: unknown) => void) => void) | null,
  },
  sessionEvents: new EventEmitter(),
  invokeHandlers: new Map<string, (event: unknown, ...args: unknown[]) => unknown>(),
  mainEvents: new EventEmitter(),
  windows: [] as StageWindow[],
  exposed: new Map<string, unknown>(),
  questions: [] as { detail?: string; buttons?: string[] }[],
  /** What the operator clicks in the next question. */
  answer: 0,
  opened: [] as string[],
  errorBoxes: [] as string[],
  exitCode: null as number | null,
  /** Set to show windows in a real browser. */
  openPage: null as ((address: string, preload: string) => Promise<PageHandle>) | null,
};

export interface StageWindow {
  readonly options: { readonly webPreferences?: Record<string, unknown> };
  readonly webContents: StageContents;
  url: string;
  page: PageHandle | null;
}

export interface StageFrame {
  readonly url: string;
  readonly parent: StageFrame | null;
}

export interface StageContents extends EventEmitter {
  mainFrame: StageFrame;
  windowOpenHandler: ((details: { url: string }) => { action: string }) | null;
}

export function note(text: string): void {
  stage.log.push(text);
}
