import type { ReactElement } from 'react';
import styles from './sparkline.module.css';
import { sparklinePath } from './sparkline-path.ts';

export interface SparklineProps {
  /** Oldest first. */
  readonly values: readonly number[];
  readonly width: number;
  readonly height: number;
  /** Spoken; without it the line is decoration beside a number. */
  readonly label?: string;
}

/** Its size is in sixteenths of a rem, so that it zooms with the text. */
export function Sparkline({ values, width, height, label }: SparklineProps): ReactElement {
  const named = label === undefined ? { 'aria-hidden': true } : { role: 'img', 'aria-label': label };
  return (
    <svg
      {...named}
      className={styles.sparkline}
      viewBox={`-1 -1 ${width + 2} ${height + 2}`}
      width={`${width / 16}rem`}
      height={`${height / 16}rem`}
      preserveAspectRatio="none"
    >
      <path d={sparklinePath(values, width, height)} fill="none" stroke="currentColor" strokeWidth="1.25" />
    </svg>
  );
}
