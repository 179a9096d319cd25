import { parseFilter } from '../../../shared/filter/parse.ts';
import { filterErrorText } from '../../i18n/filter-error-text.ts';
import type { TextFunction } from '../../i18n/i18n.ts';

/** The first fault of a filter text in words, or null. */
export function filterProblem(filter: string, text: TextFunction): string | null {
  const parsed = parseFilter(filter);
  const [error] = parsed.ok ? [] : parsed.errors;
  if (error === undefined) return null;
  return text('settings.rules.filterInvalid', {
    position: String(error.span.start + 1),
    message: filterErrorText(error, text),
  });
}
