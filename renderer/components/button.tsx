import type { ButtonHTMLAttributes, ReactElement, Ref } from 'react';
import styles from './button.module.css';
import { classNames } from './class-names.ts';

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** `primary` is the one thing to do here; `quiet` has no frame until pointed at, `inline` is a quiet one within a line of data. */
  readonly look?: 'plain' | 'primary' | 'quiet' | 'inline' | 'danger';
  readonly ref?: Ref<HTMLButtonElement>;
}

export function Button({ look = 'plain', className, type = 'button', ...rest }: ButtonProps): ReactElement {
  return <button {...rest} type={type} className={classNames(styles.button, styles[look], className)} />;
}
