/**
 * The filter language as a tree. Grammar: docs/FILTER.md.
 * Everything the parser gives, the printer prints back to the same tree.
 */

/** Where in the text a node stands: [start, end), UTF-16 code units. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export const FIELDS = [
  'src',
  'sev',
  'kind',
  'type',
  'host',
  'link',
  'peer',
  'id',
  'seq',
  'bytes',
  'sim',
] as const;
export type FieldName = (typeof FIELDS)[number];
export const OPERATORS = [':', '=', '!=', '>', '>=', '<', '<='] as const;
export type Operator = (typeof OPERATORS)[number];

/**
 * One filter as a tree; `and` and `or` of the parser have at least two terms. An `and` of none matches
 * everything, an `or` of none nothing.
 *
 * `value` is plain text, with one exception: with the operator `:` it is a pattern, in which `*` stands for
 * any run of characters, `?` for one, and a backslash takes the meaning from the character after it. Use
 * `literalPattern` of wildcard.ts to make a pattern out of plain text.
 */
export type Expression =
  | { readonly type: 'and'; readonly terms: readonly Expression[] }
  | { readonly type: 'or'; readonly terms: readonly Expression[] }
  | { readonly type: 'not'; readonly term: Expression }
  /** Substring of type, host, id, peer or body text, without regard to ASCII case. */
  | { readonly type: 'text'; readonly value: string }
  /**
   * A field of the row. `:` matches with wildcards without regard to ASCII case; the others compare exactly
   * and order severities by rank, numbers by value, text by code point.
   */
  | { readonly type: 'field'; readonly field: FieldName; readonly operator: Operator; readonly value: string }
  /**
   * A member of the JSON body by path, such as `body.ctrlr.name` or `body.ranges[0]`; false without such a
   * member. Numbers compare as numbers when both sides are, else both sides compare as text.
   */
  | {
      readonly type: 'body';
      readonly path: readonly string[];
      readonly operator: Operator;
      readonly value: string;
    };
