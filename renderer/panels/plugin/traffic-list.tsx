import { ArrowDown, ArrowUp, CircleHelp, X } from 'lucide-react';
import { useEffect, useLayoutEffect, useRef } from 'react';
import type { CSSProperties, PointerEvent, ReactElement } from 'react';
import type { PluginView, TrafficRow } from '../../../shared/contract/plugin.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { Button } from '../../components/button.tsx';
import { classNames } from '../../components/class-names.ts';
import { EmptyState } from '../../components/empty-state.tsx';
import grid from '../../components/grid.module.css';
import { cellText } from '../../components/shown-text.ts';
import { useWindowing } from '../../components/use-windowing.ts';
import { coreText } from '../../i18n/core-text.ts';
import { formatCount } from '../../i18n/format-number.ts';
import { formatClock } from '../../i18n/format-time.ts';
import { useText } from '../../i18n/i18n.ts';
import { rowHeightPixels } from '../../state/density.ts';
import { fieldTerm, narrow, setFilter } from '../../state/feed-filter.ts';
import { follow, waitingRows } from '../../state/plugin-session.ts';
import { pickRow, replyTo, usePlugin } from '../../state/plugin-slice.ts';
import { useSettings } from '../../state/settings-slice.ts';
import { showView } from '../../state/view-slice.ts';
import styles from './traffic-list.module.css';

type GridStyle = CSSProperties & { '--grid-row-height': string };
const COLUMNS = ['n', 'time', 'state', 'id', 'bytes', 'content'] as const;
const MARKS = { received: ArrowDown, skipped: X, sent: ArrowUp, not_sent: X, unknown: CircleHelp } as const;

/** Follows only at the end: whoever scrolls up or chooses a line has it stand still. */
export function TrafficList({ view }: { readonly view: PluginView }): ReactElement {
  const text = useText();
  const scroller = useRef<HTMLDivElement>(null);
  const heightPx = useSettings(({ settings }) => rowHeightPixels(settings));
  const rows = usePlugin((slice) => slice.rows);
  const chosen = usePlugin((slice) => slice.chosen);
  const isFollowing = usePlugin((slice) => slice.isFollowing);
  const { range, onScroll, reveal } = useWindowing(scroller, heightPx, rows.length);
  useLayoutEffect(() => {
    const node = scroller.current;
    if (node !== null && isFollowing) node.scrollTop = node.scrollHeight;
  }, [rows, isFollowing]);
  useEffect(() => {
    const index = usePlugin.getState().rows.findIndex(({ n }) => n === chosen);
    if (index >= 0) reveal(index);
  }, [chosen, reveal]);
  const onScrolled = (): void => {
    onScroll();
    const node = scroller.current;
    if (node === null || rows.length === 0) return;
    const isAtEnd = node.scrollTop + node.clientHeight >= node.scrollHeight - heightPx / 2;
    if (!isAtEnd) follow(false);
  };
  const onPointerDown = (event: PointerEvent<HTMLDivElement>): void => {
    const at = event.target instanceof Element ? event.target.closest('[data-n]') : null;
    const n = at?.getAttribute('data-n');
    if (event.button !== 0 || n === null || n === undefined) return;
    follow(false);
    pickRow(Number(n));
  };
  const style: GridStyle = { '--grid-row-height': `${heightPx}px` };
  return (
    <div className={styles.lines}>
      <div
        ref={scroller}
        role="grid"
        aria-label={text('plugin:traffic.label')}
        aria-rowcount={rows.length + 1}
        aria-activedescendant={chosen === null ? undefined : `traffic-${chosen}`}
        tabIndex={0}
        className={classNames(grid.grid, styles.grid)}
        style={style}
        onScroll={onScrolled}
        onPointerDown={onPointerDown}
        onDoubleClick={() => {
          const row = usePlugin.getState().rows.find(({ n }) => n === chosen);
          if (row !== undefined) replyTo(row);
        }}
      >
        <div role="row" aria-rowindex={1} className={grid.head}>
          {COLUMNS.map((column) => (
            <div key={column} role="columnheader" className={grid.headCell} data-column={column}>
              {text(`plugin:traffic.${column}`)}
            </div>
          ))}
        </div>
        <div role="rowgroup" className={grid.spacer} style={{ height: rows.length * heightPx }}>
          {rows.slice(range.from, range.to).map((row, index) => (
            <Line
              key={row.n}
              row={row}
              index={range.from + index}
              heightPx={heightPx}
              isChosen={row.n === chosen}
            />
          ))}
        </div>
      </div>
      <Pill />
      {rows.length > 0 ? null : (
        <div className={styles.over}>
          <EmptyState title={text('plugin:traffic.none')}>
            {text(view.wanted ? 'plugin:traffic.noneWhy' : 'plugin:traffic.noneOff', {
              name: cellText(view.plugin.pluginName),
            })}
          </EmptyState>
        </div>
      )}
      <Foot view={view} />
    </div>
  );
}

