import type { ChangeEvent, ReactElement } from 'react';
import { LIMITS } from '../../../shared/limits.ts';
import { formatBytes } from '../../i18n/format-number.ts';
import { useText } from '../../i18n/i18n.ts';
import { showToast } from '../../state/toasts.ts';
import styles from './dispatch-panel.module.css';

export interface FileButtonProps {
  readonly label: string;
  /** Endings the file window offers first. */
  readonly accept?: string;
  /** Default: what the core takes as targets or content. */
  readonly bytesMax?: number;
  readonly onFile: (bytes: Uint8Array<ArrayBuffer>, name: string) => void;
}

/** A native file field that looks like a button. */
export function FileButton({
  label,
  accept,
  bytesMax = LIMITS.gseTargetTextCharactersMax,
  onFile,
}: FileButtonProps): ReactElement {
  const text = useText();
  const onChange = (event: ChangeEvent<HTMLInputElement>): void => {
    const field = event.target;
    const file = field.files?.[0];
    if (file === undefined) return;
    if (file.size > bytesMax) {
      const bound = formatBytes(bytesMax);
      const message = `${file.name}: ${formatBytes(file.size)} > ${bound}`;
      showToast('bad', text('dispatch:failed', { code: 'E_LIMIT', message }));
      return;
    }
    void file.arrayBuffer().then((buffer) => onFile(new Uint8Array(buffer), file.name));
    // The same file can be chosen again.
    field.value = '';
  };
  return (
    <label className={styles.file}>
      {label}
      <input type="file" accept={accept} onChange={onChange} />
    </label>
  );
}
