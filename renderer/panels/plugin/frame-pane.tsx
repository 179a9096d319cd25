import { Reply, X } from 'lucide-react';
import { useMemo } from 'react';
import type { ReactElement } from 'react';
import type { TrafficRow } from '../../../shared/contract/plugin.ts';
import type { EventDetail } from '../../../shared/model/event.ts';
import { Button } from '../../components/button.tsx';
import { Choice } from '../../components/choice.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import { KeyHint } from '../../components/key-hint.tsx';
import { shownText } from '../../components/shown-text.ts';
import { WireView } from '../../components/wire-view.tsx';
import type { WireField } from '../../components/wire-field.ts';
import { saidFailure } from '../../i18n/core-text.ts';
import { formatCount } from '../../i18n/format-number.ts';
import { useText } from '../../i18n/i18n.ts';
import { rowOf } from '../../state/plugin-session.ts';
import { pickRow, replyTo, showShape, usePlugin } from '../../state/plugin-slice.ts';
import { prettyJson } from '../../state/pretty-json.ts';
import { agentFrameFields, reportAnswerFields } from '../feed/agent-frame-fields.ts';
import { joinBytes } from '../feed/wire-fields.ts';
import styles from './frame-pane.module.css';

const SHAPES = ['text', 'lines', 'wire'] as const;

/** The chosen line whole: its content, or every field of its frame beside the bytes. */
export function FramePane(): ReactElement {
  const text = useText();
  const row = usePlugin(rowOf);
  const shape = usePlugin((slice) => slice.shape);
  const detail = usePlugin((slice) => slice.detail);
  return (
    <section className={styles.frame} aria-label={text('plugin:frame.label')}>
      <div className={styles.head}>
        <Choice
          label={text('plugin:frame.shape')}
          value={shape}
          options={SHAPES.map((value) => ({ value, label: text(`plugin:frame.shapes.${value}`) }))}
          onChoose={showShape}
        />
        <span className={styles.acts}>
          {row?.state === 'received' ? (
            <Button disabled={row.isIdCut} onClick={() => replyTo(row)}>
              <Reply aria-hidden size="1em" />
              {text('plugin:frame.reply')} <KeyHint keys="r" />
            </Button>
          ) : null}
          <IconButton
            icon={X}
            label={text('plugin:frame.close')}
            keys="Escape"
            onClick={() => pickRow(null)}
          />
        </span>
      </div>
      {detail.state === 'loading' ? <p className={styles.note}>{text('loading')}</p> : null}
      {detail.state === 'lost' ? <p role="alert">{text('plugin:frame.lost')}</p> : null}
      {detail.state === 'failed' ? (
        <p role="alert">{text('dispatch:failed', saidFailure(detail.failure))}</p>
      ) : null}
      {detail.state === 'here' && row !== undefined ? <Bytes row={row} detail={detail.detail} /> : null}
    </section>
  );
}

function Bytes({ row, detail }: { readonly row: TrafficRow; readonly detail: EventDetail }): ReactElement {
  const text = useText();
  const shape = usePlugin((slice) => slice.shape);
  const bytes = useMemo(() => joinBytes(detail.head, detail.body), [detail]);
  const fields = useMemo(() => fieldsOf(row, bytes), [row, bytes]);
  // What was skipped has no content of its own: its bytes are all there is. Numbers of reports are no frame.
  if (fields.length > 0 && (shape === 'wire' || row.state === 'skipped'))
    return (
      <WireView
        key={row.n}
        bytes={bytes}
        fields={fields}
        bodyStart={row.state === 'skipped' ? 28 : detail.head.length}
        fieldsLabel={text('plugin:frame.fields')}
        bytesLabel={text('plugin:frame.bytes')}
        allText={text('plugin:frame.all', { bytes: formatCount(bytes.length) })}
      />
    );
  if (detail.body.length === 0) return <p className={styles.note}>{text('plugin:frame.empty')}</p>;
  const said = new TextDecoder().decode(detail.body);
  const isLines = shape !== 'text';
  const isJson = isLines && isJsonText(said);
  return (
    <div className={styles.body} tabIndex={0} role="region" aria-label={text('plugin:traffic.content')}>
      {isLines && !isJson ? <p className={styles.note}>{text('plugin:frame.notJson')}</p> : null}
      <pre>{shownText(isJson ? prettyJson(said) : said)}</pre>
    </div>
  );
}

function fieldsOf({ socket, state }: TrafficRow, bytes: Uint8Array): readonly WireField[] {
  if (socket === 'message') return agentFrameFields(bytes);
  return state === 'skipped' ? reportAnswerFields(bytes) : [];
}

function isJsonText(said: string): boolean {
  try {
    JSON.parse(said);
    return true;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return false;
  }
}
