import { useState } from 'react';
import type { FormEvent, ReactElement } from 'react';
import type { LinkState } from '../../../shared/contract/app.ts';
import { Button } from '../../components/button.tsx';
import { TextInput } from '../../components/text-input.tsx';
import { coreText } from '../../i18n/core-text.ts';
import { useText } from '../../i18n/i18n.ts';
import type { TextFunction } from '../../i18n/i18n.ts';
import { useApi } from '../../state/api.ts';
import { openLink } from '../../state/dialogs-slice.ts';
import { useHello } from '../../state/hello-slice.ts';
import { actOnLink, useLinks } from '../../state/links-slice.ts';
import type { LinkActInput } from '../../state/links-slice.ts';
import { showToast } from '../../state/toasts.ts';
import { parsePort } from '../../state/whole-number.ts';
import styles from './link-actions.module.css';

export function LinkActions({ link }: { readonly link: LinkState }): ReactElement | null {
  const text = useText();
  const act = useAct(link);
  const isDisabled = useIsDisabled(link.id);
  if (link.actions.length === 0) return null;
  const plain = link.actions.filter((action) => action !== 'use_port');
  return (
    <section className={styles.actions} aria-label={text('links.actions')}>
      {link.actions.includes('use_port') ? <PortForm key={link.portOffer} link={link} /> : null}
      <div className={styles.row}>
        {plain.map((action) => (
          <Button key={action} disabled={isDisabled} onClick={() => act(action, null)}>
            {text(`links.action.${action}`)}
          </Button>
        ))}
      </div>
    </section>
  );
}

function PortForm({ link }: { readonly link: LinkState }): ReactElement {
  const text = useText();
  const act = useAct(link);
  const isDisabled = useIsDisabled(link.id);
  const [typed, setTyped] = useState(link.portOffer === null ? '' : String(link.portOffer));
  const port = parsePort(typed);
  const isWrong = typed !== '' && port === null;
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault();
    if (port !== null) act('use_port', port);
  };
  return (
    <form className={styles.form} onSubmit={onSubmit}>
      <div className={styles.row}>
        <TextInput
          className={styles.port}
          isData
          inputMode="numeric"
          aria-label={text('links.portLabel')}
          aria-invalid={isWrong}
          value={typed}
          disabled={isDisabled}
          onChange={(event) => setTyped(event.target.value)}
        />
        <Button look="primary" type="submit" disabled={isDisabled || port === null}>
          {text('links.action.use_port')}
        </Button>
      </div>
      {isWrong ? <p className={styles.error}>{text('links.portInvalid')}</p> : null}
      {!isWrong && link.portOffer !== null && port === link.portOffer ? (
        <p className={styles.note}>{text('links.portOffer', { port: String(link.portOffer) })}</p>
      ) : null}
    </form>
  );
}

function useIsDisabled(linkId: string): boolean {
  const isBusy = useLinks((slice) => slice.busyLinkId === linkId);
  const isReadOnly = useHello((slice) => slice.hello?.profile.readOnly === true);
  return isBusy || isReadOnly;
}

function useAct(link: LinkState): (action: LinkActInput['action'], port: number | null) => void {
  const api = useApi();
  const text = useText();
  const { id: linkId, label } = link;
  return (action, port) => {
    void actOnLink(api, { linkId, action, port }).then((failure) => {
      if (failure === null) tellDone(label, port, text);
      else
        showToast(
          'bad',
          text('links.actFailed', { label, code: failure.code, message: coreText(failure.message) }),
        );
    });
  };
}

/** A link on another port is another link by id: the drawer follows it there. */
function tellDone(label: string, port: number | null, text: TextFunction): void {
  const moved =
    port === null
      ? undefined
      : useLinks.getState().links?.find(({ address }) => address.endsWith(`:${port}`));
  if (moved === undefined) {
    showToast('ok', text('links.acted', { label }));
    return;
  }
  openLink(moved.id);
  showToast('ok', text('links.moved', { label, address: moved.address }));
}
