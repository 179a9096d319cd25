import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FIELDS, OPERATORS } from './ast.ts';
import { FIELD_ALIASES, FIELD_RULES } from './fields.ts';
import { parseFilter } from './parse.ts';
import { printFilter } from './print.ts';

const PAGE = readFileSync(new URL('../../docs/FILTER.md', import.meta.url), 'utf8');

function section(title: string): string {
  const found = PAGE.split('\n## ').find((part) => part.startsWith(title));
  if (found === undefined) throw new Error(`docs/FILTER.md has no section ${title}`);
  return found;
}

describe('docs/FILTER.md', () => {
  const examples = [
    ...Array.from(section('By example').matchAll(/^\| `([^`]+)` \|/gm), (match) => match[1] ?? ''),
    ...Array.from(PAGE.matchAll(/```filter\n(.+)\n/g), (match) => match[1] ?? ''),
  ];

  it('has examples', () => expect(examples.length).toBeGreaterThan(15));

  it.each(examples)('shows a filter that parses and prints back: %s', (example) => {
    const parsed = parseFilter(example);
    expect(parsed).toMatchObject({ ok: true });
    expect(parsed.ok && parseFilter(printFilter(parsed.expression))).toEqual(parsed);
  });

  it('names every field, alias, choice and operator', () => {
    const fields = section('Fields');
    for (const name of [...FIELDS, ...FIELD_ALIASES.keys()]) expect(fields).toContain(`\`${name}\``);
    for (const { choices } of Object.values(FIELD_RULES)) {
      for (const choice of choices) expect(fields).toContain(`\`${choice}\``);
    }
    for (const operator of OPERATORS) expect(section('Grammar')).toContain(`"${operator}"`);
  });
});
