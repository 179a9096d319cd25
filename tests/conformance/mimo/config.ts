// Configuration text ⇒ settings, or failure for the life of the process.
import * as v from 'valibot';
import { MIMO_CONFIG_DEFAULT, parseConfig } from '../../../electron/protocols/mimo/config.ts';
import { targetOf } from '../../../electron/protocols/mimo/sender.ts';
import { expectSame, expectThat, hasMembers, runCases, show } from '../case-run.ts';
import type { RowKind } from '../vector-kind.ts';
import { senders } from './senders.ts';
import { bytesOf } from './vector-text.ts';

const settings = v.object({
  init: v.literal('ok'),
  endpoint: v.string(),
  method: v.string(),
  timeout_ns: v.string(),
  source: v.string(),
  retry: v.number(),
  retry_backoff_ms: v.number(),
  events_can_be_built: v.boolean(),
});
const failure = v.object({ init: v.literal('error'), notify_return_code: v.optional(v.number(), -1) });
const row = v.object({
  id: v.string(),
  input: v.object({ text: v.optional(v.string()), text_b64: v.optional(v.string()) }),
  expect: v.variant('init', [settings, failure]),
});
type Row = v.InferOutput<typeof row>;

export const config: RowKind = {
  name: 'mimo/config',
  fits: (value) => hasMembers(value, 'input', 'expect') && hasMembers(value['expect'], 'init'),
  run: async (file, report) => {
    await runCases(file, report, row, async (value) => checkParser(value));
    for (const sender of await senders()) {
      const run = async ({ input, expect }: Row): Promise<void> => {
        const running = await sender.start(bytesOf(input.text, input.text_b64) ?? '');
        try {
          // Not JSON, so it is accepted and never sent anywhere: some rows keep the default endpoint of a real console.
          const code = await running.notify(Buffer.from('x'), Buffer.from('{never sent}'));
          expectSame('return code', expect.init === 'ok' ? 0 : expect.notify_return_code, code);
        } finally {
          await running.finish(1_000);
        }
      };
      await runCases(file, report, row, run, { suffix: sender.suffix === '' ? ' (call)' : sender.suffix });
    }
  },
};

function checkParser({ input, expect }: Row): void {
  const parsed = parseConfig(bytesOf(input.text, input.text_b64) ?? Buffer.alloc(0));
  if (expect.init === 'error') {
    expectThat(!parsed.ok, 'a failure', show(parsed.ok ? parsed.value.endpoint : ''));
    return;
  }
  if (!parsed.ok) {
    expectSame('settings', 'ok', parsed.failure.message);
    return;
  }
  const { endpoint, method, timeoutNs, source, retry, retryBackoffMs } = parsed.value;
  const expectedEndpoint =
    expect.endpoint === '<DEFAULT_ENDPOINT>' ? MIMO_CONFIG_DEFAULT.endpoint : expect.endpoint;
  expectSame('endpoint', expectedEndpoint, endpoint);
  expectSame('method', expect.method, method);
  expectSame('timeout', expect.timeout_ns, timeoutNs.toString());
  expectSame('source', expect.source, source);
  expectSame('retry', expect.retry, retry);
  expectSame('retry_backoff_ms', expect.retry_backoff_ms, retryBackoffMs);
  expectSame('events can be built', expect.events_can_be_built, targetOf(parsed.value) !== null);
}
