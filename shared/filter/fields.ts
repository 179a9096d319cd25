/**
 * The fields of the language: what kind of value each takes, which operators fit, which other names it
 * answers to.
 */
import { KINDS, SEVERITIES, SOURCES } from '../model/event.ts';
import { OPERATORS, type FieldName, type Operator } from './ast.ts';

export type FieldKind = 'choice' | 'rank' | 'text' | 'number' | 'flag';

export interface FieldRule {
  readonly kind: FieldKind;
  readonly operators: readonly Operator[];
  /** The values of a choice or rank, in rank order; empty for the others. */
  readonly choices: readonly string[];
  /** Other spellings of a choice. */
  readonly synonyms: ReadonlyMap<string, string>;
  /** One line for the completion list. */
  readonly about: string;
}

const EQUALITY: readonly Operator[] = [':', '=', '!='];
const NO_SYNONYMS: ReadonlyMap<string, string> = new Map();
const SEVERITY_SYNONYMS = new Map([
  ['warning', 'warn'],
  ['err', 'error'],
  ['crit', 'critical'],
  ['fatal', 'critical'],
  ['information', 'info'],
]);
const FLAG_SYNONYMS = new Map([
  ['yes', 'true'],
  ['no', 'false'],
  ['1', 'true'],
  ['0', 'false'],
]);

function rule(
  kind: FieldKind,
  about: string,
  choices: readonly string[] = [],
  synonyms = NO_SYNONYMS,
): FieldRule {
  const operators = kind === 'choice' || kind === 'flag' ? EQUALITY : OPERATORS;
  return { kind, operators, choices, synonyms, about };
}

export const FIELD_RULES: Readonly<Record<FieldName, FieldRule>> = {
  src: rule('choice', 'sending system', SOURCES),
  sev: rule('rank', 'severity, in rising order', SEVERITIES, SEVERITY_SYNONYMS),
  kind: rule('choice', 'event, refused, gap or notice', KINDS),
  type: rule('text', 'event name as sent'),
  host: rule('text', 'host it speaks of'),
  link: rule('text', 'link it came over'),
  peer: rule('text', 'address of the sender'),
  id: rule('text', 'correlation id'),
  seq: rule('number', 'sequence number in the store'),
  bytes: rule('number', 'size of the body in bytes'),
  sim: rule('flag', 'sent by the lab', ['true', 'false'], FLAG_SYNONYMS),
};

/** Other names of fields. */
export const FIELD_ALIASES: ReadonlyMap<string, FieldName> = new Map([
  ['source', 'src'],
  ['severity', 'sev'],
  ['level', 'sev'],
  ['size', 'bytes'],
  ['simulated', 'sim'],
]);

/** The field of this name or alias, without regard to ASCII case, or null. */
export function fieldOf(name: string): FieldName | null {
  const folded = name.toLowerCase();
  for (const field of Object.keys(FIELD_RULES)) if (field === folded && isField(field)) return field;
  return FIELD_ALIASES.get(folded) ?? null;
}

function isField(name: string): name is FieldName {
  return Object.hasOwn(FIELD_RULES, name);
}

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
/** Longer digits are no number anybody means; the bound keeps every step on them cheap. */
const NUMBER_CHARACTERS_MAX = 400;

/** The finite number this text spells in decimal, or null. */
export function numberOf(text: string): number | null {
  if (text.length > NUMBER_CHARACTERS_MAX || !NUMBER.test(text)) return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}
