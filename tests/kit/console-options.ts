/** What a console of a test is opened with: real sockets at free ports, no lab unless it is asked for. */
import { join } from 'node:path';
import type { ConsoleOptions } from '../../electron/core/console-options.ts';
import { SYSTEM_CLOCK } from '../../electron/net/system-clock.ts';

export function consoleOptions(dataFolder: string, change: Partial<ConsoleOptions> = {}): ConsoleOptions {
  return {
    dataFolder,
    host: 'serve',
    hostReason: 'test',
    profile: 'lab',
    lab: false,
    clock: SYSTEM_CLOCK,
    version: '0.0.0',
    missing: [],
    mimoPorts: [0],
    labEmitterPath: join(dataFolder, 'no-emitter'),
    ...change,
  };
}
