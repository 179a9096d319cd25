// Running one row: its shape is checked, its time is bounded, and what it throws is its failure and no other
// row's.
import { isDeepStrictEqual } from 'node:util';
import * as v from 'valibot';
import type { Report, VectorFile } from './vector-kind.ts';

const CASE_TIMEOUT_MS = 120_000;

/** Thrown by a check; carries both sides for the report. */
export class Mismatch extends Error {
  readonly expected: string;
  readonly got: string;
  constructor(expected: string, got: string) {
    super(`expected ${expected} got ${got}`);
    this.expected = expected;
    this.got = got;
  }
}

export function expectSame(what: string, expected: unknown, got: unknown): void {
  if (!isDeepStrictEqual(expected, got)) throw new Mismatch(`${what} ${show(expected)}`, show(got));
}

export function expectThat(holds: boolean, expected: string, got: string): void {
  if (!holds) throw new Mismatch(expected, got);
}

export function show(value: unknown): string {
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString('latin1'));
  return value === undefined ? 'nothing' : JSON.stringify(value, plainInteger);
}

/** JSON has no 64-bit integers. */
function plainInteger(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value;
}

/** Parses each row with `schema` and runs it; `suffix` names the implementation, such as ` (C library)`. */
export async function runCases<Schema extends v.GenericSchema<unknown, { id: string }>>(
  file: VectorFile,
  report: Report,
  schema: Schema,
  run: (row: v.InferOutput<Schema>) => Promise<void>,
  options: { readonly suffix?: string; readonly atOnce?: number } = {},
): Promise<void> {
  const { suffix = '', atOnce = 1 } = options;
  const rows = file.cases.entries();
  const work = async (): Promise<void> => {
    for (const [index, row] of rows) {
      const parsed = v.safeParse(schema, row);
      const named = hasMembers(row, 'id') ? String(row['id']) : `case ${index + 1}`;
      const id = `${parsed.success ? parsed.output.id : named}${suffix}`;
      if (!parsed.success) {
        report.fail(id, 'a row of this kind', v.summarize(parsed.issues));
        continue;
      }
      await runOne(id, report, () => run(parsed.output));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

export async function runOne(id: string, report: Report, run: () => Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Mismatch('an end', `still running after ${CASE_TIMEOUT_MS} ms`)),
      CASE_TIMEOUT_MS,
    );
  });
  try {
    await Promise.race([run(), late]);
    report.pass(id);
  } catch (error) {
    if (error instanceof Mismatch) report.fail(id, error.expected, error.got);
    else report.fail(id, 'no error', error instanceof Error ? (error.stack ?? error.message) : String(error));
  } finally {
    clearTimeout(timer);
  }
}

/** A quick look at the shape: an object with these members. */
export function hasMembers(row: unknown, ...names: readonly string[]): row is Record<string, unknown> {
  return typeof row === 'object' && row !== null && names.every((name) => Object.hasOwn(row, name));
}
