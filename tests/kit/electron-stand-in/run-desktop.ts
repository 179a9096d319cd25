/** Starts the real desktop main.ts on the stand-in inside a child process that a test script runs (`--import register.ts`). */
import { app } from './electron.ts';
import { stage } from './stage.ts';

const SOURCE = new URL('../../../electron/hosts/desktop/main.ts', import.meta.url);
/** What `npm start` and the packages run; the store's threads are files beside it. */
export const BUILT = new URL('../../../dist/main/main.js', import.meta.url);

/** Resolves when the window shows the page; rejects when main.ts gave up. */
export async function startDesktop(main: URL = SOURCE): Promise<void> {
  const exited = new Promise<never>((_resolve, reject) => {
    app.once('test-exit', (code: number) => reject(new Error(`main.ts ended with ${code}: ${stage.errorBoxes.join()}`)));
  });
  exited.catch(() => undefined);
  await import(main.href);
  stage.ready.resolve();
  const shown = new Promise<void>((resolve) => {
    const look = setInterval(() => {
      if (!stage.log.includes('window.show')) return;
      clearInterval(look);
      resolve();
    }, 5);
    look.unref();
  });
  await Promise.race([shown, exited]);
}

/** Closes the last window as the operator would; resolves with the exit code. */
export function quitDesktop(): Promise<number> {
  return new Promise((resolve) => {
    app.once('test-exit', resolve);
    app.emit('window-all-closed');
  });
}
