import type { LucideIcon } from 'lucide-react';
import type { ReactElement } from 'react';
import { Button } from './button.tsx';
import type { ButtonProps } from './button.tsx';
import styles from './icon-button.module.css';
import { Tooltip } from './tooltip.tsx';

export interface IconButtonProps extends Omit<ButtonProps, 'children' | 'aria-label'> {
  readonly icon: LucideIcon;
  /** Spoken and shown on hover and focus. */
  readonly label: string;
  /** Shown beside the label in the tooltip. */
  readonly keys?: string;
}

export function IconButton({
  icon: Icon,
  label,
  keys,
  look = 'quiet',
  ...rest
}: IconButtonProps): ReactElement {
  return (
    <Tooltip label={label} {...(keys === undefined ? {} : { keys })}>
      <Button {...rest} look={look} aria-label={label} className={styles.icon}>
        <Icon aria-hidden size="1em" strokeWidth={2} />
      </Button>
    </Tooltip>
  );
}
