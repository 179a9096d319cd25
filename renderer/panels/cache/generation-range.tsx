import type { KeyboardEvent, ReactElement } from 'react';
import type { GenerationHead } from '../../../shared/contract/snapshots.ts';
import { formatCount } from '../../i18n/format-number.ts';
import { formatClock } from '../../i18n/format-time.ts';
import { useText } from '../../i18n/i18n.ts';
import { showGeneration } from '../../state/cache-session.ts';
import { useSettings } from '../../state/settings-slice.ts';
import styles from './generation-head.module.css';

const STEP = 4;
const HEIGHT = 20;

/** All kept generations as bars, as tall as they brought changes, and a slider through them. */
export function GenerationRange({
  heads,
  shownNumber,
}: {
  readonly heads: readonly GenerationHead[];
  readonly shownNumber: number;
}): ReactElement {
  const text = useText();
  const zone = useSettings(({ settings }) => settings.timeZone);
  const found = heads.findIndex(({ number }) => number === shownNumber);
  const at = Math.max(0, found);
  const shown = heads[at];
  const peak = Math.max(1, ...heads.map((head, index) => (index === 0 ? 0 : changesOf(head))));
  const valueText =
    shown === undefined
      ? ''
      : text('cache:head.rangeValue', {
          number: shown.number,
          clock: formatClock(shown.takenAtMs, zone),
          items: formatCount(shown.items),
          added: shown.added,
          removed: shown.removed,
          changed: shown.changed,
        });
  return (
    <div className={styles.range} title={valueText}>
      <svg
        className={styles.bars}
        viewBox={`0 0 ${Math.max(1, heads.length) * STEP} ${HEIGHT}`}
        preserveAspectRatio="none"
        aria-hidden
      >
        {heads.map((head, index) => {
          const share = index === 0 ? 0 : Math.sqrt(changesOf(head) / peak);
          const height = 2 + share * (HEIGHT - 2);
          return (
            <rect
              key={head.number}
              className={styles.bar}
              data-shown={head.number === shownNumber}
              x={index * STEP + 0.5}
              y={HEIGHT - height}
              width={STEP - 1}
              height={height}
            />
          );
        })}
      </svg>
      <input
        type="range"
        className={styles.slider}
        aria-label={text('cache:head.range')}
        aria-valuetext={valueText}
        min={0}
        max={Math.max(0, heads.length - 1)}
        value={at}
        onKeyDown={keepArrows}
        onChange={(event) => {
          const head = heads[Number(event.target.value)];
          if (head !== undefined) showGeneration(head.number);
        }}
      />
    </div>
  );
}

function changesOf({ added, removed, changed }: GenerationHead): number {
  return added + removed + changed;
}

/** Arrows, Home and End move the slider; the page's commands must not take them. */
function keepArrows(event: KeyboardEvent): void {
  if (/^(?:Arrow|Page|Home|End)/.test(event.key)) event.stopPropagation();
}
