// The same search by the C library. It knows only the real /etc, so it runs in a mount namespace of its own
// in which /etc and /usr/local/etc are folders of the test; where that is not allowed, rows with system files
// are skipped and said so.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isBuilt, libraryFile } from '../../../native/libnotify/test/driver.ts';
import { expectSame, hasMembers, runCases, Mismatch } from '../case-run.ts';
import type { Report, VectorFile } from '../vector-kind.ts';
import { LIBRARY_SUFFIX } from './c-library.ts';
import {
  expectUse,
  searchRow,
  variableOf,
  withSearchFolders,
  writePlaces,
  type SearchFolders,
  type SearchRow,
} from './config-search.ts';

const SYSTEM_FOLDERS = ['/etc', '/usr/local/etc'] as const;

export async function searchLibrary(file: VectorFile, report: Report): Promise<void> {
  if (!isBuilt()) return;
  const hasNamespace = (await answersOf('unshare', ['-m', 'true'], process.cwd(), {}, [])) !== null;
  const hasSystemFile = await Promise.all(
    SYSTEM_FOLDERS.map((folder) => exists(join(folder, 'mimo/notify_config.json'))),
  );
  const isRunnable = (row: unknown): boolean => {
    const isSystem = hasMembers(row, 'present') && JSON.stringify(row['present']).includes('"/');
    return hasNamespace || !(isSystem || hasSystemFile.includes(true));
  };
  const cases = file.cases.filter(isRunnable);
  if (cases.length < file.cases.length) {
    const count = file.cases.length - cases.length;
    report.skip(
      `${count} cases${LIBRARY_SUFFIX}`,
      'system files need a mount namespace, which is not allowed here',
    );
  }
  const run = (row: SearchRow): Promise<void> => runRow(row, hasNamespace);
  await runCases({ ...file, cases }, report, searchRow, run, { suffix: LIBRARY_SUFFIX });
}

async function runRow(row: SearchRow, hasNamespace: boolean): Promise<void> {
  await withSearchFolders(async (folders) => {
    for (const folder of SYSTEM_FOLDERS) await mkdir(join(folders.root, folder), { recursive: true });
    const variable = variableOf(row, folders);
    const isLate = row.env === 'set late';
    const environment = variable === undefined || isLate ? {} : { MIMO_NOTIFY_CONFIG: variable };
    const setLate = `setenv MIMO_NOTIFY_CONFIG ${Buffer.from(variable ?? '').toString('hex')}`;
    const content = (place: string): string => JSON.stringify({ source: place });
    if (/new directory|already loaded/.test(row.use)) {
      const [before, after] = ['./', './moved'];
      await writePlaces({ ...row, present: [before, after], broken: [] }, folders, content);
      const move = `chdir ${Buffer.from(join(folders.work, 'moved')).toString('hex')}`;
      const isMovedFirst = /new directory/.test(row.use);
      const commands = isMovedFirst ? [move, 'settings'] : ['settings', move, 'settings'];
      expectSame(
        'use',
        isMovedFirst ? after : before,
        await usedPlace(folders, environment, commands, hasNamespace),
      );
      return;
    }
    await writePlaces(row, folders, content);
    const commands = isLate ? [setLate, 'settings'] : ['settings'];
    expectUse(row, await usedPlace(folders, environment, commands, hasNamespace));
  });
}

/** Asks the library for its settings; the source member tells which file it read. */
async function usedPlace(
  folders: SearchFolders,
  environment: Readonly<Record<string, string>>,
  commands: readonly string[],
  hasNamespace: boolean,
): Promise<string> {
  const driver = libraryFile('driver');
  const binds = SYSTEM_FOLDERS.map(
    (folder) => `{ [ ! -d ${folder} ] || mount --bind "$ROOT${folder}" ${folder}; }`,
  );
  const script = `${binds.join(' && ')} && cd "$WORK" && exec "$DRIVER"`;
  const env = { ...environment, ROOT: folders.root, WORK: folders.work, DRIVER: driver };
  const answers = hasNamespace
    ? await answersOf('unshare', ['-m', 'sh', '-c', script], folders.work, env, commands)
    : await answersOf(driver, [], folders.work, env, commands);
  const settings: unknown = JSON.parse(answers?.at(-1) ?? 'null');
  if (!hasMembers(settings, 'code', 'fileHex', 'sourceHex')) throw new Mismatch('settings', String(answers));
  if (settings['code'] !== 0) return 'error, all calls return -1';
  if (settings['fileHex'] === null) return 'built-in defaults';
  return Buffer.from(String(settings['sourceHex']), 'hex').toString();
}

/** Lines of the answer; null when the program cannot run here. */
async function answersOf(
  program: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
  lines: readonly string[],
): Promise<string[] | null> {
  const child = spawn(program, args, {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const parts: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => parts.push(chunk));
  child.stdin.on('error', () => undefined);
  child.stdin.end(lines.map((line) => `${line}\n`).join(''));
  try {
    const [code]: unknown[] = await once(child, 'close');
    return code === 0
      ? Buffer.concat(parts)
          .toString()
          .split('\n')
          .filter((line) => line !== '')
      : null;
  } catch {
    // Expected: ENOENT, no such program.
    return null;
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
