// Runs a list of named steps one after the other, shows their output, adds up the tests they report.
import { spawn } from 'node:child_process';
import { ROOT, childEnv } from '../setup.mjs';

const ANSI = /\u001b\[[0-9;]*m/g;

/** Counts of the test runners in use: vitest, Playwright, and our own closing line. */
export function countsOf(output) {
  const text = output.replaceAll(ANSI, '');
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const add = (name, match) => {
    if (match) counts[name] += Number(match[1]);
  };
  for (const line of text.split('\n')) {
    const own = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/.exec(line.trim());
    if (own) {
      counts.passed += Number(own[1]);
      counts.failed += Number(own[2]);
      counts.skipped += Number(own[3] ?? 0);
    } else if (/^\s*Tests\s/.test(line)) {
      for (const name of ['passed', 'failed', 'skipped']) add(name, new RegExp(`(\\d+) ${name}`).exec(line));
    } else {
      const playwright = /^ {2}(\d+) (passed|failed|skipped)(?: \(.*\))?$/.exec(line);
      if (playwright) counts[playwright[2]] += Number(playwright[1]);
    }
  }
  return counts;
}

function runStep([command, ...args], env) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: ROOT, env: childEnv({ NO_COLOR: '1', ...env }), stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const take = (stream) => (chunk) => {
      output += chunk;
      stream.write(chunk);
    };
    child.stdout.setEncoding('utf8').on('data', take(process.stdout));
    child.stderr.setEncoding('utf8').on('data', take(process.stderr));
    child.on('error', (error) => resolve({ code: 127, output: output + error.message }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/**
 * @param {{ name: string, run: string[], env?: Record<string, string> }[]} steps
 * @returns {Promise<{ failed: string[], counts: { passed: number, failed: number, skipped: number } }>} all steps run, even after a failure
 */
export async function runSteps(steps) {
  const failed = [];
  const total = { passed: 0, failed: 0, skipped: 0 };
  const times = [];
  for (const step of steps) {
    const startedMs = Date.now();
    process.stdout.write(`\n── ${step.name}\n`);
    const { code, output } = await runStep(step.run, step.env ?? {});
    const counts = countsOf(output);
    for (const name of Object.keys(total)) total[name] += counts[name];
    if (code !== 0) {
      failed.push(step.name);
      if (counts.failed === 0) total.failed += 1; // the step itself is the failure
    }
    times.push(`${code === 0 ? 'ok  ' : 'FAIL'} ${step.name} ${((Date.now() - startedMs) / 1000).toFixed(1)} s`);
  }
  process.stdout.write(`\n${times.join('\n')}\n`);
  return { failed, counts: total };
}
