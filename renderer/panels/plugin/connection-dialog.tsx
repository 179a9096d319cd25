import { useState } from 'react';
import type { FormEvent, ReactElement } from 'react';
import { ANSWER_MODES } from '../../../shared/contract/plugin.ts';
import type { Failure } from '../../../shared/failure.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { Button } from '../../components/button.tsx';
import { Choice } from '../../components/choice.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Field } from '../../components/field.tsx';
import { Switch } from '../../components/switch.tsx';
import { cellText } from '../../components/shown-text.ts';
import { TextInput } from '../../components/text-input.tsx';
import { profileName, saidFailure } from '../../i18n/core-text.ts';
import { formatCount } from '../../i18n/format-number.ts';
import { useText } from '../../i18n/i18n.ts';
import { useApi } from '../../state/api.ts';
import { useDispatch } from '../../state/dispatch-slice.ts';
import { useHello } from '../../state/hello-slice.ts';
import { isPlace, pluginOfForm, type PluginForm } from '../../state/plugin-form.ts';
import { savePlugin } from '../../state/plugin-session.ts';
import { changePluginForm, editPlugin, shownPlugin, usePlugin } from '../../state/plugin-slice.ts';
import { wholeNumber } from '../../state/whole-number.ts';
import { sentences } from '../dispatch/sentences.ts';
import styles from './connection-dialog.module.css';

const FORM_ID = 'plugin-form';

/** One connection: which plugin, on which sockets, in which manner. */
export function ConnectionDialog(): ReactElement {
  const text = useText();
  const api = useApi();
  const form = usePlugin((slice) => slice.form);
  const isWanted = usePlugin((slice) => form?.isNew === false && shownPlugin(slice)?.wanted === true);
  const isReadOnly = useHello((slice) => slice.hello?.profile.readOnly === true);
  const [failure, setFailure] = useState<Failure | null>(null);
  const close = (): void => {
    setFailure(null);
    editPlugin(null);
  };
  const save = (isConnecting: boolean): void =>
    void savePlugin(api, isConnecting).then((found) => setFailure(found));
  const isGood = form !== null && pluginOfForm(form) !== null && !isReadOnly;
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault();
    if (isGood) save(!isWanted);
  };
  return (
    <Dialog
      isOpen={form !== null}
      onClose={close}
      title={text(form?.isNew === false ? 'plugin:dialog.titleEdit' : 'plugin:dialog.titleNew')}
      footer={
        <>
          <span className={styles.remembered}>{text('plugin:dialog.remembered')}</span>
          {isWanted ? null : (
            <Button disabled={!isGood} onClick={() => save(false)}>
              {text('plugin:dialog.save')}
            </Button>
          )}
          <Button look="primary" type="submit" form={FORM_ID} disabled={!isGood}>
            {text(isWanted ? 'plugin:dialog.save' : 'plugin:dialog.saveConnect')}
          </Button>
        </>
      }
    >
      {form === null ? null : (
        <form id={FORM_ID} className={styles.form} onSubmit={onSubmit}>
          {failure === null ? null : (
            <p role="alert" className={styles.error}>
              {sentences(text('plugin:send.failed', saidFailure(failure)), saidFailure(failure).fix)}
            </p>
          )}
          <Identity form={form} />
          <Places form={form} />
          <Manner form={form} />
          <Answer form={form} />
        </form>
      )}
    </Dialog>
  );
}

function Identity({ form }: { readonly form: PluginForm }): ReactElement {
  const text = useText();
  return (
    <>
      <Field label={text('plugin:dialog.pluginName')} note={text('plugin:dialog.pluginNameNote')}>
        {(control) => (
          <TextInput
            {...control}
            isData
            maxLength={200}
            value={form.pluginName}
            onChange={(event) => changePluginForm({ pluginName: event.target.value })}
          />
        )}
      </Field>
      <Field label={text('plugin:dialog.version')}>
        {(control) => (
          <TextInput
            {...control}
            isData
            maxLength={200}
            value={form.pluginVersion}
            onChange={(event) => changePluginForm({ pluginVersion: event.target.value })}
          />
        )}
      </Field>
    </>
  );
}

