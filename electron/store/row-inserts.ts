/**
 * Inserts the rows of one table, several to a statement: a call into SQLite costs about as much as the row it
 * inserts.
 */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';

/** More rows to a statement gained nothing more; what is left over goes in smaller pieces. */
const ROWS_PER_STATEMENT = [16, 4, 1] as const;

/** When so many rows wait, `flush` is due. */
export const ROWS_WAITING_MAX = ROWS_PER_STATEMENT[0];

/** Within transactions of its owner, who rolls back after any error. */
export class RowInserts {
  readonly #columns: number;
  readonly #statements: readonly { readonly rows: number; readonly statement: StatementSync }[];
  #values: SQLInputValue[] = [];

  constructor(database: DatabaseSync, table: string, columns: number) {
    this.#columns = columns;
    const row = `(${Array.from({ length: columns }, () => '?').join(',')})`;
    this.#statements = ROWS_PER_STATEMENT.map((rows) => {
      const values = Array.from({ length: rows }, () => row).join(',');
      return { rows, statement: database.prepare(`INSERT INTO ${table} VALUES ${values}`) };
    });
  }

  /**
   * Of the rows that wait for `flush`, one row's columns after the other's; whoever inserts pushes a row at
   * a time. Another array after each `flush`.
   */
  get values(): SQLInputValue[] {
    return this.#values;
  }

  /** Throws SQLite's errors; nothing waits any longer then either, because the transaction is lost. */
  flush(): void {
    const values = this.#values;
    this.#values = [];
    let at = 0;
    for (const { rows, statement } of this.#statements) {
      const valuesPerRun = rows * this.#columns;
      while (values.length - at >= valuesPerRun) {
        const isAll = valuesPerRun === values.length;
        statement.run(...(isAll ? values : values.slice(at, at + valuesPerRun)));
        at += valuesPerRun;
      }
    }
  }

  /** What waits was part of a transaction that never was. */
  clear(): void {
    this.#values = [];
  }
}
