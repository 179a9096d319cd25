import type { InputHTMLAttributes, ReactElement, Ref } from 'react';
import { classNames } from './class-names.ts';
import styles from './text-input.module.css';

export interface TextInputProps extends InputHTMLAttributes<HTMLInputElement> {
  /** Wire values, filters and paths are shown in the data font. */
  readonly isData?: boolean;
  readonly ref?: Ref<HTMLInputElement>;
}

export function TextInput({
  isData = false,
  className,
  type = 'text',
  ...rest
}: TextInputProps): ReactElement {
  return (
    <input
      autoComplete="off"
      spellCheck={false}
      {...rest}
      type={type}
      className={classNames(styles.input, isData && styles.data, className)}
    />
  );
}
