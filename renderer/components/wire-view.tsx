import { memo, useEffect, useId, useRef, useState } from 'react';
import type { KeyboardEvent, PointerEvent, ReactElement } from 'react';
import { formatCount } from '../i18n/format-number.ts';
import { useText } from '../i18n/i18n.ts';
import { rowHeightPixels } from '../state/density.ts';
import { useSettings } from '../state/settings-slice.ts';
import { CopyButton } from './copy-button.tsx';
import { LINE_BYTES, hexLine, hexText, lineCount, offsetText } from './hex-lines.ts';
import { InspectorActs } from './inspector.tsx';
import { shownText } from './shown-text.ts';
import { useWindowing } from './use-windowing.ts';
import { type WireField, fieldAt } from './wire-field.ts';
import styles from './wire-view.module.css';

export interface WireViewProps {
  readonly bytes: Uint8Array;
  readonly fields: readonly WireField[];
  /** Bytes before this one are drawn paler: they belong to the head. */
  readonly bodyStart: number;
  /** Spoken: what the list of fields and the bytes are. */
  readonly fieldsLabel: string;
  readonly bytesLabel: string;
  /** Stands below while no field is shown. */
  readonly allText: string;
  /** Chosen and scrolled to when this changes. */
  readonly startId?: string | null;
}

/** Fields and bytes beside each other, each pointing at the other. */
export function WireView(props: WireViewProps): ReactElement {
  const { bytes, fields, bodyStart, startId = null } = props;
  const text = useText();
  const [chosenId, setChosenId] = useState<string | null>(startId);
  const [pointedId, setPointedId] = useState<string | null>(null);
  const shown = fields.find((field) => field.id === (pointedId ?? chosenId)) ?? null;
  const choose = (field: WireField | null): void => setChosenId(field?.id ?? null);
  const about =
    shown === null
      ? props.allText
      : text('feed:wire.range', {
          name: shownText(shown.name),
          from: shown.start,
          to: shown.end - 1,
          bytes: formatCount(shown.end - shown.start),
        });
  return (
    <div className={styles.wire}>
      <FieldList
        label={props.fieldsLabel}
        fields={fields}
        shown={shown}
        onChoose={choose}
        onPoint={setPointedId}
      />
      <Hex
        label={props.bytesLabel}
        bytes={bytes}
        bodyStart={bodyStart}
        fields={fields}
        shown={shown}
        followId={chosenId}
        onChoose={choose}
        onPoint={setPointedId}
      />
      <InspectorActs about={about}>
        <CopyButton
          value={() => hexText(bytes, shown?.start ?? 0, shown?.end ?? bytes.length)}
          label={text('feed:wire.copyHex')}
        />
      </InspectorActs>
    </div>
  );
}

interface FieldListProps {
  readonly label: string;
  readonly fields: readonly WireField[];
  readonly shown: WireField | null;
  readonly onChoose: (field: WireField | null) => void;
  readonly onPoint: (id: string | null) => void;
}

function FieldList({ label, fields, shown, onChoose, onPoint }: FieldListProps): ReactElement {
  const list = useRef<HTMLUListElement>(null);
  // Two frames may stand on one page.
  const id = useId();
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
    // Once: later the operator scrolls.
  }, []);
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const at = shown === null ? -1 : fields.indexOf(shown);
    const index = Math.min(fields.length - 1, Math.max(0, at + step));
    onPoint(null);
    onChoose(fields[index] ?? null);
    list.current?.children[index]?.scrollIntoView({ block: 'nearest' });
  };
  return (
    <ul
      ref={list}
      role="listbox"
      aria-label={label}
      tabIndex={0}
      aria-activedescendant={shown === null ? undefined : `${id}-${shown.id}`}
      className={styles.fields}
      onKeyDown={onKeyDown}
      onPointerLeave={() => onPoint(null)}
    >
      {fields.map((field) => (
        <li
          key={field.id}
          id={`${id}-${field.id}`}
          role="option"
          aria-selected={field === shown}
          data-group={field.group}
          className={styles.field}
          onPointerEnter={() => onPoint(field.id)}
          onPointerDown={() => onChoose(field)}
        >
          <span className={styles.fieldName}>{shownText(field.name)}</span>
          <span className={styles.fieldValue}>{shownText(field.value)}</span>
        </li>
      ))}
    </ul>
  );
}

