import type { ReactElement } from 'react';
import type { FieldName } from '../../../shared/filter/ast.ts';
import type { EventDetail } from '../../../shared/model/event.ts';
import { DraftInput } from '../frame/draft-input.tsx';
import { noteBookmark } from './feed-acts.ts';
import { refusalPlace, refusedLine, type RefusalPlace } from './refusal.ts';
import { refusalFix, refusalReason } from './row-text.tsx';
import { cellText, shownText } from '../../components/shown-text.ts';
import { classNames } from '../../components/class-names.ts';
import { Button } from '../../components/button.tsx';
import { formatAge } from '../../i18n/format-age.ts';
import { formatBytes, formatCount } from '../../i18n/format-number.ts';
import { formatTime } from '../../i18n/format-time.ts';
import { type TextFunction, useText } from '../../i18n/i18n.ts';
import { useApi } from '../../state/api.ts';
import { fieldTerm, narrow } from '../../state/feed-filter.ts';
import { useFeed } from '../../state/feed-slice.ts';
import { useSettings } from '../../state/settings-slice.ts';
import { jumpTo } from '../../state/time-slice.ts';
import styles from './inspector.module.css';

/** As the contract has it. */
const NOTE_CHARACTERS_MAX = 500;

interface Line {
  readonly label: string;
  readonly value: string;
  /** Field of the filter language that holds this value. */
  readonly field: FieldName | null;
  readonly raw: string;
}

/** The fields of the row, each of which can narrow the feed. */
export function InspectorSummary({ detail }: { readonly detail: EventDetail }): ReactElement {
  const text = useText();
  const zone = useSettings(({ settings }) => settings.timeZone);
  const { row } = detail;
  const line = (name: FieldName, raw: string, value = shownText(raw)): Line => ({
    label: text(`feed:summary.${name}`),
    value,
    field: name,
    raw,
  });
  const lines: Line[] = [
    line('src', row.source),
    line('kind', row.kind),
    line('sev', row.severity),
    line('type', row.type),
    line('host', row.host),
    line('id', row.id),
    line('link', row.link),
    line('peer', row.peer),
    { label: text('feed:summary.bytes'), value: bytesText(row.bodyBytes), field: null, raw: '' },
    { label: text('feed:summary.seq'), value: formatCount(row.seq), field: null, raw: '' },
  ].filter((item) => item.value !== '');
  return (
    <dl className={styles.summary}>
      <dt>{text('feed:summary.received')}</dt>
      <dd className={styles.data}>
        {formatTime(row.receivedAtMs, zone)}{' '}
        <Button look="inline" onClick={() => jumpTo(row.receivedAtMs)}>
          {text('feed:summary.goThere')}
        </Button>
      </dd>
      <SentLine detail={detail} />
      {lines.map((item) => (
        <SummaryLine key={item.label} line={item} />
      ))}
      <BookmarkLine seq={row.seq} />
      {row.kind === 'refused' ? <RefusalLines detail={detail} /> : null}
    </dl>
  );
}

/** Why it was refused, the very place, and what the sender can do. */
function RefusalLines({ detail }: { readonly detail: EventDetail }): ReactElement {
  const text = useText();
  const { row } = detail;
  const place = refusalPlace(detail);
  const came = refusedLine(detail);
  const fix = row.source === 'mimo' ? refusalFix(row.type, text) : '';
  return (
    <>
      <dt>{text('feed:summary.why')}</dt>
      <dd className={classNames(styles.data, styles.bad)}>
        {refusalReason(row.type, text)} {place === null ? null : placeText(place, text)}
      </dd>
      {came === '' ? null : (
        <>
          <dt>{text('feed:summary.came')}</dt>
          <dd className={styles.data}>{shownText(came)}</dd>
        </>
      )}
      {fix === '' ? null : (
        <>
          <dt>{text('feed:summary.fix')}</dt>
          <dd>{fix}</dd>
        </>
      )}
    </>
  );
}

function placeText(place: RefusalPlace, text: TextFunction): string {
  if (place.kind !== 'at') return text(`feed:refusalPlace.${place.kind}`);
  return text('feed:refusalPlace.at', { offset: formatCount(place.offset), near: cellText(place.near) });
}

/** When it was marked, and a note to type. */
function BookmarkLine({ seq }: { readonly seq: number }): ReactElement | null {
  const text = useText();
  const api = useApi();
  const zone = useSettings(({ settings }) => settings.timeZone);
  const bookmark = useFeed((slice) => slice.bookmarks.get(seq));
  if (bookmark === undefined) return null;
  return (
    <>
      <dt>{text('feed:summary.bookmark')}</dt>
      <dd className={styles.data}>
        {formatTime(bookmark.atMs, zone)}{' '}
        <DraftInput
          key={seq}
          label={text('feed:bookmark.note')}
          placeholder={text('feed:bookmark.note')}
          value={bookmark.note}
          isDisabled={false}
          problem={(typed) =>
            typed.length > NOTE_CHARACTERS_MAX ? text('feed:bookmark.long', { n: NOTE_CHARACTERS_MAX }) : null
          }
          onCommit={(note) => void noteBookmark(api, seq, note, text)}
        />
      </dd>
    </>
  );
}

function bytesText(bytes: number): string {
  return bytes < 1_024 ? formatBytes(bytes) : `${formatBytes(bytes)} (${formatCount(bytes)} B)`;
}

/** The sender's own clock beside ours; a large difference is worth knowing. */
function SentLine({ detail }: { readonly detail: EventDetail }): ReactElement | null {
  const text = useText();
  const zone = useSettings(({ settings }) => settings.timeZone);
  const { sentAtS, receivedAtMs } = detail.row;
  if (sentAtS === null) return null;
  const sentAtMs = sentAtS * 1_000;
  // The sender's stamp has whole seconds: less than that is no difference.
  const skewMs = Math.abs(receivedAtMs - sentAtMs) < 2_000 ? 0 : receivedAtMs - sentAtMs;
  const isShowable = Math.abs(sentAtMs) <= 8.64e15;
  return (
    <>
      <dt>{text('feed:summary.sent')}</dt>
      <dd className={styles.data}>
        {isShowable ? formatTime(sentAtMs, zone) : String(sentAtS)}
        {skewMs === 0 || !isShowable ? null : (
          <span className={styles.note}>
            {' '}
            {text(skewMs > 0 ? 'feed:summary.earlier' : 'feed:summary.later', {
              age: formatAge(Math.abs(skewMs), text),
            })}
          </span>
        )}
      </dd>
    </>
  );
}

function SummaryLine({ line }: { readonly line: Line }): ReactElement {
  const text = useText();
  const { field, raw, value, label } = line;
  return (
    <>
      <dt>{label}</dt>
      <dd className={styles.data}>
        <span className={styles.summaryValue}>{value}</span>
        {field === null ? null : (
          <span className={styles.acts}>
            <Button look="inline" onClick={() => narrow(fieldTerm(field, raw), false)}>
              {text('feed:only')}
            </Button>
            <Button look="inline" onClick={() => narrow(fieldTerm(field, raw), true)}>
              {text('feed:exclude')}
            </Button>
          </span>
        )}
      </dd>
    </>
  );
}
