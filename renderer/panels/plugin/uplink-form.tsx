import type { ReactElement } from 'react';
import { Button } from '../../components/button.tsx';
import { KeyHint } from '../../components/key-hint.tsx';
import { TextInput } from '../../components/text-input.tsx';
import { coreText } from '../../i18n/core-text.ts';
import { formatCount } from '../../i18n/format-number.ts';
import { formatClock } from '../../i18n/format-time.ts';
import { useText } from '../../i18n/i18n.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { useApi } from '../../state/api.ts';
import { useHello } from '../../state/hello-slice.ts';
import { canSendUplink } from '../../state/plugin-session.ts';
import { changeUplink, takeNewId, usePlugin } from '../../state/plugin-slice.ts';
import { useSettings } from '../../state/settings-slice.ts';
import { ContentEditor } from './content-editor.tsx';
import { FramePreview } from './frame-preview.tsx';
import { sendOrStart } from './plugin-commands.ts';
import styles from './send-pane.module.css';

/** An uplink of one's own, or the answer to a line under the same id. */
export function UplinkForm(): ReactElement {
  const text = useText();
  const { messageId, replyTo, content } = usePlugin((slice) => slice.uplink);
  return (
    <div className={styles.form}>
      <div className={styles.fields}>
        <label className={styles.label} htmlFor="uplink-id">
          {text('plugin:send.messageId')}
        </label>
        <div className={styles.line}>
          <TextInput
            id="uplink-id"
            isData
            className={styles.wide}
            maxLength={LIMITS.gsePluginMessageIdCharactersMax}
            aria-describedby="uplink-id-note"
            value={messageId}
            onChange={(event) => changeUplink({ messageId: event.target.value, replyTo: null })}
          />
          <Button onClick={takeNewId}>{text('plugin:send.newId')}</Button>
        </div>
        <p id="uplink-id-note" className={replyTo === null ? styles.note : styles.replies}>
          {replyTo === null
            ? text('plugin:send.newIdNote')
            : text('plugin:send.replyNote', { n: formatCount(replyTo) })}
        </p>
        <ContentEditor
          id="uplink-content"
          content={content}
          onChange={(next) => changeUplink({ content: next })}
        />
        <FramePreview note={text('plugin:send.sequenceNote')} />
      </div>
      <SendBar />
    </div>
  );
}

function SendBar(): ReactElement {
  const text = useText();
  const api = useApi();
  const isReadOnly = useHello((slice) => slice.hello?.profile.readOnly === true);
  const isReady = usePlugin(canSendUplink) && !isReadOnly;
  return (
    <div className={styles.bar}>
      <Result />
      <Button look="primary" disabled={!isReady} onClick={() => sendOrStart(api, text)}>
        {text('plugin:send.send')} <KeyHint keys="Ctrl+Enter" />
      </Button>
    </div>
  );
}

function Result(): ReactElement {
  const text = useText();
  const result = usePlugin((slice) => slice.result);
  const zone = useSettings(({ settings }) => settings.timeZone);
  return (
    <p role="status" className={styles.result} data-outcome={result?.outcome}>
      {result === null
        ? ''
        : text(`plugin:send.${result.outcome}`, {
            bytes: formatCount(result.bytes),
            time: formatClock(result.atMs, zone),
            reason: coreText(result.reason),
          })}
    </p>
  );
}
