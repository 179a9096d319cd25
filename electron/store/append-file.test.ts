import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { AppendFile } from './append-file.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-append-'));
  path = join(folder, 'below', 'lines');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('keeps the order of lines that are written at once, and waits for them', async () => {
  const file = await AppendFile.open(path);
  const lines = Array.from({ length: 500 }, (_, index) => `line ${index}`);
  await Promise.all(lines.map((line) => file.append(line)));
  expect(readFileSync(path, 'utf8')).toBe(`${lines.join('\n')}\n`);
  void file.append('last');
  await file.close();
  await file.close();
  expect(readFileSync(path, 'utf8').endsWith('line 499\nlast\n')).toBe(true);
  expect(statSync(path).mode & 0o077).toBe(0);
});

it.each([
  ['', 'half', ''],
  ['one\ntwo\n', 'half', 'one\ntwo\n'],
  ['one\n', 'x'.repeat(200_000), 'one\n'],
])('cuts off what a killed process left half written', async (whole, torn, kept) => {
  const first = await AppendFile.open(path);
  await first.close();
  appendFileSync(path, whole + torn);
  const file = await AppendFile.open(path);
  await file.append('next');
  await file.close();
  expect(readFileSync(path, 'utf8')).toBe(`${kept}next\n`);
});
