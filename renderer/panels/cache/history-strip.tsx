import type { ReactElement } from 'react';
import type { HistoryMark } from '../../state/cache-book.ts';
import { useText } from '../../i18n/i18n.ts';
import styles from './history-strip.module.css';

const STEP = 2;
const HEIGHT = 14;
/** In the inspector there is room. */
const LARGE = 2.5;
const BAR = { 0: 1.5, 1: 5, 2: 10 } as const;

export interface HistoryStripProps {
  readonly marks: readonly HistoryMark[];
  readonly isLarge?: boolean;
}

/**
 * Oldest left: a tall bar there and on, a low one there and off, a dot not there; a tick above it where
 * something changed. Three paths, however many marks.
 */
export function HistoryStrip({ marks, isLarge = false }: HistoryStripProps): ReactElement {
  const text = useText();
  const width = Math.max(1, marks.length) * STEP;
  const scale = isLarge ? LARGE : 1;
  const here: string[] = [];
  const absent: string[] = [];
  const changes: string[] = [];
  let present = 0;
  let changed = 0;
  marks.forEach(({ presence, isChange }, index) => {
    const x = index * STEP + 1;
    if (presence !== null) (presence === 0 ? absent : here).push(`M${x} ${HEIGHT}v-${BAR[presence]}`);
    if (isChange) changes.push(`M${x} 0v3`);
    if (presence !== null && presence > 0) present += 1;
    if (isChange) changed += 1;
  });
  return (
    <svg
      role="img"
      aria-label={text('cache:grid.history', { n: marks.length, present, changed })}
      className={styles.strip}
      viewBox={`0 0 ${width} ${HEIGHT}`}
      width={`${(width * scale) / 16}rem`}
      height={`${(HEIGHT * scale) / 16}rem`}
      preserveAspectRatio="none"
    >
      <path className={styles.here} d={here.join('')} />
      <path className={styles.absent} d={absent.join('')} />
      <path className={styles.change} d={changes.join('')} />
    </svg>
  );
}