function Places({ form }: { readonly form: PluginForm }): ReactElement {
  const text = useText();
  const hasNone = form.messageAt === '' && form.reportAt === '';
  const wrongOf = (place: string): string | undefined =>
    isPlace(place) ? undefined : text('plugin:dialog.placeBad');
  return (
    <>
      <Field
        label={text('plugin:dialog.messageAt')}
        note={text('plugin:dialog.messageNote')}
        error={
          wrongOf(form.messageAt) ?? (hasNone && !form.isNew ? text('plugin:dialog.placeNone') : undefined)
        }
      >
        {(control) => (
          <TextInput
            {...control}
            isData
            className={styles.path}
            placeholder="/var/run/gse2/agent/ipc.state.message"
            value={form.messageAt}
            onChange={(event) => changePluginForm({ messageAt: event.target.value.trim() })}
          />
        )}
      </Field>
      <Field
        label={text('plugin:dialog.reportAt')}
        note={text('plugin:dialog.reportNote')}
        error={wrongOf(form.reportAt)}
      >
        {(control) => (
          <TextInput
            {...control}
            isData
            className={styles.path}
            placeholder="/var/run/gse2/agent/ipc.state.report"
            value={form.reportAt}
            onChange={(event) => changePluginForm({ reportAt: event.target.value.trim() })}
          />
        )}
      </Field>
    </>
  );
}

function Manner({ form }: { readonly form: PluginForm }): ReactElement {
  const text = useText();
  const profiles = useDispatch((slice) => slice.profiles) ?? [];
  const { gsePluginKeepaliveMsMin: min, gsePluginKeepaliveMsMax: max } = LIMITS;
  const isGone = form.profileId !== '' && !profiles.some(({ profile }) => profile.id === form.profileId);
  return (
    <>
      <Field
        label={text('plugin:dialog.keepalive')}
        error={
          wholeNumber(form.keepaliveMs, min, max) === null
            ? text('plugin:dialog.keepaliveBad', { min: formatCount(min), max: formatCount(max) })
            : undefined
        }
      >
        {(control) => (
          <TextInput
            {...control}
            isData
            inputMode="numeric"
            value={form.keepaliveMs}
            onChange={(event) => changePluginForm({ keepaliveMs: event.target.value })}
          />
        )}
      </Field>
      <Field label={text('plugin:dialog.profile')} note={text('plugin:dialog.profileNote')}>
        {(control) => (
          <select
            {...control}
            className={styles.select}
            value={form.profileId}
            onChange={(event) => changePluginForm({ profileId: event.target.value })}
          >
            <option value="">{text('plugin:dialog.noProfile')}</option>
            {isGone ? <option value={form.profileId}>{form.profileId}</option> : null}
            {profiles.map(({ profile, simulated }) => (
              <option key={profile.id} value={profile.id}>
                {cellText(profileName(profile.label, simulated))}
              </option>
            ))}
          </select>
        )}
      </Field>
      <div className={styles.indent}>
        <Switch
          label={text('plugin:dialog.sdkExact')}
          isOn={form.sdkExact}
          onChange={(sdkExact) => changePluginForm({ sdkExact })}
        />
        <p className={styles.note}>{text('plugin:dialog.sdkExactNote')}</p>
      </div>
    </>
  );
}

function Answer({ form }: { readonly form: PluginForm }): ReactElement {
  const text = useText();
  const { answer } = form;
  return (
    <>
      <div className={styles.answer}>
        <Choice
          label={text('plugin:dialog.answer')}
          value={answer.mode}
          options={ANSWER_MODES.map((mode) => ({
            value: mode,
            label: text(`plugin:dialog.answers.${mode}`),
          }))}
          onChoose={(mode) => changePluginForm({ answer: { ...answer, mode } })}
        />
        <p className={styles.note}>{text('plugin:dialog.answerNote')}</p>
      </div>
      {answer.mode === 'text' ? (
        <Field label={text('plugin:dialog.answerText')}>
          {(control) => (
            <textarea
              {...control}
              className={styles.area}
              spellCheck={false}
              maxLength={LIMITS.gsePluginAnswerCharactersMax}
              value={answer.text}
              onChange={(event) => changePluginForm({ answer: { ...answer, text: event.target.value } })}
            />
          )}
        </Field>
      ) : null}
    </>
  );
}
