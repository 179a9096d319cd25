/**
 * `npm run bench [-- name…]`: runs all or the named benches one after the other and prints a table. A bar
 * that is missed is printed, not an error: machines differ. Exit code 1 only when a bench could not run.
 */
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { BenchLine } from './bench-line.ts';

const FOLDER = dirname(fileURLToPath(import.meta.url));
const NO_BENCH = new Set(['run.ts', 'bench-line.ts']);

interface Bench {
  readonly name: string;
  readonly run: (report: (line: BenchLine) => void) => Promise<void>;
}

async function findBenches(): Promise<Bench[]> {
  const found: Bench[] = [];
  for (const file of (await readdir(FOLDER)).sort()) {
    if (!file.endsWith('.ts') || file.endsWith('.test.ts') || NO_BENCH.has(file)) continue;
    const module: unknown = await import(pathToFileURL(join(FOLDER, file)).href);
    if (isBench(module)) found.push(module);
  }
  return found;
}

function isBench(module: unknown): module is Bench {
  if (typeof module !== 'object' || module === null || !('run' in module) || !('name' in module))
    return false;
  return typeof module.run === 'function' && typeof module.name === 'string';
}

function figureText(figure: number): string {
  if (Number.isInteger(figure)) return String(figure);
  return Math.abs(figure) >= 100 ? figure.toFixed(0) : figure.toPrecision(3);
}

function printLine(line: BenchLine): void {
  const mark = line.holds === null ? '  ' : line.holds ? 'ok' : 'NO';
  const ratio = line.ratio === null ? '' : `  ratio ${line.ratio.toFixed(2)} to ${line.against}`;
  process.stdout.write(
    `${mark}  ${line.what}: ${figureText(line.figure)} ${line.unit}${ratio}  [${line.bar}]\n`,
  );
}

async function runOne(bench: Bench): Promise<boolean> {
  process.stdout.write(`\n${bench.name}\n`);
  try {
    await bench.run(printLine);
    return true;
  } catch (error) {
    // Whatever it was, the other benches still run.
    const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stdout.write(`!!  ${bench.name} could not run: ${why}\n`);
    return false;
  }
}

const wanted = process.argv.slice(2);
const benches = (await findBenches()).filter((bench) => wanted.length === 0 || wanted.includes(bench.name));
if (benches.length === 0) {
  process.stderr.write(`no bench of that name: ${wanted.join(', ')}\n`);
  process.exit(1);
}
let failed = 0;
for (const bench of benches) if (!(await runOne(bench))) failed += 1;
process.exit(failed > 0 ? 1 : 0);
