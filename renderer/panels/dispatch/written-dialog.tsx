import type { ReactElement } from 'react';
import { CopyButton } from '../../components/copy-button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { formatBytes } from '../../i18n/format-number.ts';
import { useText } from '../../i18n/i18n.ts';
import { closeWritten } from '../../state/dispatch-files.ts';
import { useDispatch } from '../../state/dispatch-slice.ts';
import styles from './written-dialog.module.css';

/** Where the file is that was asked for; a browser can fetch it once. */
export function WrittenDialog(): ReactElement | null {
  const text = useText();
  const written = useDispatch((slice) => slice.written);
  if (written === null) return null;
  const { path, downloadPath, bytesWritten } = written;
  return (
    <Dialog isOpen size="small" title={text('dispatch:written.title')} onClose={closeWritten}>
      <div role="status" className={styles.written}>
        <p>{text('dispatch:written.what', { bytes: formatBytes(bytesWritten) })}</p>
        <code className={styles.path}>{path}</code>
        <div className={styles.acts}>
          <CopyButton value={() => path} label={text('feed:export.copyPath')} />
          {downloadPath === null ? null : (
            <a className={styles.download} href={downloadPath} download>
              {text('feed:export.download')}
            </a>
          )}
        </div>
      </div>
    </Dialog>
  );
}
