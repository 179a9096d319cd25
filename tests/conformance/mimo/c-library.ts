// The C library as a sender under test, in a process of its own for each start.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Driver } from '../../../native/libnotify/test/driver.ts';
import type { SenderUnderTest } from './sender-under-test.ts';

export const LIBRARY_SUFFIX = ' (C library)';

/**
 * Runs `use` with a driver whose configuration file holds `content`; process and folder are gone afterwards.
 */
export async function withLibrary<T>(
  content: Buffer | string,
  use: (driver: Driver) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-library-'));
  try {
    const file = join(folder, 'named.json');
    await writeFile(file, content);
    const driver = new Driver({ cwd: folder, env: { MIMO_NOTIFY_CONFIG: file } });
    try {
      return await use(driver);
    } finally {
      await driver.kill();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export const cLibrary: SenderUnderTest = {
  suffix: LIBRARY_SUFFIX,
  start: async (content) => {
    const folder = await mkdtemp(join(tmpdir(), 'signalbox-library-'));
    const file = join(folder, 'named.json');
    await writeFile(file, content);
    const driver = new Driver({ cwd: folder, env: { MIMO_NOTIFY_CONFIG: file } });
    return {
      notify: (event, payload) => driver.call(event, payload),
      lost: async () => {
        const { lost, droppedUnsendable } = await driver.stats();
        return lost + droppedUnsendable;
      },
      finish: async (timeoutMs) => {
        try {
          // What is still pending after this time is what the row is about, not an error.
          await driver.drained(timeoutMs).catch(() => undefined);
          await driver.kill();
        } finally {
          await rm(folder, { recursive: true, force: true });
        }
      },
    };
  },
};
