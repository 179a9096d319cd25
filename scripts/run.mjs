// run.mjs [--needs a,b] COMMAND ARGS… : set-up first, then the command with Node 24 and the project's tools on PATH.
import { spawn } from 'node:child_process';
import { ROOT, childEnv, ensure } from './setup.mjs';

const args = process.argv.slice(2);
let needs = [];
if (args[0] === '--needs') {
  needs = args[1].split(',');
  args.splice(0, 2);
}
ensure(needs);
const child = spawn(args[0], args.slice(1), { cwd: ROOT, env: childEnv(), stdio: 'inherit' });
child.on('error', (error) => {
  process.stderr.write(`${args[0]}: ${error.message}\n`);
  process.exit(127);
});
child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => child.kill(name));
