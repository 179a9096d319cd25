// Every example of a real event goes through a sender into the real listener and comes out the same.
import * as v from 'valibot';
import { openMimoListener, type MimoReceived } from '../../../electron/protocols/mimo/listener.ts';
import { SYSTEM_CLOCK as clock } from '../../../electron/net/system-clock.ts';
import { expectSame, expectThat, hasMembers, runOne, show } from '../case-run.ts';
import type { Report, RowKind } from '../vector-kind.ts';
import type { RunningSender } from './sender-under-test.ts';
import { senders } from './senders.ts';

const row = v.object({ event: v.string(), examples: v.array(v.nullable(v.string())) });
const WAIT_MS = 20_000;

export const eventsCatalog: RowKind = {
  name: 'mimo/events-catalog',
  fits: (value) => hasMembers(value, 'event', 'examples'),
  run: async (file, report) => {
    for (const implementation of await senders()) {
      const received: MimoReceived[] = [];
      const listener = await openMimoListener({
        host: '127.0.0.1',
        port: 0,
        clock,
        accept: async (event) => void received.push(event),
        refuse: async () => undefined,
      });
      const endpoint = `http://127.0.0.1:${listener.port}/mimo/events`;
      const sender = await implementation.start(JSON.stringify({ endpoint }));
      try {
        for (const value of file.cases)
          await runEvent(value, sender, received, report, implementation.suffix);
      } finally {
        await sender.finish(2_000);
        await listener.close();
      }
    }
  },
};

async function runEvent(
  value: unknown,
  sender: RunningSender,
  received: MimoReceived[],
  report: Report,
  suffix: string,
): Promise<void> {
  const parsed = v.safeParse(row, value);
  if (!parsed.success) return report.fail('event', 'a row of this kind', v.summarize(parsed.issues));
  const { event, examples } = parsed.output;
  for (const [index, payload] of examples.entries()) {
    await runOne(`${event} example ${index + 1}${suffix}`, report, async () => {
      received.length = 0;
      expectSame(
        'return code',
        0,
        await sender.notify(Buffer.from(event), payload === null ? null : Buffer.from(payload)),
      );
      const endMs = performance.now() + WAIT_MS;
      while (received.length === 0 && performance.now() < endMs)
        await new Promise((resolve) => setTimeout(resolve, 2));
      expectSame('event', event, received[0]?.event);
      const expected: unknown = payload === null ? undefined : JSON.parse(payload);
      expectSame('payload', expected, received[0]?.payload);
      expectThat(received[0]?.sentAtS !== null, 'a timestamp', show(received[0]?.sentAtS));
    });
  }
}
