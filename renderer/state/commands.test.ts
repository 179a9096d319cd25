import { afterEach, expect, test } from 'vitest';
import { AssertionFailure } from '../../shared/assert.ts';
import { enterModal, registerCommands, useCommands } from './commands.ts';
import type { Command } from './commands.ts';

function command(id: string, keys: readonly string[] = []): Command {
  return { id, titleKey: 'command.palette', group: 'frame', keys, run: () => undefined };
}

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
  expect(useCommands.getState().commands).toEqual([]);
});

test('commands come and go with the part that brought them', () => {
  stops.push(registerCommands([command('a')]));
  const stop = registerCommands([command('b'), command('c')]);
  expect(useCommands.getState().commands.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  stop();
  stop();
  expect(useCommands.getState().commands.map(({ id }) => id)).toEqual(['a']);
});

test('an id or a key belongs to one command', () => {
  stops.push(registerCommands([command('a', ['Ctrl+K', 'x'])]));
  expect(() => registerCommands([command('a')])).toThrow(AssertionFailure);
  expect(() => registerCommands([command('b', ['x'])])).toThrow(AssertionFailure);
  expect(() => registerCommands([command('c', ['q']), command('d', ['q'])])).toThrow(AssertionFailure);
  expect(useCommands.getState().commands).toHaveLength(1);
});

test('dialogs are counted, each once', () => {
  const leaveFirst = enterModal();
  const leaveSecond = enterModal();
  expect(useCommands.getState().modalCount).toBe(2);
  leaveFirst();
  leaveFirst();
  expect(useCommands.getState().modalCount).toBe(1);
  leaveSecond();
  expect(useCommands.getState().modalCount).toBe(0);
});
