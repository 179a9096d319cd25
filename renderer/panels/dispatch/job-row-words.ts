/** The words of a job's rows, looked up once for all of them: hundreds of rows a second scroll by. */
import { OUTCOMES, type Outcome } from '../../../shared/contract/dispatch-jobs.ts';
import type { TextFunction } from '../../i18n/i18n.ts';

export interface RowWords {
  readonly outcome: Readonly<Record<Outcome, string>>;
  readonly otherUplink: string;
  readonly pick: (id: string) => string;
  readonly openAgent: (id: string) => string;
  readonly openReply: (id: string) => string;
  readonly afterMs: (n: string) => string;
}

/** Stands in no text. */
const MARK = '\u0000';

export function rowWordsOf(text: TextFunction): RowWords {
  return {
    outcome: Object.fromEntries(
      OUTCOMES.map((outcome) => [outcome, text(`dispatch:outcome.${outcome}`)]),
    ) as Record<Outcome, string>,
    otherUplink: text('dispatch:job.otherUplink'),
    pick: around(text('dispatch:job.pick', { id: MARK })),
    openAgent: around(text('dispatch:job.openAgent', { id: MARK })),
    openReply: around(text('dispatch:job.openReply', { id: MARK })),
    afterMs: around(text('dispatch:job.afterMs', { n: MARK })),
  };
}

function around(said: string): (value: string) => string {
  const [before = '', after = ''] = said.split(MARK);
  return (value) => before + value + after;
}
