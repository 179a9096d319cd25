import { TriangleAlert } from 'lucide-react';
import type { ReactElement } from 'react';
import type { FeedPulse } from '../../../shared/contract/feed.ts';
import { Button } from '../../components/button.tsx';
import { classNames } from '../../components/class-names.ts';
import { Popover } from '../../components/popover.tsx';
import { formatAgo } from '../../i18n/format-age.ts';
import { formatCount } from '../../i18n/format-number.ts';
import { useText } from '../../i18n/i18n.ts';
import { useNow } from '../../state/now.ts';
import { ledgerSums, usePulse } from '../../state/pulse-slice.ts';
import type { LedgerSums } from '../../state/pulse-slice.ts';
import styles from './ledger.module.css';

const COLUMNS = ['received', 'stored', 'refused', 'dropped'] as const;

/**
 * What became of every message: the sums in the bar, one line a source when opened. Amber when anything was
 * dropped.
 */
export function Ledger(): ReactElement {
  const text = useText();
  const pulse = usePulse((slice) => slice.pulse);
  if (pulse === null) return <span className={styles.none}>{text('loading')}</span>;
  const sums = ledgerSums(pulse.ledger);
  return (
    <Popover title={text('ledger.title')} trigger={<LedgerButton sums={sums} atMs={pulse.atMs} />}>
      <LedgerTable pulse={pulse} sums={sums} />
      <p className={styles.note}>{text('ledger.note')}</p>
      {sums.dropped > 0 ? <p className={styles.warning}>{text('ledger.droppedWhy')}</p> : null}
    </Popover>
  );
}

function LedgerButton({
  sums,
  atMs,
  ...rest
}: {
  readonly sums: LedgerSums;
  readonly atMs: number;
}): ReactElement {
  const text = useText();
  const age = useAge(atMs);
  return (
    <Button {...rest} look="quiet" className={classNames(styles.button, sums.dropped > 0 && styles.dropped)}>
      <span className="visually-hidden">{text('ledger.title')}:</span>
      {sums.dropped > 0 ? <TriangleAlert aria-hidden size="1em" /> : null}
      {COLUMNS.map((column) => (
        <span key={column} className={styles.figure}>
          <span className={styles.word}>{text(`ledger.${column}`)}</span> {formatCount(sums[column])}
        </span>
      ))}
      <span className={styles.age}>{age}</span>
    </Button>
  );
}

function LedgerTable({
  pulse,
  sums,
}: {
  readonly pulse: FeedPulse;
  readonly sums: LedgerSums;
}): ReactElement {
  const text = useText();
  const age = useAge(pulse.atMs);
  const lines = pulse.ledger.filter((line) => line.received > 0);
  return (
    <table className={styles.table}>
      <caption className={styles.caption}>{text('ledger.age', { age })}</caption>
      <thead>
        <tr>
          <th scope="col">{text('ledger.source')}</th>
          {COLUMNS.map((column) => (
            <th key={column} scope="col">
              {text(`ledger.${column}`)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {lines.length === 0 ? (
          <tr>
            <td colSpan={COLUMNS.length + 1}>{text('ledger.empty')}</td>
          </tr>
        ) : null}
        {lines.map((line) => (
          <LedgerRow key={line.source} name={line.source} isData sums={line} />
        ))}
      </tbody>
      <tfoot>
        <LedgerRow name={text('ledger.total')} sums={sums} />
      </tfoot>
    </table>
  );
}

interface LedgerRowProps {
  readonly name: string;
  readonly isData?: boolean;
  readonly sums: LedgerSums;
}

function LedgerRow({ name, isData = false, sums }: LedgerRowProps): ReactElement {
  return (
    <tr>
      <th scope="row" className={classNames(isData && styles.data)}>
        {name}
      </th>
      {COLUMNS.map((column) => (
        <td key={column} className={classNames(column === 'dropped' && sums.dropped > 0 && styles.warning)}>
          {formatCount(sums[column])}
        </td>
      ))}
    </tr>
  );
}

function useAge(atMs: number): string {
  const text = useText();
  return useNow((slice) => formatAgo(slice.nowMs - atMs, text));
}
