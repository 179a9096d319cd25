// The two senders behind one face: the TypeScript one and the C library. Both read a real configuration file.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../../electron/protocols/mimo/config-search.ts';
import { MimoSender } from '../../../electron/protocols/mimo/sender.ts';
import { SYSTEM_CLOCK as clock } from '../../../electron/net/system-clock.ts';

export interface RunningSender {
  /** The return code of the C function. */
  notify(event: Buffer | null, payload: Buffer | null): Promise<number>;
  /** Waits until nothing is queued, at most `timeoutMs`, then stops the sender. */
  finish(timeoutMs: number): Promise<void>;
  /** How many accepted events were given up. */
  lost(): Promise<number>;
}

export interface SenderUnderTest {
  /** Stands behind the id of a case; '' for the TypeScript sender. */
  readonly suffix: string;
  start(config: Buffer | string): Promise<RunningSender>;
}

/** Runs `use` with a path to a file of this text in a folder that is gone afterwards. */
export async function withFile<T>(
  content: Buffer | string,
  use: (path: string, folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-vectors-'));
  try {
    const path = join(folder, 'notify_config.json');
    await writeFile(path, content);
    return await use(path, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export const typeScriptSender: SenderUnderTest = {
  suffix: '',
  start: (content) =>
    withFile(content, async (path, folder) => {
      const loaded = await loadConfig({ variable: path, workingFolder: folder, root: folder });
      const sender = loaded.ok ? new MimoSender(loaded.value.config, clock) : null;
      return {
        notify: async (event, payload) => (sender?.notify(event, payload).accepted === true ? 0 : -1),
        finish: async (timeoutMs) => {
          await sender?.flush(timeoutMs);
          await sender?.close();
        },
        lost: async () => sender?.counters().lost ?? 0,
      };
    }),
};
