import { Dialog as Base } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import { useEffect, useRef } from 'react';
import type { ReactElement, ReactNode, RefObject } from 'react';
import { useText } from '../i18n/i18n.ts';
import { enterModal } from '../state/commands.ts';
import { classNames } from './class-names.ts';
import styles from './dialog.module.css';
import { IconButton } from './icon-button.tsx';

export interface DialogProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly size?: 'small' | 'medium' | 'large';
  /** At the bottom, always in view. */
  readonly footer?: ReactNode;
  /** Nothing inside takes the focus, so the text itself does: otherwise the keyboard could not scroll it. */
  readonly isReading?: boolean;
  readonly firstFocus?: RefObject<HTMLElement | null>;
  readonly children: ReactNode;
}

/** Over the page, with focus held inside; Esc and a click beside it close it. */
export function Dialog({
  isOpen,
  onClose,
  title,
  size = 'medium',
  footer,
  isReading = false,
  firstFocus,
  children,
}: DialogProps): ReactElement {
  const text = useText();
  // Not the close button: its tooltip would open and swallow the first Esc.
  const popup = useRef<HTMLDivElement>(null);
  return (
    <Base.Root open={isOpen} onOpenChange={(open) => (open ? undefined : onClose())}>
      <Base.Portal>
        <Base.Backdrop className={classNames(styles.backdrop)} />
        <Base.Popup
          ref={popup}
          className={classNames(styles.popup, styles[size])}
          initialFocus={firstFocus ?? popup}
        >
          <ModalMark />
          <div className={styles.head}>
            <Base.Title className={classNames(styles.title)}>{title}</Base.Title>
            <IconButton icon={X} label={text('close')} onClick={onClose} />
          </div>
          <div
            className={styles.body}
            {...(isReading ? { role: 'region', 'aria-label': title, tabIndex: 0 } : {})}
          >
            {children}
          </div>
          {footer === undefined ? null : <div className={styles.foot}>{footer}</div>}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

/** While it is drawn, page commands rest. */
export function ModalMark(): null {
  useEffect(() => enterModal(), []);
  return null;
}
