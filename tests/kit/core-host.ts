/**
 * A console without a page as a process of its own, for chaos tests: `node core-host.ts <data folder> [lab]`.
 * Says its address as one JSON line.
 */
import { openConsole } from '../../electron/core/console.ts';
import type { Console } from '../../electron/core/console.ts';
import { stopOnSignals } from '../../electron/hosts/serve/stop-on-signals.ts';
import { SYSTEM_CLOCK } from '../../electron/net/system-clock.ts';
import { openControlBeside } from '../../electron/rpc/control-server.ts';

const [dataFolder = '', withLab = ''] = process.argv.slice(2);
let core: Console | null = null;
let closeControl: () => Promise<void> = () => Promise.resolve();
const say = (line: string): void => void process.stderr.write(`${line}\n`);
stopOnSignals(async () => {
  await closeControl();
  await core?.close();
}, say);

const about = {
  host: 'serve',
  hostReason: 'chaos test',
  profile: 'lab',
  version: '0',
  missing: [],
  clock: SYSTEM_CLOCK,
} as const;
core = await openConsole({ ...about, dataFolder, lab: withLab === 'lab', mimoPorts: [0] });
closeControl = await openControlBeside(
  {
    console: core,
    dataFolder,
    host: 'serve',
    startedAtMs: SYSTEM_CLOCK.wallMs(),
    onBug: (name) => say(`bug in ${name}`),
  },
  say,
);
const { checks } = await core.calls['app.doctor']({});
const address = checks.find((check) => check.name === 'link mimo-any')?.detail.split(': ')[0] ?? '';
process.stdout.write(`${JSON.stringify({ address })}\n`);
