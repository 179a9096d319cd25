import type { ReactElement } from 'react';
import type { Outcome } from '../../../shared/contract/dispatch-jobs.ts';
import styles from './outcome-mark.module.css';

/** Each outcome has its own shape; the word stands beside it. Drawn as paths in a box of 12 by 12. */
const SHAPES: Readonly<Record<Outcome, ReactElement>> = {
  waiting: (
    <circle cx="6" cy="6" r="4" fill="none" stroke="currentColor" strokeWidth="1.5" strokeDasharray="2 2" />
  ),
  in_flight: <path d="M2 6h7M6 2.5 9.5 6 6 9.5" fill="none" stroke="currentColor" strokeWidth="2" />,
  ok: <path d="M1.5 6.5 4.5 9.5 10.5 2.5" fill="none" stroke="currentColor" strokeWidth="2" />,
  replied: <circle cx="6" cy="6" r="4.5" fill="currentColor" />,
  silent: <path d="M6 1 11 6 6 11 1 6Z" fill="none" stroke="currentColor" strokeWidth="1.8" />,
  failed: <path d="M2 2 10 10M10 2 2 10" fill="none" stroke="currentColor" strokeWidth="2.6" />,
  unknown: (
    <path
      d="M3.5 4a2.5 2.5 0 1 1 3.5 2.3Q6 6.8 6 8M6 9.6V11"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.8"
    />
  ),
  not_sent: <path d="M2 6H10" fill="none" stroke="currentColor" strokeWidth="2" />,
  cancelled: (
    <path d="M2.6 2.6 9.4 9.4M6 1.5a4.5 4.5 0 1 0 .1 0" fill="none" stroke="currentColor" strokeWidth="1.5" />
  ),
};

export interface OutcomeMarkProps {
  readonly outcome: Outcome;
  readonly word: string;
}

export function OutcomeMark({ outcome, word }: OutcomeMarkProps): ReactElement {
  return (
    <span className={styles.mark} data-outcome={outcome}>
      <svg className={styles.shape} viewBox="0 0 12 12" aria-hidden>
        {SHAPES[outcome]}
      </svg>
      {word}
    </span>
  );
}
