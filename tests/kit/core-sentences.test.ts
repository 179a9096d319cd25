/** The Chinese book of sentences against the source of the core: nothing stale in it, and nothing missing from it. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Sentences } from '../../renderer/i18n/sentences.ts';
import { COMPOSED, coreZh } from '../../renderer/i18n/zh-CN/core.ts';
import { ROOT } from './serve-process.ts';

/** Where the sentences of links, feed, store, snapshots, dispatch and plugins are written. */
const SPEAKERS = [
  'electron/core',
  'electron/core/gse',
  'electron/core/netipc',
  'electron/protocols/gse',
  'electron/store',
];
const OTHER_FILES = [
  'electron/hosts/serve/main.ts',
  'electron/lab/c-emitter.ts',
  'electron/lab/mimo-lab.ts',
  'electron/net/listen.ts',
  'electron/net/port-holder.ts',
  'electron/protocols/netipc/cgroups-snapshot.ts',
  'electron/protocols/netipc/client.ts',
  'electron/protocols/netipc/connect.ts',
  'electron/protocols/netipc/envelope.ts',
  'electron/protocols/netipc/handshake.ts',
  'electron/protocols/netipc/packet-socket.ts',
  'electron/protocols/netipc/packets.ts',
  'electron/protocols/netipc/region-session.ts',
  'electron/protocols/netipc/socket-session.ts',
  'electron/store/private-file.ts',
  'native/index.ts',
  'renderer/rpc/web-socket-port.ts',
  'shared/dispatch/template-file.ts',
  'scripts/start.mjs',
  'shared/rpc/client.ts',
];
/** Start-up faults that end the console before there is a window; what only the command line asks for. */
const NOT_ON_THIS_SCREEN = /\/(folder-lock|private-file|schema|export-format|row-filter)/;

function sourcesOf(folder: string): string[] {
  return readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => `${folder}/${name}`)
    .filter((path) => !NOT_ON_THIS_SCREEN.test(path));
}

/** `${…}` with up to one pair of braces inside becomes `{}`. */
const withoutValues = (text: string): string => text.replace(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, '{}');

const read = (path: string): string =>
  withoutValues(readFileSync(join(ROOT, path), 'utf8').replaceAll(String.raw`\'`, "'"));
const speakers = SPEAKERS.flatMap(sourcesOf);
const source = [...speakers, ...OTHER_FILES].map(read).join('\n');

test('every sentence of the book still stands in the source', () => {
  const stale = Object.keys(coreZh).filter(
    (sentence) =>
      !Object.hasOwn(COMPOSED, sentence) &&
      // `{{uuid}}` stands in the source as it is.
      !source.includes(sentence) &&
      !source.includes(sentence.replace(/\{\w+\}/g, '{}')),
  );
  expect(stale).toEqual([]);
});

const SPOKEN = [
  /OperatingError\(\s*'E_\w+',\s*(?:'([^']*)'|`([^`]*)`|"([^"]*)")/g,
  /\b(?:fix|detail|reason|message):\s*(?:'([^']*)'|`([^`]*)`|"([^"]*)")/g,
  /\bwarnings\.push\(\s*(?:'([^']*)'|`([^`]*)`|"([^"]*)")/g,
];

test('every sentence an operator can be shown is in the book', () => {
  const book = new Sentences(coreZh);
  const spoken = speakers.flatMap((path) =>
    SPOKEN.flatMap((pattern) =>
      [...read(path).matchAll(pattern)].map((match) => match[1] ?? match[2] ?? match[3] ?? ''),
    ),
  );
  expect(spoken.length).toBeGreaterThan(30);
  const isSentence = (text: string): boolean => / [a-z]/.test(text.replaceAll('{}', ''));
  const missing = spoken.filter(
    (text) => isSentence(text) && book.translate(text.replaceAll('{}', '7')) === text.replaceAll('{}', '7'),
  );
  expect(missing).toEqual([]);
});
