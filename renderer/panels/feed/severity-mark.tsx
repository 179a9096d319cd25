import { memo } from 'react';
import type { ReactElement } from 'react';
import type { Severity } from '../../../shared/model/event.ts';
import styles from './severity-mark.module.css';

/** One outline each, told apart without colour: ring, dot, triangle, diamond, octagon with a bar. */
const SHAPES: Readonly<Record<Severity, string>> = {
  debug: 'M6 3.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6Zm0 1.2a1.6 1.6 0 1 1 0 3.2 1.6 1.6 0 0 1 0-3.2Z',
  info: 'M6 3.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6Z',
  warn: 'M6 1.2 11.4 10.6H.6Z',
  error: 'M6 .6 11.4 6 6 11.4.6 6Z',
  critical: 'M3.7.5h4.6l3.2 3.2v4.6l-3.2 3.2H3.7L.5 8.3V3.7ZM2.6 5v2h6.8V5Z',
};

/** Severity names are values of the filter language, so they are not translated. */
export const SeverityMark = memo(function SeverityMark({
  severity,
}: {
  readonly severity: Severity;
}): ReactElement {
  return (
    <span className={styles.mark} data-severity={severity}>
      <svg aria-hidden viewBox="0 0 12 12" className={styles.shape}>
        <path d={SHAPES[severity]} fillRule="evenodd" />
      </svg>
      {severity}
    </span>
  );
});
