import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { OperatingError } from '../../../shared/failure.ts';
import { readServedSet, servedFile } from './served-set.ts';

let outer = '';
let folder = '';
beforeEach(() => {
  outer = mkdtempSync(join(tmpdir(), 'signalbox-served-'));
  folder = join(outer, 'page');
  mkdirSync(folder);
});
afterEach(() => rmSync(outer, { recursive: true, force: true }));

test('files of known types are served under their path, the page also as /', () => {
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), '<!doctype html>');
  writeFileSync(join(folder, 'assets', 'a.js'), '1');
  writeFileSync(join(folder, 'assets', 'a.css'), '');
  writeFileSync(join(folder, 'assets', 'notes.txt'), 'no');
  writeFileSync(join(folder, '.secret'), 'no');
  const served = readServedSet(folder);
  expect([...served.keys()].sort()).toEqual(['/', '/assets/a.css', '/assets/a.js', '/index.html']);
  expect(served.get('/assets/a.js')?.type).toBe('text/javascript; charset=utf-8');
  expect(served.get('/')).toBe(served.get('/index.html'));
});

test('the set is fixed: what is written later, and what a link points at, is not in it', () => {
  writeFileSync(join(folder, 'index.html'), 'first');
  writeFileSync(join(folder, '..', 'outside.html'), 'outside');
  symlinkSync(join(folder, '..', 'outside.html'), join(folder, 'link.html'));
  const served = readServedSet(folder);
  writeFileSync(join(folder, 'index.html'), 'second');
  writeFileSync(join(folder, 'late.html'), 'late');
  rmSync(join(folder, '..', 'outside.html'));
  expect(Buffer.from(servedFile(served, '/')?.bytes ?? []).toString()).toBe('first');
  expect(servedFile(served, '/late.html')).toBeNull();
  expect(servedFile(served, '/link.html')).toBeNull();
});

test('paths are compared as they stand', () => {
  writeFileSync(join(folder, 'index.html'), '');
  const served = readServedSet(folder);
  expect(servedFile(served, '/index.html?a=/../b')).not.toBeNull();
  for (const target of ['', 'index.html', '//index.html', '/./index.html', '/INDEX.html', '/%69ndex.html', '/index.html#', '/index.html/', '/..', '/constructor']) {
    expect(servedFile(served, target), target).toBeNull();
  }
});

test('without a page there is a clear refusal', () => {
  for (const missing of [folder, join(folder, 'nowhere')]) {
    expect(() => readServedSet(missing)).toThrow(OperatingError);
    expect(() => readServedSet(missing)).toThrow(/no page/);
  }
});
