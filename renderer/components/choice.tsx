import { useId } from 'react';
import type { ReactElement } from 'react';
import styles from './choice.module.css';

export interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly { readonly value: T; readonly label: string }[];
  readonly isDisabled?: boolean;
  readonly onChoose: (value: T) => void;
}

/**
 * A few alternatives side by side: native radio buttons, so that arrows, forms and screen readers know them.
 */
export function Choice<T extends string>({
  label,
  value,
  options,
  isDisabled = false,
  onChoose,
}: ChoiceProps<T>): ReactElement {
  const name = useId();
  return (
    <fieldset className={styles.choice} disabled={isDisabled}>
      <legend className={styles.legend}>{label}</legend>
      <div className={styles.options}>
        {options.map((option) => (
          <label key={option.value} className={styles.option}>
            <input
              className={styles.radio}
              type="radio"
              name={name}
              value={option.value}
              checked={option.value === value}
              onChange={() => onChoose(option.value)}
            />
            <span className={styles.text}>{option.label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
