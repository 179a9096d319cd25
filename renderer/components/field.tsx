import { useId } from 'react';
import type { ReactElement, ReactNode } from 'react';
import styles from './field.module.css';

/** What the control inside must carry. */
export interface FieldControl {
  readonly id: string;
  readonly 'aria-describedby': string | undefined;
  readonly 'aria-invalid': boolean;
}

export interface FieldProps {
  readonly label: string;
  readonly note?: string | undefined;
  /** Why what stands in the control is not accepted. */
  readonly error?: string | undefined;
  readonly children: (control: FieldControl) => ReactNode;
}

/** Label left, control right, note or error below it. */
export function Field({ label, note, error, children }: FieldProps): ReactElement {
  const id = useId();
  const below = error ?? note;
  const control: FieldControl = {
    id,
    'aria-describedby': below === undefined ? undefined : `${id}-below`,
    'aria-invalid': error !== undefined,
  };
  return (
    <div className={styles.field}>
      <label className={styles.label} htmlFor={id}>
        {label}
      </label>
      <div className={styles.control}>
        {children(control)}
        {below === undefined ? null : (
          <p id={`${id}-below`} className={error === undefined ? styles.note : styles.error}>
            {below}
          </p>
        )}
      </div>
    </div>
  );
}
