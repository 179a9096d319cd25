/**
 * The filter language over rows of a netipc snapshot: bare text looks into name and path, `type:` is the
 * name, `id:` the path, `src:` is always netipc, and `body.` reaches name, path, hash, options, enabled and
 * since. The same rules for the screen, the core and the CLI.
 */
import { assertNever } from '../assert.ts';
import type { Expression } from './ast.ts';
import { EventBody } from './body-path.ts';
import { compileMatcher, type Matchable } from './match.ts';
import { literalPattern } from './wildcard.ts';

/** What of a row can be asked for. */
export interface SnapshotFields {
  readonly name: string;
  readonly path: string;
  readonly hash: number;
  readonly options: number;
  readonly enabled: number;
  /** Refresh number since which it was there without a gap. */
  readonly presentSince: number;
}

/** Members of the row's body, for completion of `body.`. */
export const SNAPSHOT_BODY_PATHS = [
  ['name'],
  ['path'],
  ['hash'],
  ['options'],
  ['enabled'],
  ['since'],
] as const satisfies readonly (readonly string[])[];

/** null matches every row. The matcher keeps no state and never throws. */
export function compileSnapshotMatcher(expression: Expression | null): (row: SnapshotFields) => boolean {
  if (expression === null) return () => true;
  const matches = compileMatcher(withTextInNames(expression));
  return (row) => matches(matchable(row));
}

/** Bare text would look into the body, where the names of the members stand as well. */
function withTextInNames(expression: Expression): Expression {
  switch (expression.type) {
    case 'text': {
      const value = `*${literalPattern(expression.value)}*`;
      const inField = (field: 'type' | 'id'): Expression => ({ type: 'field', field, operator: ':', value });
      return { type: 'or', terms: [inField('type'), inField('id')] };
    }
    case 'not':
      return { type: 'not', term: withTextInNames(expression.term) };
    case 'and':
    case 'or':
      return { type: expression.type, terms: expression.terms.map(withTextInNames) };
    case 'field':
    case 'body':
      return expression;
    default:
      return assertNever(expression);
  }
}

function matchable(row: SnapshotFields): Matchable {
  const { name, path, hash, options, enabled, presentSince: since } = row;
  return {
    seq: 0,
    receivedAtMs: 0,
    source: 'netipc',
    kind: 'event',
    severity: 'info',
    type: name.toWellFormed(),
    host: '',
    link: '',
    peer: '',
    id: path.toWellFormed(),
    sentAtS: null,
    bodyBytes: 0,
    preview: '',
    simulated: false,
    body: new EventBody(() => JSON.stringify({ name, path, hash, options, enabled, since })),
  };
}
