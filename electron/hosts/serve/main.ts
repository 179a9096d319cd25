/**
 * `node electron/hosts/serve/main.ts`: the serve host as a program. Exit codes: 0 stopped in good order, 1 it could not start,
 * 2 wrong arguments, 3 another instance has the data folder.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { failureOf } from '../../../shared/failure.ts';
import { missingOf } from './missing-parts.ts';
import { ROOT, dataFolderDefault, productVersion } from './product.ts';
import { runServe } from './run-serve.ts';
import type { RunningHost, ServeOptions } from './run-serve.ts';
import { stopOnSignals } from './stop-on-signals.ts';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
const EXIT_LOCKED = 3;

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function readOptions(): ServeOptions | null {
  try {
    const { values } = parseArgs({
      options: {
        data: { type: 'string', default: dataFolderDefault() },
        port: { type: 'string', default: '0' },
        'mimo-port': { type: 'string', multiple: true },
        profile: { type: 'string', default: 'local' },
        reason: { type: 'string', default: 'started by hand' },
        lab: { type: 'boolean', default: false },
        'no-window': { type: 'boolean', default: false },
        'no-netipc': { type: 'boolean', default: false },
        missing: { type: 'string', default: '[]' },
      },
    });
    return {
      dataFolder: values.data,
      version: productVersion(),
      profile: values.profile,
      lab: values.lab,
      netipc: !values['no-netipc'],
      hostReason: values.reason,
      missing: missingOf(values.missing),
      port: portOf(values.port),
      ...(values['mimo-port'] === undefined ? {} : { mimoPorts: values['mimo-port'].map(portOf) }),
      pageFolder: join(ROOT, 'dist', 'renderer'),
      window: values['no-window'] ? 'never' : 'auto',
      print,
    };
  } catch (error) {
    // TypeError of parseArgs: an option nobody knows. RangeError: a port that is none.
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return null;
  }
}

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) throw new RangeError(`${text} is no port: 0 to 65535, 0 for any free one.`);
  return port;
}

async function main(): Promise<void> {
  const options = readOptions();
  if (options === null) {
    process.exitCode = EXIT_USAGE;
    return;
  }
  let host: RunningHost | null = null;
  const stop = stopOnSignals(async () => host?.close(), print);
  try {
    host = await runServe({
      ...options,
      onWindowClosed: () => {
        print('the window was closed: stopping');
        void stop();
      },
    });
  } catch (error) {
    const { code, message, fix } = failureOf(error);
    process.stderr.write(`${code}: ${message}${fix === undefined ? '' : ` (${fix})`}\n`);
    if (code === 'E_INTERNAL') process.stderr.write(`${String(error instanceof Error ? error.stack : error)}\n`);
    process.exit(code === 'E_STORE_LOCKED' ? EXIT_LOCKED : EXIT_FAILED);
  }
}

await main();
