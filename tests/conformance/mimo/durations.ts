// Text of the `timeout` setting ⇒ nanoseconds or error.
import * as v from 'valibot';
import { parseGoDuration } from '../../../electron/protocols/mimo/go-duration.ts';
import { expectSame, hasMembers, runCases } from '../case-run.ts';
import type { RowKind } from '../vector-kind.ts';
import { senders } from './senders.ts';

const row = v.object({
  id: v.string(),
  input: v.string(),
  expect: v.union([v.object({ ns: v.string() }), v.object({ error: v.literal(true) })]),
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
    const [, library] = await senders();
    if (library === undefined) return;
    // The C library keeps its durations to itself: only whether it accepts one can be seen. An empty text is the default.
    const run = async ({ input, expect }: v.InferOutput<typeof row>): Promise<void> => {
      const sender = await library.start(JSON.stringify({ timeout: input }));
      try {
        const expected = 'ns' in expect || input === '' ? 0 : -1;
        expectSame(
          'return code',
          expected,
          await sender.notify(Buffer.from('x'), Buffer.from('{never sent}')),
        );
      } finally {
        await sender.finish(1_000);
      }
    };
    await runCases(file, report, row, run, { suffix: library.suffix });
  },
};
