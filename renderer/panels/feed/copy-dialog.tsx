import { useEffect, useState } from 'react';
import type { ReactElement } from 'react';
import type { EventDetail } from '../../../shared/model/event.ts';
import { shownText } from '../../components/shown-text.ts';
import { CopyButton } from '../../components/copy-button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { useText } from '../../i18n/i18n.ts';
import { useApi } from '../../state/api.ts';
import { useFeed } from '../../state/feed-slice.ts';
import { cliLine, curlLine, eventJson } from './copy-forms.ts';
import { detailOf } from './feed-acts.ts';
import { setCopyMenuOpen, useView } from './feed-view-slice.ts';
import styles from './inspector.module.css';

const SHOWN_CHARACTERS_MAX = 4_096;

/** `C`: the event as curl and as CLI line, to be read before it is taken away. */
export function CopyDialog(): ReactElement {
  const text = useText();
  const isOpen = useView((slice) => slice.isCopyMenuOpen);
  return (
    <Dialog
      isOpen={isOpen}
      onClose={() => setCopyMenuOpen(false)}
      title={text('feed:copy.title')}
      size="medium"
    >
      <Forms />
    </Dialog>
  );
}

function Forms(): ReactElement {
  const text = useText();
  const api = useApi();
  const selectedSeq = useFeed((slice) => slice.selectedSeq);
  const [detail, setDetail] = useState<EventDetail | null>(null);
  useEffect(() => {
    let isOver = false;
    if (selectedSeq === null) return undefined;
    void detailOf(api, selectedSeq).then((found) => {
      if (!isOver) setDetail(found);
    });
    return () => {
      isOver = true;
    };
  }, [api, selectedSeq]);
  if (detail === null) return <p>{text('loading')}</p>;
  return (
    <>
      <Form label={text('feed:copy.curl')} value={curlLine(detail)} none={text('feed:copy.cannot.curl')} />
      <Form label={text('feed:copy.cli')} value={cliLine(detail)} none={text('feed:copy.cannot.cli')} />
      <Form label={text('feed:copy.json')} value={eventJson(detail)} none="" />
    </>
  );
}

function Form({
  label,
  value,
  none,
}: {
  readonly label: string;
  readonly value: string | null;
  readonly none: string;
}): ReactElement {
  return (
    <section className={styles.form} aria-label={label}>
      <div className={styles.formHead}>
        <h3>{label}</h3>
        {value === null ? null : <CopyButton value={() => value} />}
      </div>
      {value === null ? (
        <p className={styles.note}>{none}</p>
      ) : (
        <pre className={styles.formText} tabIndex={0}>
          {shownText(value.slice(0, SHOWN_CHARACTERS_MAX))}
        </pre>
      )}
    </section>
  );
}
