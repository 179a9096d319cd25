#!/usr/bin/env node
// signalbox: the command line. Runs on the system's Node >= 20 without dependencies: set-up check first, then Node 24 on the real
// program. Signals are handed on and the exit code is the program's.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ROOT, childEnv, ensure, node24 } from './setup.mjs';

/** What a command needs beyond dependencies and Node 24. */
const NEEDS = { serve: ['native', 'libnotify', 'bundle'], lab: ['libnotify'] };
const EXIT_FAILED = 1;

const args = process.argv.slice(2);
const wantsHelp = args.includes('--help') || args.includes('-h');
ensure(wantsHelp ? [] : (NEEDS[args[0]] ?? []));
const child = spawn(node24().binary, [join(ROOT, 'electron/hosts/cli/main.ts'), ...args], { env: childEnv(), stdio: 'inherit' });
child.on('error', (error) => {
  process.stderr.write(`signalbox: ${error.message}\n`);
  process.exit(EXIT_FAILED);
});
child.on('exit', (code) => process.exit(code ?? EXIT_FAILED));
// A terminal sends Ctrl-C to the whole group, so the child has it already; other signals come to us alone.
process.on('SIGINT', () => undefined);
for (const name of ['SIGTERM', 'SIGHUP']) process.on(name, () => child.kill(name));
