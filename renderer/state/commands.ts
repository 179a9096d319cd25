/**
 * Every action of the page by name: the palette lists them, the keyboard map documents them, one handler
 * fires them.
 */
import { create } from 'zustand';
import { assert } from '../../shared/assert.ts';
import type { TextKey } from '../i18n/i18n.ts';

export const COMMAND_GROUPS = ['frame', 'feed', 'cache', 'dispatch', 'plugin', 'row', 'view'] as const;
export type CommandGroup = (typeof COMMAND_GROUPS)[number];

export interface Command {
  /** Stable, such as `feed.pause`. */
  readonly id: string;
  readonly titleKey: TextKey;
  /** Wire names that belong into the title, such as the label of a link. */
  readonly titleValues?: { readonly label?: string; readonly name?: string };
  readonly group: CommandGroup;
  /** Chords such as `Ctrl+K`, `?`, `Space`, `C`, or a sequence of two such as `g f`. */
  readonly keys: readonly string[];
  run(): void;
  isEnabled?(): boolean;
}

export interface CommandsSlice {
  readonly commands: readonly Command[];
  /** Open dialogs: while there is one, no page command fires. */
  readonly modalCount: number;
}

export const useCommands = create<CommandsSlice>(() => ({ commands: [], modalCount: 0 }));

/**
 * Ids and keys are unique among the registered. Returns the function that takes them away; calling it twice
 * is harmless.
 */
export function registerCommands(commands: readonly Command[]): () => void {
  const present = useCommands.getState().commands;
  for (const [index, command] of commands.entries()) {
    for (const other of [...present, ...commands.slice(0, index)]) {
      assert(other.id !== command.id, `command ${command.id} is registered twice`);
      const sharedKey = command.keys.find((key) => other.keys.includes(key));
      assert(sharedKey === undefined, `key ${sharedKey ?? ''} of ${command.id} belongs to ${other.id}`);
    }
  }
  useCommands.setState({ commands: [...present, ...commands] });
  const mine = new Set(commands);
  return () => {
    useCommands.setState(({ commands: all }) => ({ commands: all.filter((command) => !mine.has(command)) }));
  };
}

export function isCommandEnabled(command: Command): boolean {
  return command.isEnabled?.() ?? true;
}

/** A dialog calls this when it opens and the returned function when it closes. */
export function enterModal(): () => void {
  useCommands.setState(({ modalCount }) => ({ modalCount: modalCount + 1 }));
  let isOpen = true;
  return () => {
    if (!isOpen) return;
    isOpen = false;
    useCommands.setState(({ modalCount }) => ({ modalCount: modalCount - 1 }));
  };
}
