/** A folder for every test of a file, and what the test opened there: closed last first, then removed, however the test ended. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';

export interface TestPlace {
  /** Of the test that runs. */
  readonly folder: string;
  /** Closes it after the test. */
  keep<T extends { close(): unknown }>(thing: T): T;
}

/** For the top level of a test file. `prefix` begins the folder's name. */
export function testPlace(prefix: string): TestPlace {
  let folder = '';
  const kept: { close(): unknown }[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), prefix));
  });
  afterEach(async () => {
    for (const thing of kept.splice(0).reverse()) await thing.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    get folder() {
      return folder;
    },
    keep(thing) {
      kept.push(thing);
      return thing;
    },
  };
}
