import type { Command } from '../state/commands.ts';
import type { TextFunction } from './i18n.ts';

/**
 * Which keys take values is known to i18next only for one key at a time, so the call is told in plainer
 * types.
 */
type PlainText = (key: Command['titleKey'], values: Readonly<Record<string, string>>) => string;

export function commandTitle(text: TextFunction, command: Pick<Command, 'titleKey' | 'titleValues'>): string {
  const plain = text as PlainText;
  return plain(command.titleKey, { label: '', name: '', ...command.titleValues });
}
