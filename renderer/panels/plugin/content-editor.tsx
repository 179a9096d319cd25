import type { ReactElement } from 'react';
import type { CallInput } from '../../../shared/contract/contract.ts';
import { CONTENT_MODES } from '../../../shared/contract/dispatch-templates.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { Choice } from '../../components/choice.tsx';
import { formatCount } from '../../i18n/format-number.ts';
import { useText } from '../../i18n/i18n.ts';
import { contentOfFile, usePlugin } from '../../state/plugin-slice.ts';
import { showToast } from '../../state/toasts.ts';
import { FileButton } from '../dispatch/file-button.tsx';
import styles from './send-pane.module.css';

type Content = CallInput<'plugin.send'>['content'];

export interface ContentEditorProps {
  readonly id: string;
  readonly content: Content;
  readonly onChange: (content: Content) => void;
}

/** Text, JSON, hex, base64 or a file, with the bytes it makes. */
export function ContentEditor({ id, content, onChange }: ContentEditorProps): ReactElement {
  const text = useText();
  const preview = usePlugin((slice) => slice.preview);
  const take = (next: Content): void => {
    if (next.text.length <= LIMITS.gseDraftCharactersMax) return onChange(next);
    showToast('bad', text('plugin:send.tooLong', { n: formatCount(LIMITS.gseDraftCharactersMax) }));
  };
  return (
    <>
      <div className={styles.line}>
        <Choice
          label={text('plugin:send.mode')}
          value={content.mode}
          options={CONTENT_MODES.map((mode) => ({ value: mode, label: text(`dispatch:form.modes.${mode}`) }))}
          onChoose={(mode) => onChange({ ...content, mode })}
        />
        <FileButton
          label={text('plugin:send.file')}
          onFile={(bytes) => take(contentOfFile(bytes, content))}
        />
      </div>
      <label className={styles.label} htmlFor={id}>
        {text('plugin:send.content')}
      </label>
      <textarea
        id={id}
        className={styles.area}
        spellCheck={false}
        maxLength={LIMITS.gseDraftCharactersMax}
        aria-describedby={`${id}-facts`}
        value={content.text}
        onChange={(event) => take({ ...content, text: event.target.value })}
      />
      <p id={`${id}-facts`} role="status" className={styles.line}>
        <span>{text('plugin:send.bytes', { n: formatCount(preview?.contentBytes ?? 0) })}</span>
        {preview === null ? null : (
          <span className={preview.utf8 ? styles.good : styles.warn}>
            {text(preview.utf8 ? 'plugin:send.utf8' : 'plugin:send.notUtf8')}
          </span>
        )}
      </p>
    </>
  );
}
