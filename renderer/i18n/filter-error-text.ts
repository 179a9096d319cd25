import type { FilterError } from '../../shared/filter/filter-error.ts';
import type { TextFunction } from './i18n.ts';

/** The parser's own words are English; a language may say it with words of its own. */
export function filterErrorText(error: FilterError, text: TextFunction): string {
  const words = `${error.message}${/[.?!]$/.test(error.message) ? '' : '.'} ${error.fix}`;
  return text(`feed:filter.error.${error.code}`, {
    words,
    subject: error.subject,
    choices: error.choices.join(', '),
  });
}
