/**
 * Sends events from TypeScript the way the C library does: in order, over one connection, sent again when the
 * receiver is busy. Run it with `node examples/mimo/notify.ts [endpoint]` while a console runs.
 */
import { MIMO_CONFIG_DEFAULT } from '../../electron/protocols/mimo/config.ts';
import { MimoSender } from '../../electron/protocols/mimo/sender.ts';
import { SYSTEM_CLOCK as clock } from '../../electron/net/system-clock.ts';

const endpoint = process.argv[2] ?? MIMO_CONFIG_DEFAULT.endpoint;
const sender = new MimoSender({ ...MIMO_CONFIG_DEFAULT, endpoint, retry: 3 }, clock);

const outcomes = ['bdev_created', 'bdev_ready'].map(
  (event) =>
    new Promise<boolean>((resolve) => {
      // The payload is JSON text, as in C: numbers keep every digit.
      const { accepted, failure } = sender.notify(
        event,
        '{"name":"example-ts","size":18446744073709551615}',
        ({ delivered }) => resolve(delivered),
      );
      if (!accepted) process.stderr.write(`${event} was not accepted: ${failure?.message ?? ''}\n`);
      if (!accepted) resolve(false);
    }),
);
const delivered = (await Promise.all(outcomes)).filter(Boolean).length;
await sender.close();
process.stdout.write(`${delivered} of ${outcomes.length} delivered to ${endpoint}\n`);
process.exitCode = delivered === outcomes.length ? 0 : 1;
