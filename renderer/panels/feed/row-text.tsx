import type { ReactElement } from 'react';
import { LINK_STATES } from '../../../shared/contract/app.ts';
import type { FailureCode } from '../../../shared/failure.ts';
import { LIMITS } from '../../../shared/limits.ts';
import type { EventRow } from '../../../shared/model/event.ts';
import { coreText } from '../../i18n/core-text.ts';
import { formatBytes, formatCount } from '../../i18n/format-number.ts';
import { type TimeZone, formatClock } from '../../i18n/format-time.ts';
import type { TextFunction } from '../../i18n/i18n.ts';
import styles from './feed-list.module.css';
import { ownNote, payloadPreview } from './row-content.ts';
import { cellText } from '../../components/shown-text.ts';

/** Codes a listener refuses with; the words for them are ours, so they are translated. */
const REFUSAL_CODES = [
  'E_HOST',
  'E_ORIGIN',
  'E_METHOD',
  'E_PATH',
  'E_MEDIA_TYPE',
  'E_BODY_TOO_LARGE',
  'E_BODY_EMPTY',
  'E_BODY_INCOMPLETE',
  'E_HTTP',
  'E_SLOW',
  'E_ENCODING',
  'E_JSON',
  'E_JSON_DEPTH',
  'E_JSON_NODES',
  'E_SHAPE',
  'E_TOKEN',
] as const satisfies readonly FailureCode[];

export function refusalReason(code: string, text: TextFunction): string {
  const known = REFUSAL_CODES.find((other) => other === code);
  return known === undefined ? '' : text(`feed:refusal.${known}`);
}

/** What a sender of MIMO events can do about it; '' for a code of another listener. */
export function refusalFix(code: string, text: TextFunction): string {
  const known = REFUSAL_CODES.find((other) => other === code);
  if (known === undefined) return '';
  return text(`feed:refusalFix.${known}`, {
    bytes: formatBytes(LIMITS.httpEventBodyBytesMax),
    depth: LIMITS.jsonDepthMax,
    nodes: formatCount(LIMITS.jsonNodesMax),
  });
}

/** The content column. The texts come from above: rows are drawn many times a second, and a hook has its price. */
export function RowText({ row, zone, text }: WordsProps): ReactElement {
  return (
    <>
      {row.kind === 'event' ? null : <span className={styles.kind}>{text(`feed:kind.${row.kind}`)}</span>}
      {row.simulated ? (
        <span className={styles.simulated} title={text('simulated')}>
          {text('feed:kind.simulated')}
        </span>
      ) : null}
      <Words row={row} zone={zone} text={text} />
    </>
  );
}

interface WordsProps {
  readonly row: EventRow;
  readonly zone: TimeZone;
  readonly text: TextFunction;
}

function Words({ row, zone, text }: WordsProps): ReactElement {
  switch (row.kind) {
    case 'event':
      return <>{cellText(row.source === 'mimo' ? payloadPreview(row.preview) : row.preview)}</>;
    case 'refused':
      return (
        <>
          <span className={styles.words}>{refusalReason(row.type, text)}</span> {cellText(row.preview)}
        </>
      );
    case 'gap':
    case 'notice':
      return <span className={styles.words}>{noteText(row, zone, text)}</span>;
  }
}

function noteText(row: EventRow, zone: TimeZone, text: TextFunction): string {
  // What was sent to a peer is a notice too, in the peer's own words.
  const note = row.source === 'gse' ? null : ownNote(row);
  if (note === null) return cellText(row.preview);
  const reason = cellText(coreText(note.reason));
  if (note.fromMs !== null && note.toMs !== null) {
    const values = { from: formatClock(note.fromMs, zone), to: formatClock(note.toMs, zone), reason };
    if (note.dropped === null) return text('feed:note.down', values);
    return text('feed:note.dropped', { ...values, count: note.dropped, n: formatCount(note.dropped) });
  }
  if (note.label === null) return reason;
  const about = `${cellText(coreText(note.label))}: ${stateText(note.state, text)}`;
  return reason === '' ? about : `${about} · ${reason}`;
}

function stateText(state: string | null, text: TextFunction): string {
  const known = LINK_STATES.find((other) => other === state);
  return known === undefined ? cellText(state ?? '') : text(`links.state.${known}`);
}
