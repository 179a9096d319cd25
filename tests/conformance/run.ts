// node tests/conformance/run.ts DIR… : runs every vector file below the folders through the product's real
// code. One line per failing case, last line `N passed, N failed`; exit code 1 on any failure, an unknown
// file, or nothing run.
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, isAbsolute, join, resolve } from 'node:path';
import { kinds } from './kinds.ts';
import type { Report, VectorFile, VectorKind } from './vector-kind.ts';

const FIELD_CHARACTERS_MAX = 400;

let passed = 0;
let failed = 0;
let skipped = 0;

async function main(folders: readonly string[]): Promise<void> {
  if (folders.length === 0) complain('', 'usage', 'a folder with vector files', 'no argument');
  for (const folder of folders) {
    const paths = await filesBelow(await placeOf(folder));
    if (paths === null) complain(folder, '-', 'a folder or file', 'nothing there');
    for (const path of paths ?? []) await runFile(path);
  }
  if (passed === 0 && failed === 0) complain(folders.join(' '), '-', 'at least one case', 'nothing ran');
  if (skipped > 0) process.stdout.write(`${skipped} skipped\n`);
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  process.exitCode = failed > 0 ? 1 : 0;
}

/** npm starts scripts in the project's folder and says in INIT_CWD where it was called: DIR counts from there. */
async function placeOf(folder: string): Promise<string> {
  const { INIT_CWD: callerFolder = '' } = process.env;
  if (callerFolder === '' || isAbsolute(folder)) return folder;
  const place = resolve(callerFolder, folder);
  return (await stat(place).catch(() => null)) === null ? folder : place;
}

/** Every *.json file, in a fixed order; links are followed, each folder is entered once. */
async function filesBelow(path: string, entered = new Set<string>()): Promise<string[] | null> {
  const status = await stat(path).catch(() => null);
  if (status === null) return null;
  if (status.isFile()) return [path];
  const found: string[] = [];
  const place = await realpath(path);
  if (entered.has(place)) return found;
  entered.add(place);
  for (const name of (await readdir(path)).toSorted()) {
    const inner = join(path, name);
    const kind = await stat(inner).catch(() => null);
    if (kind?.isDirectory() === true) found.push(...((await filesBelow(inner, entered)) ?? []));
    else if (name.endsWith('.json')) found.push(inner);
  }
  return found;
}

async function runFile(path: string): Promise<void> {
  const file = await readVectors(path);
  if (typeof file === 'string') return complain(path, '-', 'a vector file', file);
  const kind = kindOf(file);
  if (typeof kind === 'string') return complain(path, '-', 'a known kind of vector file', kind);
  const before = passed + failed;
  try {
    await kind.run(file, reportFor(path));
  } catch (error) {
    // A kind that cannot go on must not hide the other files.
    complain(
      path,
      '-',
      `${kind.name} to run`,
      error instanceof Error ? (error.stack ?? error.message) : String(error),
    );
  }
  if (passed + failed === before) complain(path, '-', 'at least one case', `${kind.name} ran nothing`);
}

async function readVectors(path: string): Promise<VectorFile | string> {
  let document: unknown;
  try {
    document = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    return `not readable as JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
  if (Array.isArray(document)) return { path, name: nameOf(path), document: {}, cases: document };
  if (!isRecord(document)) return 'no object at the top';
  for (const member of ['cases', 'vectors', 'events']) {
    const cases = document[member];
    if (Array.isArray(cases)) return { path, name: nameOf(path), document, cases };
  }
  return { path, name: nameOf(path), document, cases: [] };
}

/**
 * The kind that fits most rows; between equals the one whose name stands in the file name. A text when there
 * is none.
 */
function kindOf(file: VectorFile): VectorKind | string {
  const counts = kinds.map((kind) => ({ kind, fits: kind.recognises(file) }));
  const most = Math.max(0, ...counts.map(({ fits }) => fits));
  const sample = isRecord(file.cases[0]) ? file.cases[0] : file.document;
  if (most === 0) return `no kind fits; members: ${Object.keys(sample).join(', ')}`;
  const best = counts.filter(({ fits }) => fits === most).map(({ kind }) => kind);
  const named = best.filter((kind) => file.name.includes(kind.name.slice(kind.name.lastIndexOf('/') + 1)));
  const [chosen, other] = named.length > 0 ? named : best;
  if (chosen === undefined || other !== undefined)
    return `several kinds fit: ${best.map(({ name }) => name).join(', ')}`;
  return chosen;
}

function reportFor(path: string): Report {
  return {
    pass: () => {
      passed += 1;
    },
    fail: (id, expected, got) => complain(path, id, expected, got),
    skip: (id, why) => {
      skipped += 1;
      process.stdout.write(`SKIP ${path} ${id}: ${why}\n`);
    },
  };
}

function complain(path: string, id: string, expected: string, got: string): void {
  failed += 1;
  process.stdout.write(`FAIL ${path} ${id}: expected ${short(expected)} got ${short(got)}\n`);
}

function short(text: string): string {
  const line = text.replaceAll('\r', '\\r').replaceAll('\n', '\\n');
  return line.length <= FIELD_CHARACTERS_MAX
    ? line
    : `${line.slice(0, FIELD_CHARACTERS_MAX)}… (${line.length})`;
}

function nameOf(path: string): string {
  return basename(path, '.json');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

await main(process.argv.slice(2));
