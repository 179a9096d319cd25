import { Popover as Base } from '@base-ui/react/popover';
import type { ReactElement, ReactNode } from 'react';
import { classNames } from './class-names.ts';
import styles from './popover.module.css';

export interface PopoverProps {
  /** The button that opens it. */
  readonly trigger: ReactElement<Record<string, unknown>>;
  readonly title: string;
  readonly isOpen?: boolean;
  readonly onOpenChange?: (isOpen: boolean) => void;
  readonly align?: 'start' | 'center' | 'end';
  readonly children: ReactNode;
}

/** A small window at its button; the page stays usable. */
export function Popover({
  trigger,
  title,
  isOpen,
  onOpenChange,
  align = 'start',
  children,
}: PopoverProps): ReactElement {
  const control = isOpen === undefined ? {} : { open: isOpen };
  return (
    <Base.Root
      {...control}
      {...(onOpenChange === undefined ? {} : { onOpenChange: (open: boolean) => onOpenChange(open) })}
    >
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner
          className={classNames(styles.positioner)}
          sideOffset={4}
          align={align}
          collisionPadding={4}
        >
          <Base.Popup className={classNames(styles.popup)}>
            <Base.Title className={classNames(styles.title)}>{title}</Base.Title>
            {children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