interface HexProps {
  readonly label: string;
  readonly bytes: Uint8Array;
  readonly bodyStart: number;
  readonly fields: readonly WireField[];
  readonly shown: WireField | null;
  /** Scrolled to when it changes. */
  readonly followId: string | null;
  readonly onChoose: (field: WireField | null) => void;
  readonly onPoint: (id: string | null) => void;
}

function Hex({
  label,
  bytes,
  bodyStart,
  fields,
  shown,
  followId,
  onChoose,
  onPoint,
}: HexProps): ReactElement {
  const scroller = useRef<HTMLDivElement>(null);
  const lineHeightPx = useSettings(({ settings }) => rowHeightPixels(settings));
  const count = lineCount(bytes.length);
  const { range, onScroll, reveal } = useWindowing(scroller, lineHeightPx, count);
  useEffect(() => {
    const field = fields.find((other) => other.id === followId);
    if (field !== undefined)
      reveal(Math.floor(field.start / LINE_BYTES), Math.floor((field.end - 1) / LINE_BYTES));
  }, [fields, followId, reveal]);
  const fieldOf = (event: PointerEvent): WireField | null => {
    const at = event.target instanceof Element ? event.target.getAttribute('data-at') : null;
    return at === null ? null : fieldAt(fields, Number(at));
  };
  const lines: ReactElement[] = [];
  for (let line = range.from; line < range.to; line += 1) {
    lines.push(
      <HexLine
        key={line}
        bytes={bytes}
        line={line}
        topPx={line * lineHeightPx}
        heightPx={lineHeightPx}
        from={shown?.start ?? -1}
        to={shown?.end ?? -1}
        bodyStart={bodyStart}
      />,
    );
  }
  return (
    <div
      ref={scroller}
      role="region"
      aria-label={label}
      tabIndex={0}
      className={styles.hex}
      onScroll={onScroll}
      onPointerMove={(event) => onPoint(fieldOf(event)?.id ?? null)}
      onPointerLeave={() => onPoint(null)}
      onPointerDown={(event) => onChoose(fieldOf(event))}
    >
      <div className={styles.spacer} style={{ height: count * lineHeightPx }}>
        {lines}
      </div>
    </div>
  );
}

interface HexLineProps {
  readonly bytes: Uint8Array;
  readonly line: number;
  readonly topPx: number;
  readonly heightPx: number;
  readonly from: number;
  readonly to: number;
  readonly bodyStart: number;
}

const HexLine = memo(function HexLine({
  bytes,
  line,
  topPx,
  heightPx,
  from,
  to,
  bodyStart,
}: HexLineProps): ReactElement {
  const cells = hexLine(bytes, line);
  const style = { transform: `translateY(${topPx}px)`, height: heightPx, lineHeight: `${heightPx}px` };
  return (
    <div className={styles.hexLine} style={style}>
      <span className={styles.offset}>{offsetText(line * LINE_BYTES)}</span>
      <span className={styles.hexCells}>
        {cells.map(({ at, hex }) => (
          <span
            key={at}
            data-at={at}
            data-on={at >= from && at < to}
            data-part={at < bodyStart ? 'head' : 'body'}
          >
            {hex}
          </span>
        ))}
      </span>
      <span className={styles.ascii}>
        {cells.map(({ at, ascii }) => (
          <span
            key={at}
            data-at={at}
            data-on={at >= from && at < to}
            data-part={at < bodyStart ? 'head' : 'body'}
          >
            {ascii}
          </span>
        ))}
      </span>
    </div>
  );
});
