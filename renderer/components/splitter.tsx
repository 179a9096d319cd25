import { useRef } from 'react';
import type { KeyboardEvent, PointerEvent, ReactElement } from 'react';
import styles from './splitter.module.css';

const KEY_STEP_PX = 24;

export interface SplitterProps {
  readonly label: string;
  /** Width of what stands at the end side. */
  readonly widthPx: number;
  readonly widthPxMin: number;
  readonly widthPxMax: number;
  readonly onResize: (widthPx: number) => void;
}

/** At the start edge of a side panel; arrow keys move it, too. */
export function Splitter({ label, widthPx, widthPxMin, widthPxMax, onResize }: SplitterProps): ReactElement {
  const start = useRef({ xPx: 0, widthPx: 0 });
  const onPointerDown = (event: PointerEvent<HTMLDivElement>): void => {
    event.currentTarget.setPointerCapture(event.pointerId);
    start.current = { xPx: event.clientX, widthPx };
  };
  const onPointerMove = (event: PointerEvent<HTMLDivElement>): void => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    onResize(start.current.widthPx + start.current.xPx - event.clientX);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>): void => {
    const step = { ArrowLeft: KEY_STEP_PX, ArrowRight: -KEY_STEP_PX }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    onResize(widthPx + step);
  };
  return (
    <div
      role="separator"
      aria-orientation="vertical"
      aria-label={label}
      aria-valuenow={widthPx}
      aria-valuemin={widthPxMin}
      aria-valuemax={widthPxMax}
      tabIndex={0}
      className={styles.splitter}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onKeyDown={onKeyDown}
    />
  );
}
