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
  let lastLine = '';
  let isWarned = false;
  const mimo: MimoLab = new MimoLab({
    folder,
    clock: SYSTEM_CLOCK,
    onChange: () => {
      const status = mimo.status();
      const line = `${status.emitter}: ${status.sent} sent, ${status.failed} failed`;
      if (line === lastLine) return;
      if (status.failed > 0 && status.sent === 0 && !isWarned)
        output.note(`Nothing arrives at ${endpoint} so far: does anybody listen there?`);
      isWarned ||= status.failed > 0;
      lastLine = line;
      output.json({ ...status, endpoint, ratePerSecond });
      output.line(line);
    },
    onTrouble: (reason) => output.note(reason),
  });
  try {
    await mimo.want({ endpoint, ratePerSecond, bursts });
    output.note(`emitting to ${endpoint}: ${mimo.status().reason}`);
    await until(signal, durationMs);
  } finally {
    await mimo.want(null);
    await rm(folder, { recursive: true, force: true });
  }
  const { sent, failed } = mimo.status();
  if (signal.aborted || failed === 0) return EXIT.ok;
  const code = sent === 0 ? 'E_PEER_GONE' : 'E_PEER_REFUSED';
  const fix = `Start the console (signalbox serve), or try one event: signalbox notify lab --endpoint ${endpoint}`;
  return output.failure({
    code,
    message: `${failed} of ${sent + failed} events did not reach ${endpoint}`,
    fix,
  });
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
