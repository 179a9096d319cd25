import { useId, useState } from 'react';
import type { ReactElement } from 'react';
import { TextInput } from '../../components/text-input.tsx';
import { classNames } from '../../components/class-names.ts';
import styles from './draft-input.module.css';

export interface DraftInputProps {
  readonly label: string;
  readonly value: string;
  readonly isData?: boolean;
  readonly isDisabled: boolean;
  readonly placeholder?: string;
  readonly className?: string | undefined;
  /** Why a text cannot be kept, or null. */
  readonly problem: (typed: string) => string | null;
  readonly onCommit: (value: string) => void;
}

/**
 * Keeps what is typed to itself until the field is left or Enter is pressed, and as long as it is wrong; Esc
 * takes it back.
 */
export function DraftInput(props: DraftInputProps): ReactElement {
  const { label, value, isData = false, isDisabled, placeholder, className, problem, onCommit } = props;
  const id = useId();
  const [typed, setTyped] = useState<string | null>(null);
  const wrong = typed === null ? null : problem(typed);
  const commit = (): void => {
    if (typed === null || wrong !== null) return;
    setTyped(null);
    if (typed !== value) onCommit(typed);
  };
  return (
    <span className={classNames(styles.draft, className)}>
      <TextInput
        className={styles.input}
        isData={isData}
        aria-label={label}
        aria-invalid={wrong !== null}
        aria-describedby={wrong === null ? undefined : id}
        placeholder={placeholder}
        value={typed ?? value}
        disabled={isDisabled}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={commit}
        onKeyDown={(event) => {
          if (event.key === 'Enter') commit();
          if (event.key === 'Escape' && typed !== null) {
            // The first Esc takes the text back, the second closes the dialog.
            event.stopPropagation();
            setTyped(null);
          }
        }}
      />
      {wrong === null ? null : (
        <span id={id} className={styles.error} role="alert">
          {wrong}
        </span>
      )}
    </span>
  );
}
