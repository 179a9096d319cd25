import type { ReactElement } from 'react';
import { useText } from '../i18n/i18n.ts';
import { CopyButton } from './copy-button.tsx';
import styles from './written-file.module.css';

export interface WrittenFileProps {
  /** What was written: counts and size. */
  readonly words: string;
  /** On the machine of the core. */
  readonly path: string;
  /** Where the browser gets it, once; null on the desktop. */
  readonly downloadPath: string | null;
}

/** The end of an export: where the file is, and how to have it. */
export function WrittenFile({ words, path, downloadPath }: WrittenFileProps): ReactElement {
  const text = useText();
  return (
    <div role="status" className={styles.file}>
      <p>{words}</p>
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
  );
}
