// write-limits.mjs: writes docs/LIMITS.md from shared/limits.ts. Runs on Node 24 (npm run unit says when the file is behind).
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../setup.mjs';

/** What the last words of a name say about its number. */
const UNITS = [
  [/Bytes(Max|Default|PerStep)?$|BytesMax$/, 'bytes'],
  [/Ms(Max|Min|Default)?$/, 'ms'],
  [/Days(Default)?$/, 'days'],
];

function unitOf(name) {
  return UNITS.find(([pattern]) => pattern.test(name))?.[1] ?? '';
}

function shown(value, unit) {
  const grouped = String(value).replace(/\B(?=(\d{3})+$)/g, ' ');
  const mebi = 1024 * 1024;
  if (unit === 'bytes' && value >= mebi && value % mebi === 0) return `${grouped} (${value / mebi} MiB)`;
  if (unit === 'bytes' && value >= 1024 && value % 1024 === 0) return `${grouped} (${value / 1024} KiB)`;
  return grouped;
}

/** Values as the program has them; headings and notes are the comments that stand above them in the source. */
export async function limitsPage() {
  const { LIMITS } = await import('../../shared/limits.ts');
  const source = readFileSync(join(ROOT, 'shared/limits.ts'), 'utf8').split('\n');
  const lines = ['# Limits', '', 'Written by `node scripts/lib/write-limits.mjs` from `shared/limits.ts`: change that file. `signalbox doctor` prints the same table.'];
  let note = [];
  let isTableOpen = false;
  for (const line of source.slice(source.findIndex((text) => text.startsWith('export const LIMITS')) + 1)) {
    const text = line.trim();
    const [, name] = /^(\w+):/.exec(text) ?? [];
    if (text.startsWith('// ')) {
      lines.push('', `## ${text.slice(3, 4).toUpperCase()}${text.slice(4)}`, '');
      isTableOpen = false;
    } else if (name !== undefined && Object.hasOwn(LIMITS, name)) {
      if (!isTableOpen) lines.push('| limit | value | unit | |', '|---|---|---|---|');
      isTableOpen = true;
      const unit = unitOf(name);
      lines.push(`| \`${name}\` | ${shown(LIMITS[name], unit)} | ${unit} | ${note.join(' ')} |`);
      note = [];
    } else if (/^\/?\*/.test(text)) {
      const words = text.replace(/^\/?\*+\/?|\*\/$/g, '').trim();
      if (words !== '') note.push(words);
    }
  }
  return `${lines.join('\n')}\n`;
}

if (process.argv[1]?.endsWith('write-limits.mjs')) writeFileSync(join(ROOT, 'docs/LIMITS.md'), await limitsPage());