interface LineProps {
  readonly row: TrafficRow;
  readonly index: number;
  readonly heightPx: number;
  readonly isChosen: boolean;
}

function Line({ row, index, heightPx, isChosen }: LineProps): ReactElement {
  const text = useText();
  const zone = useSettings(({ settings }) => settings.timeZone);
  const Mark = MARKS[row.state];
  const said = [coreText(row.detail), row.preview].filter((part) => part !== '').join(' · ');
  return (
    <div
      id={`traffic-${row.n}`}
      role="row"
      data-n={row.n}
      data-state={row.state}
      aria-rowindex={index + 2}
      aria-selected={isChosen}
      className={grid.row}
      style={{ transform: `translateY(${index * heightPx}px)` }}
    >
      <div role="gridcell" className={grid.cell} data-column="n">
        {formatCount(row.n)}
      </div>
      <div role="gridcell" className={grid.cell}>
        {formatClock(row.atMs, zone)}
      </div>
      <div role="gridcell" className={grid.cell} data-column="state">
        <Mark aria-hidden size="1em" />{' '}
        {isRun(row) ? text('plugin:traffic.reports') : text(`plugin:traffic.states.${row.state}`)}
        {row.auto ? ` · ${text('plugin:traffic.auto')}` : ''}
      </div>
      <div role="gridcell" className={grid.cell} title={cellText(row.messageId)}>
        {cellText(row.messageId)}
        {row.isIdCut ? '…' : ''}
      </div>
      <div role="gridcell" className={grid.cell} data-column="bytes">
        {formatCount(row.bytes)}
      </div>
      <div role="gridcell" className={grid.cell} title={cellText(said)}>
        {row.detail === '' ? null : <span className={styles.detail}>{cellText(coreText(row.detail))} </span>}
        {cellText(row.preview)}
      </div>
    </div>
  );
}

/** Not a frame, but the numbers of a run of reports. */
function isRun({ socket, state }: TrafficRow): boolean {
  return socket === 'report' && state !== 'skipped';
}

/** What came in while the list stands still. */
function Pill(): ReactElement | null {
  const text = useText();
  const isFollowing = usePlugin((slice) => slice.isFollowing);
  const waiting = usePlugin(waitingRows);
  if (isFollowing || waiting === 0) return null;
  return (
    <div className={styles.pill}>
      <Button onClick={() => follow(true)}>
        {text('plugin:traffic.follow', { n: formatCount(waiting) })}
      </Button>
    </div>
  );
}

/** Where the rest is. */
function Foot({ view }: { readonly view: PluginView }): ReactElement {
  const text = useText();
  return (
    <p className={styles.foot}>
      <span>{text('plugin:traffic.kept', { n: formatCount(LIMITS.gsePluginTrafficRowsMax) })}</span>
      <Button
        look="quiet"
        onClick={() => {
          setFilter('');
          narrow(fieldTerm('link', `gse-plugin-${view.plugin.id}`), false);
          showView('feed');
        }}
      >
        {text('plugin:traffic.feed')}
      </Button>
    </p>
  );
}
