// Request line and header lines as sent, in order.
import * as v from 'valibot';
import { ScriptedReceiver } from '../../kit/scripted-receiver.ts';
import { expectSame, expectThat, hasMembers, runCases } from '../case-run.ts';
import type { RowKind } from '../vector-kind.ts';
import type { SenderUnderTest } from './sender-under-test.ts';
import { senders } from './senders.ts';

const row = v.object({
  id: v.string(),
  config: v.record(v.string(), v.unknown()),
  request_head_lines: v.array(v.string()),
  body_length: v.number(),
});
type Row = v.InferOutput<typeof row>;

/** A body with an event name of no characters and no payload, and a timestamp of ten digits. */
const BODY_BYTES_LEAST = '{"event":"","timestamp":1700000000}'.length;

export const httpRequest: RowKind = {
  name: 'mimo/http-request',
  fits: (value) => hasMembers(value, 'config', 'request_head_lines'),
  run: async (file, report) => {
    for (const sender of await senders()) {
      const run = (value: Row): Promise<void> => runRow(sender, value);
      await runCases(file, report, row, run, { suffix: sender.suffix, atOnce: 4 });
    }
  },
};

async function runRow(implementation: SenderUnderTest, value: Row): Promise<void> {
  const nameBytes = value.body_length - BODY_BYTES_LEAST;
  expectThat(nameBytes > 0, `a body of at least ${BODY_BYTES_LEAST + 1} bytes`, String(value.body_length));
  const isSix = /^https?:\/\/(?:[^/@]*@)?\[/i.test(String(value.config['endpoint']));
  const receiver = await ScriptedReceiver.start([{ status: 204 }], 0, isSix ? '::1' : '127.0.0.1');
  const withPort = (text: string): string => text.replaceAll('<PORT>', String(receiver.port));
  const sender = await implementation.start(withPort(JSON.stringify(value.config)));
  try {
    expectSame('return code', 0, await sender.notify(Buffer.from('x'.repeat(nameBytes)), null));
    const [request] = await receiver.waitForRequests(1);
    // The receiver reads bytes as latin1, the rows are text.
    const lines = request?.headLines.map((line) => Buffer.from(line, 'latin1').toString('utf8'));
    expectSame('request head', value.request_head_lines.map(withPort), lines);
    expectSame('body bytes', value.body_length, request?.body.length);
    expectSame('violations', [], receiver.violations);
  } finally {
    await sender.finish(2_000);
    await receiver.close();
  }
}
