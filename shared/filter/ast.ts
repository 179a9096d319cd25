/** The filter language as a tree. Grammar: docs/FILTER.md. Everything the parser gives, the printer prints back to the same tree. */

/** Where in the text a node stands: [start, end), UTF-16 code units. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export const FIELDS = ['src', 'sev', 'kind', 'type', 'host', 'link', 'peer', 'id', 'seq', 'bytes', 'sim'] as const;
export type FieldName = (typeof FIELDS)[number];
export const OPERATORS = [':', '=', '!=', '>', '>=', '<', '<='] as const;
export type Operator = (typeof OPERATORS)[number];

export type Expression =
  | { readonly type: 'and'; readonly terms: readonly Expression[] }
  | { readonly type: 'or'; readonly terms: readonly Expression[] }
  | { readonly type: 'not'; readonly term: Expression }
  /** Substring of type, host, id, peer or body text, without regard to ASCII case. */
  | { readonly type: 'text'; readonly value: string }
  /** A field of the row. `:` matches with `*` and `?` wildcards without regard to ASCII case; comparisons order severities, numbers and text. */
  | { readonly type: 'field'; readonly field: FieldName; readonly operator: Operator; readonly value: string }
  /** A member of the JSON body by path, such as `body.ctrlr.name`; numbers compare as numbers when both sides are. */
  | { readonly type: 'body'; readonly path: readonly string[]; readonly operator: Operator; readonly value: string };
