import { useState } from 'react';
import type { FormEvent, ReactElement } from 'react';
import { LIMITS } from '../../../shared/limits.ts';
import { Button } from '../../components/button.tsx';
import { Field } from '../../components/field.tsx';
import { Popover } from '../../components/popover.tsx';
import { TextInput } from '../../components/text-input.tsx';
import { coreText } from '../../i18n/core-text.ts';
import { formatCount } from '../../i18n/format-number.ts';
import { useText } from '../../i18n/i18n.ts';
import { useApi } from '../../state/api.ts';
import { useHello } from '../../state/hello-slice.ts';
import { useSettings, writeSettings } from '../../state/settings-slice.ts';
import { wholeNumber } from '../../state/whole-number.ts';
import styles from './add-service.module.css';
import { isRunFolder, isServiceName } from './typed-values.ts';

/** The service this host usually has. */
const START = { runFolder: '', service: 'cgroups-snapshot', interval: '1000', tokenFile: '' };

/** A form in a small window at its button: which name in which folder. */
export function AddService({
  trigger,
}: {
  readonly trigger: ReactElement<Record<string, unknown>>;
}): ReactElement {
  const text = useText();
  const [isOpen, setOpen] = useState(false);
  return (
    <Popover title={text('cache:services.addTitle')} isOpen={isOpen} onOpenChange={setOpen} trigger={trigger}>
      <AddForm onDone={() => setOpen(false)} />
    </Popover>
  );
}

function AddForm({ onDone }: { readonly onDone: () => void }): ReactElement {
  const text = useText();
  const api = useApi();
  const added = useSettings(({ settings }) => settings.netipcServices);
  const failure = useSettings((slice) => slice.failure);
  const isReadOnly = useHello((slice) => slice.hello?.profile.readOnly === true);
  const [typed, setTyped] = useState(START);
  const { runFolder, service, tokenFile } = typed;
  const intervalMs = wholeNumber(typed.interval, LIMITS.netipcRefreshMsMin, 3_600_000);
  const isFolder = isRunFolder(runFolder);
  const isName = isServiceName(service);
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault();
    if (!isFolder || !isName || intervalMs === null) return;
    const netipcServices = [...added, { runFolder, service, intervalMs, tokenFile }];
    void writeSettings(api, { netipcServices }).then((isDone) => (isDone ? onDone() : undefined));
  };
  const change = (patch: Partial<typeof START>): void => setTyped({ ...typed, ...patch });
  return (
    <form className={styles.form} onSubmit={onSubmit}>
      <Field
        label={text('cache:services.runFolder')}
        error={runFolder === '' || isFolder ? undefined : text('cache:services.invalidFolder')}
      >
        {(control) => (
          <TextInput
            {...control}
            isData
            placeholder="/run/netdata"
            value={runFolder}
            onChange={(event) => change({ runFolder: event.target.value })}
          />
        )}
      </Field>
      <Field
        label={text('cache:services.service')}
        error={isName ? undefined : text('cache:services.invalidService')}
      >
        {(control) => (
          <TextInput
            {...control}
            isData
            value={service}
            onChange={(event) => change({ service: event.target.value })}
          />
        )}
      </Field>
      <Field
        label={text('cache:services.interval')}
        error={
          intervalMs === null
            ? text('cache:services.invalidInterval', { min: formatCount(LIMITS.netipcRefreshMsMin) })
            : undefined
        }
      >
        {(control) => (
          <TextInput
            {...control}
            inputMode="numeric"
            value={typed.interval}
            onChange={(event) => change({ interval: event.target.value })}
          />
        )}
      </Field>
      <Field label={text('cache:services.tokenFile')} note={text('cache:services.tokenNote')}>
        {(control) => (
          <TextInput
            {...control}
            isData
            value={tokenFile}
            onChange={(event) => change({ tokenFile: event.target.value })}
          />
        )}
      </Field>
      {failure === null ? null : (
        <p className={styles.error} role="alert">
          {text('cache:services.saveFailed', { code: failure.code, message: coreText(failure.message) })}
        </p>
      )}
      <Button
        type="submit"
        look="primary"
        disabled={isReadOnly || !isFolder || !isName || intervalMs === null}
      >
        {text('cache:services.watch')}
      </Button>
    </form>
  );
}
