import { useRef } from 'react';
import type { KeyboardEvent, PointerEvent, ReactElement } from 'react';
import { useText } from '../../i18n/i18n.ts';
import {
  INSPECTOR_WIDTH_PX_MAX,
  INSPECTOR_WIDTH_PX_MIN,
  setInspectorWidth,
  useView,
} from './feed-view-slice.ts';
import styles from './feed-panel.module.css';

const KEY_STEP_PX = 24;

/** Between list and inspector; arrow keys move it, too. */
export function Splitter(): ReactElement {
  const text = useText();
  const widthPx = useView((slice) => slice.inspectorWidthPx);
  const start = useRef({ xPx: 0, widthPx: 0 });
  const onPointerDown = (event: PointerEvent<HTMLDivElement>): void => {
    event.currentTarget.setPointerCapture(event.pointerId);
    start.current = { xPx: event.clientX, widthPx };
  };
  const onPointerMove = (event: PointerEvent<HTMLDivElement>): void => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    setInspectorWidth(start.current.widthPx + start.current.xPx - event.clientX);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>): void => {
    const step = { ArrowLeft: KEY_STEP_PX, ArrowRight: -KEY_STEP_PX }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    setInspectorWidth(widthPx + step);
  };
  return (
    <div
      role="separator"
      aria-orientation="vertical"
      aria-label={text('feed:inspector.resize')}
      aria-valuenow={widthPx}
      aria-valuemin={INSPECTOR_WIDTH_PX_MIN}
      aria-valuemax={INSPECTOR_WIDTH_PX_MAX}
      tabIndex={0}
      className={styles.splitter}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onKeyDown={onKeyDown}
    />
  );
}
