import type { ReactElement } from 'react';
import { CONTENT_MODES, NOT_UTF8_WAYS } from '../../../shared/contract/dispatch-templates.ts';
import { Choice } from '../../components/choice.tsx';
import { Switch } from '../../components/switch.tsx';
import { TextInput } from '../../components/text-input.tsx';
import { formatCount } from '../../i18n/format-number.ts';
import { useText } from '../../i18n/i18n.ts';
import { contentOfBytes } from '../../state/dispatch-form.ts';
import { changeForm, useDispatch } from '../../state/dispatch-slice.ts';
import styles from './dispatch-panel.module.css';
import { FileButton } from './file-button.tsx';
import { BUILT_IN_VARIABLES, VariablesField } from './variables-field.tsx';

export function ContentField(): ReactElement {
  const text = useText();
  const messageId = useDispatch((slice) => slice.form.messageId);
  const content = useDispatch((slice) => slice.form.content);
  return (
    <fieldset className={styles.group}>
      <legend className={styles.legend}>{text('dispatch:form.message')}</legend>
      <div className={styles.line}>
        <label className={styles.lead} htmlFor="dispatch-message-id">
          {text('dispatch:form.messageId')}
        </label>
        <TextInput
          id="dispatch-message-id"
          isData
          className={styles.wide}
          aria-describedby="dispatch-message-id-note"
          value={messageId}
          onChange={(event) => changeForm({ messageId: event.target.value })}
        />
      </div>
      <p id="dispatch-message-id-note" className={styles.note}>
        {text('dispatch:form.messageIdNote', { variables: BUILT_IN_VARIABLES })}
      </p>
      <div className={styles.line}>
        <Choice
          label={text('dispatch:form.mode')}
          value={content.mode}
          options={CONTENT_MODES.map((mode) => ({ value: mode, label: text(`dispatch:form.modes.${mode}`) }))}
          onChoose={(mode) => changeForm({ content: { ...content, mode } })}
        />
        <FileButton
          label={text('dispatch:form.contentFile')}
          onFile={(bytes) => changeForm({ content: contentOfBytes(bytes, content) })}
        />
      </div>
      <label className={styles.label} htmlFor="dispatch-content">
        {text('dispatch:form.content')}
      </label>
      <textarea
        id="dispatch-content"
        className={styles.area}
        spellCheck={false}
        aria-describedby="dispatch-content-facts"
        value={content.text}
        onChange={(event) => changeForm({ content: { ...content, text: event.target.value } })}
      />
      <ContentFacts />
      <VariablesField />
      <MultiSwitch />
    </fieldset>
  );
}

const AGENT_ID = '{{agent_id}}';

/** Only where contents differ: otherwise one content serves many agents anyway. */
function MultiSwitch(): ReactElement {
  const text = useText();
  const isOn = useDispatch((slice) => slice.form.multi);
  const differs = useDispatch((slice) => /\{\{\s*agent_id\s*\}\}/.test(slice.form.content.text));
  return (
    <div className={styles.multi}>
      <Switch
        label={text('dispatch:form.multi')}
        isOn={isOn}
        isDisabled={!differs && !isOn}
        onChange={(multi) => changeForm({ multi })}
      />
      <p className={styles.note}>
        {text(differs ? 'dispatch:form.multiNote' : 'dispatch:form.multiOff', { variable: AGENT_ID })}
      </p>
    </div>
  );
}

function ContentFacts(): ReactElement {
  const text = useText();
  const preview = useDispatch((slice) => slice.preview);
  const content = useDispatch((slice) => slice.form.content);
  const isBinary = content.mode === 'hex' || content.mode === 'base64';
  return (
    <>
      <p id="dispatch-content-facts" role="status" className={styles.line}>
        <span>{text('dispatch:form.bytes', { n: formatCount(preview?.contentBytes ?? 0) })}</span>
        {preview === null ? null : (
          <span className={preview.utf8 ? styles.good : styles.warn}>
            {text(preview.utf8 ? 'dispatch:form.utf8' : 'dispatch:form.notUtf8')}
          </span>
        )}
      </p>
      {isBinary || preview?.utf8 === false ? (
        <Choice
          label={text('dispatch:form.notUtf8Why')}
          value={content.notUtf8}
          options={NOT_UTF8_WAYS.map((way) => ({ value: way, label: text(`dispatch:form.ways.${way}`) }))}
          onChoose={(notUtf8) => changeForm({ content: { ...content, notUtf8 } })}
        />
      ) : null}
    </>
  );
}
