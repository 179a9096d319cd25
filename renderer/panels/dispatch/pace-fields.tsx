import type { ReactElement } from 'react';
import { ON_FAILURE, REPLY_MATCHES } from '../../../shared/contract/dispatch.ts';
import { Choice } from '../../components/choice.tsx';
import { TextInput } from '../../components/text-input.tsx';
import { formatCount } from '../../i18n/format-number.ts';
import { useText } from '../../i18n/i18n.ts';
import { NUMBER_FIELDS, isReplyMatch, numberOf } from '../../state/dispatch-form.ts';
import type { NumberField } from '../../state/dispatch-form.ts';
import { changeForm, useDispatch } from '../../state/dispatch-slice.ts';
import styles from './dispatch-panel.module.css';

/** Batches, steps, what happens after a failure, and how long replies are awaited. */
export function PaceFields(): ReactElement {
  const text = useText();
  const rolling = useDispatch((slice) => slice.form.rolling);
  const onFailure = useDispatch((slice) => slice.form.onFailure);
  return (
    <fieldset className={styles.group}>
      <legend className={styles.legend}>{text('dispatch:form.pace')}</legend>
      <div className={styles.numbers}>
        <NumberInput field="batchSize" />
        <NumberInput field="concurrency" />
        <NumberInput field="delayMs" />
        <NumberInput field="replySeconds" />
        <label className={styles.number}>
          {text('dispatch:form.rolling')}
          <TextInput
            isData
            placeholder={text('dispatch:form.rollingHint')}
            aria-describedby="dispatch-rolling-note"
            value={rolling}
            onChange={(event) => changeForm({ rolling: event.target.value })}
          />
        </label>
      </div>
      <p id="dispatch-rolling-note" className={styles.note}>
        {text('dispatch:form.rollingNote')}
      </p>
      <p className={styles.note}>{text('dispatch:form.replyNote')}</p>
      <Choice
        label={text('dispatch:form.onFailure')}
        value={onFailure}
        options={ON_FAILURE.map((way) => ({ value: way, label: text(`dispatch:form.onFailures.${way}`) }))}
        onChoose={(way) => changeForm({ onFailure: way })}
      />
      <ReplyMatch />
    </fieldset>
  );
}

/** Which uplinks make a target "replied". */
function ReplyMatch(): ReactElement {
  const text = useText();
  const match = useDispatch((slice) => slice.form.replyMatch);
  const isBad = !isReplyMatch(match);
  return (
    <div className={styles.line}>
      <Choice
        label={text('dispatch:form.replyMatch')}
        value={match.kind}
        options={REPLY_MATCHES.map((kind) => ({
          value: kind,
          label: text(`dispatch:form.replyMatches.${kind}`),
        }))}
        onChoose={(kind) => changeForm({ replyMatch: { kind, text: kind === 'any' ? '' : match.text } })}
      />
      {match.kind === 'any' ? null : (
        <TextInput
          isData
          className={styles.wide}
          aria-label={text(`dispatch:form.replyMatches.${match.kind}`)}
          aria-invalid={isBad}
          placeholder={match.kind === 'member' ? 'code=0' : 'done'}
          value={match.text}
          onChange={(event) => changeForm({ replyMatch: { kind: match.kind, text: event.target.value } })}
        />
      )}
      {isBad && match.kind !== 'any' ? (
        <span className={styles.bad}>{text(`dispatch:form.replyMatchBad.${match.kind}`)}</span>
      ) : null}
    </div>
  );
}

function NumberInput({ field }: { readonly field: NumberField }): ReactElement {
  const text = useText();
  const typed = useDispatch((slice) => slice.form[field]);
  const isBad = numberOf(field, typed) === null;
  const { min, max } = NUMBER_FIELDS[field];
  return (
    <label className={styles.number}>
      {text(`dispatch:form.${field}`)}
      <TextInput
        inputMode="numeric"
        aria-invalid={isBad}
        value={typed}
        onChange={(event) => changeForm({ [field]: event.target.value })}
      />
      {isBad ? (
        <span className={styles.bad}>
          {text('dispatch:form.numberBad', { min: formatCount(min), max: formatCount(max) })}
        </span>
      ) : null}
    </label>
  );
}
