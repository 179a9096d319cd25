/** Main.ts when another host has the data folder open. */
import { openConsole } from '../../../electron/core/console.ts';
import { SYSTEM_CLOCK } from '../../../electron/net/system-clock.ts';
import { app } from './electron.ts';
import { stage } from './stage.ts';

const dataFolder =
  process.argv.find((argument) => argument.startsWith('--data='))?.slice('--data='.length) ?? '';
const holder = await openConsole({
  dataFolder,
  host: 'serve',
  hostReason: 'test',
  profile: 'local',
  lab: false,
  clock: SYSTEM_CLOCK,
  version: '0.1.0',
  missing: [],
  mimoPorts: [0],
});
app.once('test-exit', (code: number) => {
  process.stdout.write(
    `${JSON.stringify({ windows: stage.windows.length, errorBoxes: stage.errorBoxes })}\n`,
    () => {
      void holder.close().then(() => process.exit(code));
    },
  );
});
await import('../../../electron/hosts/desktop/main.ts');
stage.ready.resolve();
