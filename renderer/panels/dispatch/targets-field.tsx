import { X } from 'lucide-react';
import { useState } from 'react';
import type { ReactElement } from 'react';
import type { TargetSet } from '../../../shared/contract/dispatch-targets.ts';
import { Button } from '../../components/button.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import { cellText } from '../../components/shown-text.ts';
import { TextInput } from '../../components/text-input.tsx';
import { coreText, saidFailure } from '../../i18n/core-text.ts';
import { formatCount } from '../../i18n/format-number.ts';
import { useText } from '../../i18n/i18n.ts';
import { useApi } from '../../state/api.ts';
import { TARGET_FIELD_CHARACTERS_MAX, drawCanary, takeTargets } from '../../state/dispatch-session.ts';
import {
  changeForm,
  chosenProfile,
  openDispatchDialog,
  setBase,
  setExclude,
  useDispatch,
} from '../../state/dispatch-slice.ts';
import { AgentsCheck } from './agents-check.tsx';
import styles from './dispatch-panel.module.css';
import { FileButton } from './file-button.tsx';
import { sayFailure } from './try-send.ts';

const INVALID_SHOWN_MAX = 20;

export function TargetsField(): ReactElement {
  const text = useText();
  const api = useApi();
  const targetsText = useDispatch((slice) => slice.form.targetsText);
  const excludeText = useDispatch((slice) => slice.form.excludeText);
  const set = useDispatch((slice) => slice.set);
  const suggested = useDispatch((slice) => chosenProfile(slice)?.suggestedTargets) ?? [];
  const take = (written: string, name: string): void =>
    void takeTargets(api, written, name).then((failure) => sayFailure(failure, text));
  const hasInvalid = set !== null && set.invalidCount > 0;
  return (
    <fieldset className={styles.group}>
      <legend className={styles.legend}>{text('dispatch:form.targets')}</legend>
      <Base />
      <label className={styles.label} htmlFor="dispatch-targets">
        {text('dispatch:form.paste')}
      </label>
      <textarea
        id="dispatch-targets"
        className={styles.area}
        spellCheck={false}
        placeholder={text('dispatch:form.pasteHint')}
        aria-describedby="dispatch-counts"
        aria-invalid={hasInvalid}
        value={targetsText}
        onPaste={(event) => {
          const pasted = event.clipboardData.getData('text/plain');
          if (pasted.length <= TARGET_FIELD_CHARACTERS_MAX) return;
          event.preventDefault();
          take(pasted, text('dispatch:form.pasted'));
        }}
        onChange={(event) => changeForm({ targetsText: event.target.value })}
      />
      <Counts />
      {hasInvalid ? <Invalid set={set} /> : null}
      <div className={styles.line}>
        <FileButton
          label={text('dispatch:form.file')}
          onFile={(bytes, name) => take(new TextDecoder().decode(bytes), name)}
        />
        <Button onClick={() => openDispatchDialog('senders')}>{text('dispatch:form.senders')}</Button>
        {suggested.length > 0 ? (
          <Button onClick={() => changeForm({ targetsText: suggested.join('\n') })}>
            {text('dispatch:form.labAgents')}
          </Button>
        ) : null}
        <Button look="quiet" disabled={targetsText === ''} onClick={() => changeForm({ targetsText: '' })}>
          {text('dispatch:form.clear')}
        </Button>
      </div>
      <div className={styles.line}>
        <label className={styles.lead} htmlFor="dispatch-exclude">
          {text('dispatch:form.exclude')}
        </label>
        <textarea
          id="dispatch-exclude"
          className={styles.area}
          data-short
          rows={1}
          spellCheck={false}
          placeholder={text('dispatch:form.excludeHint')}
          value={excludeText}
          onChange={(event) => changeForm({ excludeText: event.target.value })}
        />
      </div>
      <Excluded />
      <Canary key={set?.setId ?? ''} />
      <AgentsCheck />
    </fieldset>
  );
}

function Base(): ReactElement | null {
  const text = useText();
  const base = useDispatch((slice) => slice.base);
  if (base === null) return null;
  const { count } = base.set;
  const n = text('dispatch:library.targets', { count, n: formatCount(count) });
  const label = cellText(base.label);
  return (
    <>
      <p className={styles.line}>
        {text('dispatch:form.base', { label, n })}
        <IconButton
          icon={X}
          label={text('dispatch:form.baseRemove', { label })}
          onClick={() => setBase(null)}
        />
      </p>
      {base.set.invalidCount > 0 ? <Invalid set={base.set} /> : null}
    </>
  );
}

