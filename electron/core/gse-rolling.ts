/**
 * How many targets each step of a job takes: `n`, `n%` of all, `+n` more than the step before, `*n` times the
 * step before. Several expressions follow one another, the last one repeats: `1 10 25%`, `1 *3`. Pure.
 */
import { OperatingError } from '../../shared/failure.ts';

type Rule = { readonly kind: 'count' | 'percent' | 'plus' | 'times'; readonly value: number };

const RULE = /^(?:(\d{1,9})|(\d{1,3})%|\+(\d{1,9})|\*(\d{1,6}))$/;
const RULES_MAX = 100;

/**
 * Sizes of the steps, together `total`. Fails with E_INPUT. An empty expression is one step with everything.
 */
export function rollingSteps(expression: string, total: number): number[] {
  const rules = parseRolling(expression);
  const sizes: number[] = [];
  let left = total;
  let before = 0;
  for (let step = 0; left > 0; step += 1) {
    const rule = rules[Math.min(step, rules.length - 1)];
    const wanted = rule === undefined ? left : sizeOf(rule, before, total);
    before = Math.min(wanted, left);
    sizes.push(before);
    left -= before;
  }
  return sizes;
}

/** Fails with E_INPUT and says which part is wrong. */
function parseRolling(expression: string): Rule[] {
  const words = expression.split(/[\s,]+/).filter((word) => word !== '');
  if (words.length > RULES_MAX)
    throw new OperatingError('E_INPUT', `more than ${RULES_MAX} rolling steps are written out`);
  const rules = words.map((word) => ruleOf(word));
  if (rules[0]?.kind === 'times')
    throw new OperatingError('E_INPUT', `${words[0]} multiplies the step before, but there is none`, {
      fix: 'Begin with a number, such as "1 *2".',
    });
  return rules;
}

function ruleOf(word: string): Rule {
  const fault = new OperatingError('E_INPUT', `"${word}" is no rolling step`, {
    fix: 'Write 10, 10%, +10 or *2.',
  });
  const match = RULE.exec(word);
  if (match === null) throw fault;
  const [, count, percent, plus, times] = match;
  const [kind, digits] =
    count !== undefined
      ? (['count', count] as const)
      : percent !== undefined
        ? (['percent', percent] as const)
        : plus !== undefined
          ? (['plus', plus] as const)
          : (['times', times ?? ''] as const);
  const value = Number(digits);
  // A step of nothing would repeat for ever; +0 and *1 repeat the step before, which is what they say.
  if (value === 0 && kind !== 'plus') throw fault;
  if (kind === 'percent' && value > 100) throw fault;
  return { kind, value };
}

/** At least one: otherwise a job would not end. */
function sizeOf({ kind, value }: Rule, before: number, total: number): number {
  switch (kind) {
    case 'count':
      return value;
    case 'percent':
      return Math.max(1, Math.ceil((total * value) / 100));
    case 'plus':
      return Math.max(1, before + value);
    case 'times':
      return Math.max(1, before * value);
  }
}
