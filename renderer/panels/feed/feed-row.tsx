import { memo } from 'react';
import type { ReactElement } from 'react';
import type { Settings } from '../../../shared/contract/app.ts';
import type { EventRow } from '../../../shared/model/event.ts';
import { classNames } from '../../components/class-names.ts';
import grid from '../../components/grid.module.css';
import { formatClock, formatDate } from '../../i18n/format-time.ts';
import type { TextFunction } from '../../i18n/i18n.ts';
import type { ColumnName } from './columns.ts';
import styles from './feed-list.module.css';
import { RowText } from './row-text.tsx';
import { SeverityMark } from './severity-mark.tsx';
import { cellText } from '../../components/shown-text.ts';

export interface FeedRowProps {
  readonly row: EventRow;
  readonly index: number;
  readonly topPx: number;
  readonly columns: readonly ColumnName[];
  readonly isSelected: boolean;
  readonly isBookmarked: boolean;
  readonly colour: string | null;
  readonly mark: string;
  readonly ruleName: string;
  readonly zone: Settings['timeZone'];
  /** Rows of another day show theirs. */
  readonly today: string;
  readonly text: TextFunction;
}

export function rowElementId(seq: number): string {
  return `feed-row-${seq}`;
}

/** One row; everything in it is text. Its element is used again for other rows, so it keeps no state. */
export const FeedRow = memo(function FeedRow(props: FeedRowProps): ReactElement {
  const { row, index, topPx, columns } = props;
  return (
    <div
      role="row"
      id={rowElementId(row.seq)}
      data-seq={row.seq}
      data-kind={row.kind}
      data-severity={row.severity}
      data-colour={props.colour ?? undefined}
      aria-rowindex={index + 2}
      aria-selected={props.isSelected}
      className={classNames(grid.row, styles.row)}
      style={{ transform: `translateY(${topPx}px)` }}
    >
      <div role="gridcell" className={styles.marks}>
        <span
          className={styles.bookmark}
          title={props.isBookmarked ? props.text('feed:list.bookmarked') : undefined}
        >
          {props.isBookmarked ? '⚑' : ''}
        </span>
        <span className={styles.ruleMark} title={props.ruleName}>
          {props.mark}
        </span>
      </div>
      {columns.map((column) => (
        <div key={column} role="gridcell" className={classNames(grid.cell, styles.cell)} data-column={column}>
          <Cell column={column} {...props} />
        </div>
      ))}
    </div>
  );
});

function Cell({
  column,
  row,
  zone,
  today,
  text,
}: FeedRowProps & { readonly column: ColumnName }): ReactElement | string {
  switch (column) {
    case 'time':
      return rowTime(row.receivedAtMs, zone, today);
    case 'sev':
      return <SeverityMark severity={row.severity} />;
    case 'src':
      return row.source;
    case 'type':
      return cellText(row.type);
    case 'host':
      return cellText(row.host);
    case 'id':
      return cellText(row.id);
    case 'preview':
      return <RowText row={row} zone={zone} text={text} />;
  }
}

function rowTime(ms: number, zone: Settings['timeZone'], today: string): string {
  const date = formatDate(ms, zone);
  const clock = formatClock(ms, zone);
  return date === today ? clock : `${date.slice(5)} ${clock}`;
}
