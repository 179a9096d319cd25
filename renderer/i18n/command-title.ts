import type { Command } from '../state/commands.ts';
import type { TextFunction } from './i18n.ts';

/** Title keys are known only as a union, so i18next cannot tell which of them take values; command.ts limits what may be passed. */
export function commandTitle(text: TextFunction, command: Pick<Command, 'titleKey' | 'titleValues'>): string {
  return String(text(command.titleKey, { label: '', name: '', ...command.titleValues } as never));
}
