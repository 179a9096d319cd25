/** Two servers start at the same moment, a hundred times: one owns the name and serves, the other says so (docs/THREATS.md D3). */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { NetipcBench } from '../kit/netipc-process.ts';
import { addon } from '../kit/netipc-raw.ts';

const RACES = 100;
const CHILD = join(import.meta.dirname, 'netipc-child.ts');
const HEAD_START_MS = 4;

class Racer {
  private readonly child: ChildProcessByStdio<Writable, Readable, null>;
  private readonly lines: AsyncIterator<string>;

  constructor(folder: string) {
    this.child = spawn(process.execPath, [CHILD, 'race', folder], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.lines = createInterface(this.child.stdout)[Symbol.asyncIterator]();
  }
  async next(): Promise<string> {
    const line = await this.lines.next();
    return line.done === true ? 'ended' : line.value;
  }
  say(line: string): void {
    this.child.stdin.write(`${line}\n`);
  }
  async end(): Promise<void> {
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await gone;
  }
}

const bench = new NetipcBench();
const racers: Racer[] = [];
afterEach(async () => {
  for (const racer of racers) await racer.end();
  await bench.close();
});

describe.skipIf(process.platform !== 'linux')('two servers that start at once', () => {
  it('never both own the name, and never neither', async () => {
    const native = addon();
    const path = join(bench.folder, 'increment.sock');
    racers.push(new Racer(bench.folder), new Racer(bench.folder));
    for (const racer of racers) expect(await racer.next()).toBe('ready');
    for (let race = 0; race < RACES; race += 1) {
      // Every other time a dead server's socket lies there, which both find and want to remove.
      if (race % 2 === 1) native.seqpacketClose(native.seqpacketListen(path, 1));
      const moment = String(Date.now() + HEAD_START_MS);
      for (const racer of racers) racer.say(moment);
      const said = await Promise.all(racers.map((racer) => racer.next()));
      expect(said.toSorted()).toEqual(['E_ADDRESS_IN_USE', 'won']);
      await bench.goodClient();
      for (const racer of racers) racer.say('stop');
      for (const racer of racers) expect(await racer.next()).toBe('stopped');
      expect(readdirSync(bench.folder).filter((name) => name.endsWith('.sock'))).toEqual([]);
    }
  });
});