function Excluded(): ReactElement | null {
  const text = useText();
  const exclude = useDispatch((slice) => slice.exclude);
  if (exclude === null) return null;
  const { count } = exclude.set;
  const label = cellText(exclude.label);
  const n = text('dispatch:library.targets', { count, n: formatCount(count) });
  return (
    <p className={styles.line}>
      {text('dispatch:form.excludedSet', { label, n })}
      <IconButton
        icon={X}
        label={text('dispatch:form.excludedSetRemove', { label })}
        onClick={() => setExclude(null)}
      />
    </p>
  );
}

function Counts(): ReactElement {
  const text = useText();
  const set = useDispatch((slice) => slice.set);
  const failure = useDispatch((slice) => slice.targetsFailure);
  if (failure !== null) {
    return (
      <p id="dispatch-counts" role="status" className={styles.bad}>
        {text('dispatch:failed', saidFailure(failure))}
      </p>
    );
  }
  return (
    <p id="dispatch-counts" role="status" className={styles.line}>
      {set === null ? (
        <span className={styles.note}>{text('dispatch:form.noTargets')}</span>
      ) : (
        <CountsOf set={set} />
      )}
    </p>
  );
}

function CountsOf({ set }: { readonly set: TargetSet }): ReactElement {
  const text = useText();
  const forms = { agent: formatCount(set.agentForm), legacy: formatCount(set.legacyForm) };
  return (
    <>
      <span className={set.count > 0 ? styles.good : styles.note}>
        {text('dispatch:form.valid', { count: set.count, n: formatCount(set.count) })}
      </span>
      <span>{text('dispatch:form.duplicate', { n: formatCount(set.duplicates) })}</span>
      <span className={set.invalidCount > 0 ? styles.bad : undefined}>
        {text('dispatch:form.invalid', { n: formatCount(set.invalidCount) })}
      </span>
      {set.excluded === 0 ? null : (
        <span>{text('dispatch:form.excluded', { n: formatCount(set.excluded) })}</span>
      )}
      {set.legacyForm === 0 ? null : (
        <span className={styles.note}>{text('dispatch:form.forms', forms)}</span>
      )}
    </>
  );
}

function Invalid({ set }: { readonly set: TargetSet }): ReactElement {
  const text = useText();
  const shown = set.invalid.slice(0, INVALID_SHOWN_MAX);
  const more = set.invalidCount - shown.length;
  return (
    <ul
      className={styles.invalid}
      tabIndex={0}
      aria-label={text('dispatch:form.invalid', { n: set.invalidCount })}
    >
      {shown.map(({ line, text: written, reason }) => (
        <li key={`${line}-${written}`}>
          {text('dispatch:form.invalidLine', { line })}: <code>{cellText(written)}</code>{' '}
          {cellText(coreText(reason))}
        </li>
      ))}
      {more > 0 ? <li>{text('dispatch:form.invalidMore', { n: formatCount(more) })}</li> : null}
    </ul>
  );
}

/** Its key is the set: other targets, another draw. */
function Canary(): ReactElement {
  const text = useText();
  const api = useApi();
  const set = useDispatch((slice) => slice.set);
  const canary = useDispatch((slice) => slice.canary);
  const [typed, setTyped] = useState('');
  const draw = (): void => void drawCanary(api, Number(typed)).then((failure) => sayFailure(failure, text));
  return (
    <div className={styles.line}>
      <label className={styles.lead} htmlFor="dispatch-canary">
        {text('dispatch:form.canary')}
      </label>
      <TextInput
        id="dispatch-canary"
        inputMode="numeric"
        size={6}
        placeholder={text('dispatch:form.canaryHint')}
        aria-describedby="dispatch-canary-note"
        value={typed}
        onChange={(event) => setTyped(event.target.value.replaceAll(/\D/g, ''))}
      />
      <Button disabled={set === null || set.count < 2} onClick={draw}>
        {text('dispatch:form.draw')}
      </Button>
      <span id="dispatch-canary-note" role="status" className={styles.note}>
        {canary === null || set === null
          ? text('dispatch:form.canaryNote')
          : text('dispatch:form.canaryDrawn', { n: formatCount(canary.count), all: formatCount(set.count) })}
      </span>
    </div>
  );
}
