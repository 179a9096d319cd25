/** Main.ts when another instance has the lock: prints what it opened before it gave way. */
import { app } from './electron.ts';
import { stage } from './stage.ts';

app.once('test-exit', (code: number) => {
  process.stdout.write(`${JSON.stringify({ windows: stage.windows.length, handlers: stage.invokeHandlers.size })}\n`, () => process.exit(code));
});
await import('../../../electron/hosts/desktop/main.ts');
stage.ready.resolve();
