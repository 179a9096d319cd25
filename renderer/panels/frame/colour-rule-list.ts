import { COLOUR_NAMES, RULE_MARKS } from '../../../shared/contract/app.ts';
import type { Settings } from '../../../shared/contract/app.ts';

type Rule = Settings['colourRules'][number];

/**
 * With a new rule at the end: the first free name, and the colour and mark that follow the ones of the last
 * rule.
 */
export function addedRule(rules: readonly Rule[], nameOf: (n: number) => string): Rule[] {
  let n = rules.length + 1;
  while (rules.some(({ name }) => name === nameOf(n))) n += 1;
  const colour = COLOUR_NAMES[rules.length % COLOUR_NAMES.length] ?? 'red';
  const mark = RULE_MARKS[rules.length % RULE_MARKS.length] ?? '▲';
  return [...rules, { name: nameOf(n), filter: 'sev>=error', colour, mark, on: true }];
}

/** With the rule at `index` one place up or down; unchanged at the ends. */
export function movedRule(rules: readonly Rule[], index: number, step: 1 | -1): Rule[] {
  const rule = rules[index];
  const other = rules[index + step];
  if (rule === undefined || other === undefined) return [...rules];
  return rules.with(index, other).with(index + step, rule);
}
