import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Template } from '../../../shared/contract/dispatch-templates.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { Templates } from './templates.ts';

const TEMPLATE: Template = {
  title: '../../Restart me',
  slotId: '1',
  messageId: '{{uuid}}',
  content: { mode: 'text', text: 'x', notUtf8: 'refuse' },
  variables: [],
};
let folder: string;
let templates: Templates;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-templates-'));
  templates = new Templates(folder);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('are plain files in folders, and a broken one is listed with what is wrong', async () => {
  await templates.write('ops/restart.sbt', TEMPLATE);
  writeFileSync(join(folder, 'templates', 'bad.sbt'), 'hello');
  const { templates: found } = await templates.list();
  expect(found.map(({ path, title, fault }) => [path, title, fault === ''])).toEqual([
    ['bad.sbt', '', false],
    ['ops/restart.sbt', TEMPLATE.title, true],
  ]);
  expect((await templates.read('ops/restart.sbt')).template).toEqual(TEMPLATE);
  await templates.remove('bad.sbt');
  await expect(templates.remove('bad.sbt')).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
});

it('come in as data: no path inside is used, nothing is overwritten', async () => {
  await templates.write('a.sbt', TEMPLATE);
  const { bytes, count } = await templates.exportAll();
  expect(count).toBe(1);
  await templates.importAll(bytes, 'in');
  await templates.importAll(bytes, 'in');
  const { templates: found } = await templates.list();
  expect(found.map(({ path }) => path)).toEqual(['a.sbt', 'in/restart-me-2.sbt', 'in/restart-me.sbt']);
  expect(readdirSync(folder)).toEqual(['templates']);
});

it('come in as the plain text one of them is, the file a command line uses', async () => {
  await templates.write('ops/restart.sbt', TEMPLATE);
  const { text } = await templates.read('ops/restart.sbt');
  await templates.importAll(Buffer.from(`\ufeff${text.replaceAll('\n', '\r\n')}`), 'in');
  expect((await templates.read('in/restart-me.sbt')).template).toEqual(TEMPLATE);
});

it.each([
  ['too large', new Uint8Array(LIMITS.importBytesMax + 1), 'E_LIMIT'],
  ['newer', Buffer.from('{"signalboxTemplates":2,"templates":[]}'), 'E_UNSUPPORTED'],
  ['no JSON', Buffer.from('PK\u0003\u0004'), 'E_CONFIG'],
  ['no UTF-8', Uint8Array.of(0x22, 0xff, 0x22), 'E_CONFIG'],
  ['a broken template', Buffer.from('signalbox-template: 1\nwhat: x\n---\n'), 'E_CONFIG'],
  ['a newer template', Buffer.from('signalbox-template: 2\n---\n'), 'E_UNSUPPORTED'],
  ['another shape', Buffer.from('{"signalboxTemplates":1,"templates":[{"path":"../x"}]}'), 'E_CONFIG'],
])('refuse a bundle that is %s', async (_what, bytes, code) => {
  await expect(templates.importAll(bytes, '')).rejects.toMatchObject({ code });
  expect((await templates.list()).templates).toEqual([]);
});

it('never follow a link out of their folder', async () => {
  const outside = mkdtempSync(join(tmpdir(), 'signalbox-outside-'));
  try {
    mkdirSync(join(folder, 'templates'), { mode: 0o700 });
    symlinkSync(outside, join(folder, 'templates', 'out'));
    writeFileSync(join(outside, 'x.sbt'), 'signalbox-template: 1\n---\n');
    symlinkSync(join(outside, 'x.sbt'), join(folder, 'templates', 'x.sbt'));
    await expect(templates.write('out/y.sbt', TEMPLATE)).rejects.toMatchObject({ code: 'E_PERMISSION' });
    await expect(templates.read('x.sbt')).rejects.toMatchObject({ code: 'E_PERMISSION' });
    expect((await templates.list()).templates).toEqual([]);
    expect(readdirSync(outside)).toEqual(['x.sbt']);
  } finally {
    rmSync(outside, { recursive: true, force: true });
  }
});
