import { useState } from 'react';
import type { ReactElement } from 'react';
import { LIMITS } from '../../../shared/limits.ts';
import { Dialog } from '../../components/dialog.tsx';
import { Field } from '../../components/field.tsx';
import { TextInput } from '../../components/text-input.tsx';
import { saidFailure } from '../../i18n/core-text.ts';
import { formatCount } from '../../i18n/format-number.ts';
import { useText } from '../../i18n/i18n.ts';
import { useApi } from '../../state/api.ts';
import { importTemplates } from '../../state/dispatch-files.ts';
import { openDispatchDialog, useDispatch } from '../../state/dispatch-slice.ts';
import { showToast } from '../../state/toasts.ts';
import styles from './dispatch-panel.module.css';
import { FileButton } from './file-button.tsx';
import { sentences } from './sentences.ts';

/** A template file or a bundle of them; the core looks at it before it writes anything. */
export function ImportDialog(): ReactElement {
  const text = useText();
  const api = useApi();
  const isOpen = useDispatch((slice) => slice.dialog === 'import');
  const folderPath = useDispatch((slice) => slice.folder);
  const [folder, setFolder] = useState('');
  const [fault, setFault] = useState('');
  const take = (bytes: Uint8Array<ArrayBuffer>): void =>
    void importTemplates(api, bytes, folder.trim()).then((failure) => {
      if (failure !== null) {
        const said = saidFailure(failure);
        setFault(sentences(text('dispatch:failed', said), said.fix));
        return;
      }
      const n = formatCount(useDispatch.getState().templates.length);
      showToast('ok', text('dispatch:library.imported', { n }));
      setFault('');
      openDispatchDialog(null);
    });
  return (
    <Dialog
      isOpen={isOpen}
      size="small"
      title={text('dispatch:library.importTitle')}
      onClose={() => openDispatchDialog(null)}
    >
      <div className={styles.confirm}>
        <p>{text('dispatch:library.importWhat')}</p>
        <Field label={text('dispatch:library.importFolder')} note={text('dispatch:library.importFolderNote')}>
          {(control) => (
            <TextInput
              {...control}
              isData
              value={folder}
              onChange={(event) => setFolder(event.target.value)}
            />
          )}
        </Field>
        <div className={styles.line}>
          <FileButton
            label={text('dispatch:library.importFile')}
            accept=".sbt,.json"
            bytesMax={LIMITS.importBytesMax}
            onFile={take}
          />
        </div>
        {fault === '' ? null : (
          <p role="alert" className={styles.fault}>
            {fault}
          </p>
        )}
        {folderPath === '' ? null : (
          <p className={styles.note}>{text('dispatch:library.folder', { folder: folderPath })}</p>
        )}
      </div>
    </Dialog>
  );
}
