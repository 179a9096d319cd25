import { useRef } from 'react';
import type { KeyboardEvent, PointerEvent, ReactElement } from 'react';
import { classNames } from '../../components/class-names.ts';
import grid from '../../components/grid.module.css';
import { useText } from '../../i18n/i18n.ts';
import {
  type SizedColumn,
  WIDTH_REM_MAX,
  WIDTH_REM_MIN,
  resetColumn,
  resizeColumn,
  shownColumns,
  useColumns,
} from './columns.ts';
import styles from './feed-list.module.css';

const KEY_STEP_REM = 0.5;

export function FeedHead(): ReactElement {
  const text = useText();
  const used = useColumns((slice) => slice.used);
  return (
    <div role="row" aria-rowindex={1} className={classNames(grid.head, styles.head)}>
      <div role="columnheader" className={classNames(grid.headCell, styles.headCell)}>
        <span className="visually-hidden">{text('feed:column.marks')}</span>
      </div>
      {shownColumns(used).map((column) => (
        <div
          key={column}
          role="columnheader"
          className={classNames(grid.headCell, styles.headCell)}
          data-column={column}
        >
          {text(`feed:column.${column}`)}
          {column === 'preview' ? null : <Grip column={column} label={text(`feed:column.${column}`)} />}
        </div>
      ))}
    </div>
  );
}

function rootFontPx(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
}

/** Drag, or arrow keys; a double click gives the usual width back. */
function Grip({ column, label }: { readonly column: SizedColumn; readonly label: string }): ReactElement {
  const text = useText();
  const widthRem = useColumns((slice) => slice.widthsRem[column]);
  const start = useRef({ xPx: 0, widthRem: 0 });
  const onPointerDown = (event: PointerEvent<HTMLSpanElement>): void => {
    event.currentTarget.setPointerCapture(event.pointerId);
    start.current = { xPx: event.clientX, widthRem };
    event.preventDefault();
  };
  const onPointerMove = (event: PointerEvent<HTMLSpanElement>): void => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    resizeColumn(column, start.current.widthRem + (event.clientX - start.current.xPx) / rootFontPx());
  };
  const onKeyDown = (event: KeyboardEvent<HTMLSpanElement>): void => {
    const step = { ArrowLeft: -KEY_STEP_REM, ArrowRight: KEY_STEP_REM }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    resizeColumn(column, widthRem + step);
  };
  return (
    <span
      role="separator"
      aria-orientation="vertical"
      aria-label={text('feed:column.resize', { column: label })}
      aria-valuenow={Math.round(widthRem * 10) / 10}
      aria-valuemin={WIDTH_REM_MIN}
      aria-valuemax={WIDTH_REM_MAX}
      tabIndex={0}
      className={styles.grip}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onKeyDown={onKeyDown}
      onDoubleClick={() => resetColumn(column)}
    />
  );
}
