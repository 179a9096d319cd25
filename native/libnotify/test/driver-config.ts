// A configuration file in a folder of its own and a driver that uses it, for the tests of libnotify.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Driver, type DriverEnd, type LibraryVariant } from './driver.ts';

/** A new folder below the system's temporary folder. Remove it with `removeFolder`. */
export function makeFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'libnotify-'));
}

/** Removes a folder of `makeFolder`; gone already is fine. */
export function removeFolder(path: string): Promise<void> {
  return rm(path, { recursive: true, force: true });
}

/**
 * Runs `body` with a driver whose configuration file holds `config` (text as it stands, or an object as
 * JSON). The process and the folder are gone afterwards, whatever happened. The driver is killed when
 * `body` throws, else it ends by exit().
 */
export async function withDriver(
  config: string | Uint8Array | Readonly<Record<string, unknown>>,
  body: (driver: Driver) => Promise<void>,
  variant: LibraryVariant = 'plain',
  env: Readonly<Record<string, string>> = {},
): Promise<DriverEnd> {
  const folder = await makeFolder();
  const file = join(folder, 'config.json');
  const isText = typeof config === 'string' || config instanceof Uint8Array;
  await writeFile(file, isText ? config : JSON.stringify(config));
  const driver = new Driver({ cwd: folder, variant, env: { MIMO_NOTIFY_CONFIG: file, ...env } });
  try {
    await body(driver);
    return await driver.end();
  } catch (error) {
    await driver.kill();
    throw error;
  } finally {
    await removeFolder(folder);
  }
}
