/** Runs the whole desktop host once and prints what happened as one line of JSON; electron/hosts/desktop/main.test.ts reads it. */
import type { SignalboxApi } from '../../../shared/contract/api.ts';
import { eventFrom } from './electron.ts';
import { quitDesktop, startDesktop } from './run-desktop.ts';
import { stage } from './stage.ts';
import type { StageFrame } from './stage.ts';

const PERMISSIONS = ['media', 'geolocation', 'notifications', 'midi', 'clipboard-read', 'hid', 'serial', 'usb', 'openExternal', 'fileSystem', 'unknown', 'clipboard-sanitized-write'];
const PATHS = ['', 'index.html', 'assets/page.js', 'package.json', '../../etc/passwd', '%2e%2e/%2e%2e/etc/passwd', '..%2f..%2fetc%2fpasswd', 'index.html%00', '/etc/passwd', 'assets', 'constructor'];

await startDesktop();
const [window] = stage.windows;
if (window === undefined) throw new Error('no window');
const contents = window.webContents;

const frames = {
  own: contents.mainFrame,
  gone: null,
  inner: { url: 'signalbox://app/', parent: contents.mainFrame },
  foreign: { url: 'https://evil.example/', parent: null },
  lookalike: { url: 'signalbox://app.evil.example/', parent: null },
  file: { url: 'file:///etc/passwd', parent: null },
};
const senders: Record<string, unknown> = {};
const call = stage.invokeHandlers.get('signalbox:call');
for (const [name, frame] of Object.entries(frames)) senders[name] = await call?.(eventFrom(frame), 'app.hello', {});
const ownFrame = contents.mainFrame;
contents.mainFrame = frames.foreign;
senders['navigated'] = await call?.(eventFrom(), 'app.hello', {});
contents.mainFrame = ownFrame;
senders['other window'] = await call?.(eventFrom(ownFrame, {}), 'app.hello', {});

/** A port handed over by a wrong frame is closed unread. */
async function portFrom(frame: StageFrame | null): Promise<string> {
  const { port1, port2 } = new MessageChannel();
  const closed = new Promise<string>((resolve) => port1.addEventListener('close', () => resolve('closed')));
  port1.start();
  stage.mainEvents.emit('signalbox:port', eventFrom(frame, undefined, [port2]));
  return Promise.race([closed, new Promise<string>((resolve) => setTimeout(() => resolve('open'), 500))]);
}
const ports = { inner: await portFrom(frames.inner), foreign: await portFrom(frames.foreign), gone: await portFrom(null) };

function prevented(name: string, ...rest: unknown[]): boolean {
  let stopped = false;
  contents.emit(name, { preventDefault: () => (stopped = true), url: 'https://evil.example/' }, ...rest);
  return stopped;
}
const navigation = Object.fromEntries(
  ['will-navigate', 'will-frame-navigate', 'will-redirect', 'will-attach-webview'].map((name) => [name, prevented(name)]),
);
const popups: Record<string, string | undefined> = {};
for (const url of ['https://spdk.io/doc/', 'https://evil.example/', 'http://spdk.io/', 'https://spdk.io.evil.example/', 'https://user@spdk.io/', 'file:///etc/passwd', 'javascript:alert(1)', 'signalbox://app/', '']) {
  popups[url] = contents.windowOpenHandler?.({ url }).action;
}
await new Promise((resolve) => setImmediate(resolve));
const openedWithoutYes = [...stage.opened];
stage.answer = 1;
contents.windowOpenHandler?.({ url: 'https://spdk.io/doc/' });
await new Promise((resolve) => setImmediate(resolve));

const granted = PERMISSIONS.filter((permission) => {
  let answer = false;
  stage.permissions.request?.(contents, permission, (yes) => (answer = yes));
  return answer || stage.permissions.check?.(contents, permission) === true;
});
let media: unknown = null;
stage.permissions.media?.({}, (streams) => (media = streams));
let downloadPrevented = false;
stage.sessionEvents.emit('will-download', { preventDefault: () => (downloadPrevented = true) });

const files: Record<string, unknown> = {};
let policy: string | null = null;
for (const path of PATHS) {
  const response = await stage.schemeHandlers.get('signalbox')?.({ method: 'GET', url: `signalbox://app/${path}` } as Request);
  files[path] = response?.status;
  policy ??= response?.headers.get('content-security-policy') ?? null;
}
files['other host'] = (await stage.schemeHandlers.get('signalbox')?.({ method: 'GET', url: 'signalbox://evil/index.html' } as Request))?.status;
files['POST'] = (await stage.schemeHandlers.get('signalbox')?.({ method: 'POST', url: 'signalbox://app/index.html' } as Request))?.status;

await import('../../../electron/hosts/desktop/preload.ts');
const exposed = [...stage.exposed.keys()];
// Put there by the real preload; its shape is what the test looks at.
const api = stage.exposed.get('signalbox') as SignalboxApi;
const hello = await api.call('app.hello', {});
const unknown = await api.call('nonsense' as 'app.hello', {});
const uncloneable = await api.call('app.hello', { f: () => 1 });
const received: unknown[] = [];
const ends: unknown[] = [];
const gotItem = Promise.withResolvers<void>();
const stop = api.subscribe('links.state', {}, {
  onItems: (items) => {
    received.push(...items);
    gotItem.resolve();
  },
  onEnd: (failure) => ends.push(failure),
});
await gotItem.promise;
stop();
api.subscribe('feed.pulse', {}, { onItems: () => undefined, onEnd: (failure) => ends.push(failure) });
await api.call('app.hello', {});

const exitCode = await quitDesktop();
await new Promise((resolve) => setTimeout(resolve, 50));
const report = {
  log: stage.log,
  schemes: stage.schemes,
  url: window.url,
  webPreferences: window.options.webPreferences,
  userData: stage.paths.get('userData'),
  senders,
  ports,
  navigation,
  popups,
  questions: stage.questions,
  openedWithoutYes,
  opened: stage.opened,
  granted,
  device: stage.permissions.device?.({}),
  media,
  downloadPrevented,
  files,
  policy,
  exposed,
  apiKeys: Reflect.ownKeys(api).map(String),
  apiFrozen: Object.isFrozen(api),
  hello,
  unknown,
  uncloneable,
  received: received.length,
  ends,
  exitCode,
  handlersLeft: [...stage.invokeHandlers.keys()],
};
process.stdout.write(`${JSON.stringify(report)}\n`);
process.exit(0);
