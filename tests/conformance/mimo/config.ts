// Configuration text ⇒ settings, or failure for the life of the process.
import * as v from 'valibot';
import { MIMO_CONFIG_DEFAULT, parseConfig } from '../../../electron/protocols/mimo/config.ts';
import { targetOf } from '../../../electron/protocols/mimo/sender.ts';
import { isBuilt } from '../../../native/libnotify/test/driver.ts';
import { expectSame, expectThat, hasMembers, Mismatch, runCases, show } from '../case-run.ts';
import type { RowKind } from '../vector-kind.ts';
import { cLibrary, LIBRARY_SUFFIX, withLibrary } from './c-library.ts';
import { senders } from './senders.ts';
import { bytesOf } from './vector-text.ts';

const settings = v.strictObject({
  init: v.literal('ok'),
  endpoint: v.string(),
  method: v.string(),
  timeout_ns: v.string(),
  source: v.string(),
  retry: v.number(),
  retry_backoff_ms: v.number(),
  events_can_be_built: v.boolean(),
});
const failure = v.strictObject({ init: v.literal('error'), notify_return_code: v.optional(v.number(), -1) });
const row = v.object({
  id: v.string(),
  input: v.strictObject({ text: v.optional(v.string()), text_b64: v.optional(v.string()) }),
  expect: v.variant('init', [settings, failure]),
});
type Row = v.InferOutput<typeof row>;

export const config: RowKind = {
  name: 'mimo/config',
  fits: (value) => hasMembers(value, 'input', 'expect') && hasMembers(value['expect'], 'init'),
  run: async (file, report) => {
    await runCases(file, report, row, async (value) => checkParser(value));
    if (isBuilt())
      await runCases(file, report, row, checkLibrary, { suffix: `${LIBRARY_SUFFIX} (settings)`, atOnce: 2 });
    for (const sender of await senders()) {
      const run = async ({ input, expect }: Row): Promise<void> => {
        const running = await sender.start(bytesOf(input.text, input.text_b64) ?? '');
        try {
          // Not JSON, so it is accepted and never sent anywhere: some rows keep the default endpoint of a
          // real console.
          const code = await running.notify(Buffer.from('x'), Buffer.from('{never sent}'));
          const isRefused = sender === cLibrary && isSecure(expect);
          const wanted = expect.init === 'ok' ? 0 : expect.notify_return_code;
          expectSame('return code', isRefused ? -1 : wanted, code);
        } finally {
          await running.finish(1_000);
        }
      };
      await runCases(file, report, row, run, { suffix: sender.suffix === '' ? ' (call)' : sender.suffix });
    }
  },
};

/** What both implementations end up with. */
interface Settings {
  readonly endpoint: string;
  readonly method: string;
  readonly timeoutNs: bigint;
  readonly source: string;
  readonly retry: number;
  readonly retryBackoffMs: number;
}

function checkSettings(expected: Extract<Row['expect'], { init: 'ok' }>, settings: Settings): void {
  const { endpoint } = expected;
  expectSame(
    'endpoint',
    endpoint === '<DEFAULT_ENDPOINT>' ? MIMO_CONFIG_DEFAULT.endpoint : endpoint,
    settings.endpoint,
  );
  expectSame('method', expected.method, settings.method);
  expectSame('timeout', expected.timeout_ns, settings.timeoutNs.toString());
  expectSame('source', expected.source, settings.source);
  expectSame('retry', expected.retry, settings.retry);
  expectSame('retry_backoff_ms', expected.retry_backoff_ms, settings.retryBackoffMs);
}

function checkParser({ input, expect }: Row): void {
  const parsed = parseConfig(bytesOf(input.text, input.text_b64) ?? Buffer.alloc(0));
  if (expect.init === 'error') {
    expectThat(!parsed.ok, 'a failure', show(parsed.ok ? parsed.value.endpoint : ''));
    return;
  }
  if (!parsed.ok) throw new Mismatch('settings', parsed.failure.message);
  checkSettings(expect, parsed.value);
  // Without a scheme of ours a request can be built and never be sent: both are right for us.
  const isOurs = /^https?:/i.test(parsed.value.endpoint);
  if (isOurs || !expect.events_can_be_built)
    expectSame('events can be built', expect.events_can_be_built, targetOf(parsed.value) !== null);
}

/** The library has no TLS and says so from the first call on, where the original would drop every event. */
function isSecure(expect: Row['expect']): boolean {
  return expect.init === 'ok' && /^https:/i.test(expect.endpoint);
}

async function checkLibrary({ input, expect }: Row): Promise<void> {
  await withLibrary(bytesOf(input.text, input.text_b64) ?? Buffer.alloc(0), async (driver) => {
    const { code, problem, endpoint, method, source, ...rest } = await driver.settings();
    const isUsable = expect.init === 'ok' && !isSecure(expect);
    expectSame('return code of the settings', isUsable ? 0 : -1, code);
    if (expect.init === 'error' || !isUsable) return expectThat(problem !== null, 'a reason', 'none');
    const text = (bytes: Buffer | null): string => bytes?.toString('utf8') ?? '';
    // What the library tells are C texts: they end at a NUL.
    const wanted = { ...expect, endpoint: untilNul(expect.endpoint), source: untilNul(expect.source) };
    checkSettings(
      { ...wanted, method: untilNul(expect.method) },
      { ...rest, endpoint: text(endpoint), method: text(method), source: text(source) },
    );
  });
}

function untilNul(text: string): string {
  return text.replace(/\0.*$/s, '');
}
