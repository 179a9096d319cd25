/** `signalbox lab`: the lab's emitter against any endpoint, without a console. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEndpoint } from '../../net/http-endpoint.ts';
import { MimoLab } from '../../lab/mimo-lab.ts';
import { SYSTEM_CLOCK } from '../../net/system-clock.ts';
import { EXIT } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Output } from './output.ts';

export interface LabCommandOptions {
  readonly endpoint: string;
  readonly ratePerSecond: number;
  readonly bursts: boolean;
  /** Null runs until the signal. */
  readonly durationMs: number | null;
  readonly output: Output;
  readonly signal: AbortSignal;
}

export async function lab(options: LabCommandOptions): Promise<ExitCode> {
  const { endpoint, ratePerSecond, bursts, durationMs, output, signal } = options;
  if (parseEndpoint(endpoint) === null) {
    const fix = 'Write it like http://127.0.0.1:9988/mimo/events.';
    return output.failure({ code: 'E_INPUT', message: `${endpoint} is no address to send to`, fix });
  }
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-lab-'));
  const mimo: MimoLab = new MimoLab({
    folder,
    clock: SYSTEM_CLOCK,
    onChange: () => {
      const status = mimo.status();
      output.json({ ...status, endpoint, ratePerSecond });
      output.line(`${status.emitter}: ${status.sent} sent, ${status.failed} failed`);
    },
    onTrouble: (reason) => output.note(reason),
  });
  try {
    await mimo.want({ endpoint, ratePerSecond, bursts });
    output.note(`emitting to ${endpoint}: ${mimo.status().reason}`);
    await until(signal, durationMs);
    await mimo.want(null);
  } finally {
    await mimo.want(null);
    await rm(folder, { recursive: true, force: true });
  }
  return EXIT.ok;
}

function until(signal: AbortSignal, durationMs: number | null): Promise<void> {
  return new Promise((resolve) => {
    const timer = durationMs === null ? null : setTimeout(resolve, durationMs);
    signal.addEventListener('abort', () => {
      if (timer !== null) clearTimeout(timer);
      resolve();
    });
    if (signal.aborted) resolve();
  });
}
