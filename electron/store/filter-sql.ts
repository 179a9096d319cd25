/**
 * From a filter expression to a WHERE condition on `events AS e` joined with `bodies AS b`, which is only
 * named when the condition needs bodies; shared/filter/sql.ts does the translation.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { Expression } from '../../shared/filter/ast.ts';
import { createSqlFunctions, toSql } from '../../shared/filter/sql.ts';
import type { SqlFilter } from '../../shared/filter/sql.ts';

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export function filterCondition(filter: Expression | null): SqlFilter {
  return toSql(filter, { table: 'e', bodySql: 'b.body' });
}

/** Once a connection, before the first filter. */
export function registerFilterFunctions(database: DatabaseSync): void {
  for (const { name, call } of createSqlFunctions((bytes) => decoder.decode(bytes))) {
    database.function(name, { deterministic: true, directOnly: true }, (key, value) => call(key, value));
  }
}
