import { X } from 'lucide-react';
import type { ReactElement } from 'react';
import { useText } from '../i18n/i18n.ts';
import { dismissToast, useToasts } from '../state/toasts.ts';
import { classNames } from './class-names.ts';
import { IconButton } from './icon-button.tsx';
import styles from './toast-region.module.css';

/** Short answers to what the operator did. A failure stays until it is dismissed. */
export function ToastRegion(): ReactElement {
  const text = useText();
  const toasts = useToasts((slice) => slice.toasts);
  return (
    <section className={styles.region} aria-label={text('toast.region')} aria-live="polite">
      {toasts.map((toast) => (
        <div key={toast.id} className={classNames(styles.toast, styles[toast.tone])}>
          <span>{toast.text}</span>
          <IconButton icon={X} label={text('toast.dismiss')} onClick={() => dismissToast(toast.id)} />
        </div>
      ))}
    </section>
  );
}
