import { useMemo } from 'react';
import type { ReactElement } from 'react';
import { CopyButton } from '../../components/copy-button.tsx';
import { shownText } from '../../components/shown-text.ts';
import { WireView } from '../../components/wire-view.tsx';
import { coreText, saidFailure } from '../../i18n/core-text.ts';
import { formatCount } from '../../i18n/format-number.ts';
import { useText } from '../../i18n/i18n.ts';
import { usePlugin } from '../../state/plugin-slice.ts';
import { sentences } from '../dispatch/sentences.ts';
import { agentFrameFields, isAgentFrame, reportFrameFields } from '../feed/agent-frame-fields.ts';
import styles from './send-pane.module.css';

/** The frame as it would go out, what speaks against it, and the same as a command line. */
export function FramePreview({ note }: { readonly note: string }): ReactElement | null {
  const text = useText();
  const preview = usePlugin((slice) => slice.preview);
  const failure = usePlugin((slice) => slice.previewFailure);
  const isDue = usePlugin((slice) => slice.isPreviewDue);
  const bytes = preview?.bytes ?? null;
  const fields = useMemo(() => {
    if (bytes === null) return [];
    return isAgentFrame(bytes) ? agentFrameFields(bytes) : reportFrameFields(bytes);
  }, [bytes]);
  if (failure !== null)
    return <p className={styles.fault}>{text('plugin:send.failed', saidFailure(failure))}</p>;
  if (preview === null || bytes === null) return null;
  const { fault, warnings, totalBytes, cli } = preview;
  return (
    <div className={styles.preview} data-due={isDue}>
      {fault === null ? null : (
        <p className={styles.fault}>
          {text('plugin:send.cannot', {
            why: sentences(text('plugin:send.failed', saidFailure(fault)), coreText(fault.fix)),
          })}
        </p>
      )}
      {warnings.map((warning) => (
        <p key={warning} className={styles.warning}>
          {text('plugin:send.warning', { what: coreText(warning) })}
        </p>
      ))}
      <h3 className={styles.heading}>{text('plugin:send.frame', { n: formatCount(totalBytes) })}</h3>
      <p className={styles.note}>
        {note}{' '}
        {bytes.length < totalBytes ? text('plugin:send.frameCut', { n: formatCount(bytes.length) }) : ''}
      </p>
      <div className={styles.wire}>
        <WireView
          bytes={bytes}
          fields={fields}
          bodyStart={bytes.length - Math.min(preview.contentBytes, bytes.length)}
          fieldsLabel={text('plugin:send.fields')}
          bytesLabel={text('plugin:send.frameBytes')}
          allText={text('plugin:frame.all', { bytes: formatCount(bytes.length) })}
        />
      </div>
      <div className={styles.line}>
        <h3 className={styles.heading}>{text('plugin:send.cli')}</h3>
        <span className={styles.spring} />
        <CopyButton value={() => cli} />
      </div>
      <pre className={styles.code} tabIndex={0}>
        {shownText(cli)}
      </pre>
    </div>
  );
}
