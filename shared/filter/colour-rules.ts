/** Colour rules of the settings, compiled. The first rule that matches an event colours it. */
import type { Settings } from '../contract/app.ts';
import { compileMatcher, type Matchable, type Matcher } from './match.ts';
import { parseFilter } from './parse.ts';

export type ColourRule = Settings['colourRules'][number];

/**
 * Rules that are off, and rules whose filter does not parse (an older file, a hand-edited one), never match;
 * an empty filter matches everything, as everywhere. Without a body at hand the matcher's rules for that hold
 * (see Matchable).
 */
export function compileColourRules(rules: readonly ColourRule[]): (event: Matchable) => ColourRule | null {
  const compiled: { readonly rule: ColourRule; readonly matches: Matcher }[] = [];
  for (const rule of rules) {
    const parsed = rule.on ? parseFilter(rule.filter) : null;
    if (parsed?.ok) compiled.push({ rule, matches: compileMatcher(parsed.expression) });
  }
  return (event) => compiled.find(({ matches }) => matches(event))?.rule ?? null;
}
