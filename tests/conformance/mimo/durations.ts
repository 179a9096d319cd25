// Text of the `timeout` setting ⇒ nanoseconds or error.
import * as v from 'valibot';
import { parseGoDuration } from '../../../electron/protocols/mimo/go-duration.ts';
import { isBuilt, Parts } from '../../../native/libnotify/test/driver.ts';
import { expectSame, hasMembers, runCases } from '../case-run.ts';
import type { RowKind } from '../vector-kind.ts';
import { LIBRARY_SUFFIX } from './c-library.ts';

const row = v.object({
  id: v.string(),
  input: v.string(),
  expect: v.union([v.strictObject({ ns: v.string() }), v.strictObject({ error: v.literal(true) })]),
});

export const durations: RowKind = {
  name: 'mimo/durations',
  fits: (value) =>
    hasMembers(value, 'input', 'expect') &&
    typeof value['input'] === 'string' &&
    (hasMembers(value['expect'], 'ns') || hasMembers(value['expect'], 'error')),
  run: async (file, report) => {
    await runCases(file, report, row, async ({ input, expect }) => {
      const ns = parseGoDuration(input);
      expectSame('nanoseconds', 'ns' in expect ? expect.ns : 'error', ns === null ? 'error' : ns.toString());
    });
    if (!isBuilt()) return;
    const parts = new Parts();
    try {
      const run = async ({ input, expect }: v.InferOutput<typeof row>): Promise<void> => {
        const ns = await parts.duration(input);
        expectSame(
          'nanoseconds',
          'ns' in expect ? expect.ns : 'error',
          ns === null ? 'error' : ns.toString(),
        );
      };
      await runCases(file, report, row, run, { suffix: LIBRARY_SUFFIX });
    } finally {
      await parts.end();
    }
  },
};
