import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SYSTEM_CLOCK } from '../net/system-clock.ts';
import { until } from '../../tests/kit/store-kit.ts';
import { openMimoListener } from '../protocols/mimo/listener.ts';
import type { MimoListener, MimoReceived } from '../protocols/mimo/listener.ts';
import { C_EMITTER_PATH } from './c-emitter.ts';
import { nextLabEvent } from './mimo-events.ts';
import { MimoLab } from './mimo-lab.ts';

let folder: string;
let listener: MimoListener;
let received: MimoReceived[];
let lab: MimoLab;
let troubles: string[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-lab-'));
  received = [];
  troubles = [];
  const accept = async (event: MimoReceived): Promise<void> => void received.push(event);
  listener = await openMimoListener({
    host: '127.0.0.1',
    port: 0,
    clock: SYSTEM_CLOCK,
    accept,
    refuse: async () => undefined,
  });
});
afterEach(async () => {
  await lab.want(null);
  await listener.close();
  rmSync(folder, { recursive: true, force: true });
});

function makeLab(emitterPath: string): MimoLab {
  const onTrouble = (reason: string): void => void troubles.push(reason);
  lab = new MimoLab({
    folder: join(folder, 'lab'),
    clock: SYSTEM_CLOCK,
    emitterPath,
    onChange: () => undefined,
    onTrouble,
  });
  return lab;
}

function endpoint(): string {
  return `http://127.0.0.1:${listener.port}/mimo/events`;
}

function script(text: string): string {
  const path = join(folder, 'emitter.sh');
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o700);
  return path;
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true; // ESRCH
  }
}

describe('the lab', () => {
  test('without the C program sends by itself, says so, and counts what arrived', async () => {
    makeLab(join(folder, 'nothing-here'));
    await lab.want({ endpoint: endpoint(), ratePerSecond: 300, bursts: false });
    expect(lab.status().emitter).toBe('typescript');
    expect(lab.status().reason).toContain('not built');
    await until('events came', () => received.length > 100);
    await lab.want(null);
    expect(lab.status()).toMatchObject({ emitter: 'none', failed: 0, sent: received.length });
    expect(received[0]?.event).toBe('mimo_tgt_started');
  });

  test('counts as failed what nobody takes', async () => {
    makeLab(join(folder, 'nothing-here'));
    await listener.close();
    await lab.want({ endpoint: endpoint(), ratePerSecond: 50, bursts: false });
    await until('failures are counted', () => lab.status().failed > 3);
  });

  test('starts a program that dies again, with pauses, and tells why', async () => {
    makeLab(script('echo "no luck" >&2; exit 7'));
    await lab.want({ endpoint: endpoint(), ratePerSecond: 5, bursts: false });
    await until('it died three times', () => troubles.length >= 3);
    expect(troubles[0]).toContain('code 7');
    expect(troubles[0]).toContain('no luck');
    await lab.want(null);
    const count = troubles.length;
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(troubles.length).toBe(count);
  });

  test('hands rate and bursts on, reads counts, and stops a program that does not listen', async () => {
    const said = join(folder, 'said');
    makeLab(
      script(`echo $$ > ${folder}/pid; echo "start $1" > ${said}
cat $MIMO_NOTIFY_CONFIG >> ${said}
echo '{"sent":41,"failed":1,"dropped":2}'
echo nonsense
while :; do read line && echo "$line" >> ${said}; done`),
    );
    await lab.want({ endpoint: endpoint(), ratePerSecond: 5, bursts: false });
    await until('counts are read', () => lab.status().sent === 41);
    expect(lab.status()).toMatchObject({ emitter: 'c', failed: 3 });
    await lab.want({ endpoint: endpoint(), ratePerSecond: 77, bursts: true });
    await until('it heard', () => readFileSync(said, 'utf8').includes('bursts on\n'));
    const text = readFileSync(said, 'utf8');
    expect(text).toContain('start 5\n');
    expect(text).toContain(endpoint());
    expect(text).toContain('bursts off\nrate 77\nbursts on\n');
    const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
    await lab.want(null);
    expect(isGone(pid)).toBe(true);
    expect(lab.status()).toMatchObject({ sent: 41, failed: 3 });
  });

  test.skipIf(!existsSync(C_EMITTER_PATH))(
    'runs the real C program: what it counts arrived, as a real program sends it',
    async () => {
      makeLab(C_EMITTER_PATH);
      await lab.want({ endpoint: endpoint(), ratePerSecond: 200, bursts: true });
      await until('events came', () => received.length > 150);
      await lab.want(null);
      // Its last line is printed before the library flushes what is queued at exit.
      expect(lab.status()).toMatchObject({ failed: 0 });
      expect(lab.status().sent).toBeGreaterThan(0);
      expect(lab.status().sent).toBeLessThanOrEqual(received.length);
      expect(Buffer.from(received[0]?.head ?? []).toString()).toContain('User-Agent: Go-http-client/1.1');
      expect(new Set(received.map((event) => event.event)).size).toBeGreaterThan(2);
      expect(troubles).toEqual([]);
    },
  );
});

test('made events are valid JSON with a name, whatever chance says', () => {
  fc.assert(
    fc.property(
      fc.boolean(),
      fc.array(fc.double({ min: 0, max: 0.999_999, noNaN: true }), { minLength: 8, maxLength: 8 }),
      (inBurst, draws) => {
        let at = 0;
        const { event, payload } = nextLabEvent(inBurst, () => draws[at++ % draws.length] ?? 0);
        expect(event).toMatch(/^[a-z_]+$/);
        if (payload !== null) expect(typeof JSON.parse(payload)).toBe('object');
      },
    ),
    { numRuns: 10_000 },
  );
});
