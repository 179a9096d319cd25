import { useState } from 'react';
import type { ReactElement } from 'react';
import { Field } from '../../components/field.tsx';
import { TextInput } from '../../components/text-input.tsx';
import { wholeNumber } from '../../state/whole-number.ts';
import styles from './settings-dialog.module.css';

export interface NumberSettingProps {
  readonly label: string;
  readonly note?: string;
  readonly invalid: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly isDisabled: boolean;
  readonly onChange: (value: number) => void;
}

/**
 * Written when the field is left or Enter is pressed, not at every digit: `3` on the way to `30` must not
 * delete events.
 */
export function NumberSetting(props: NumberSettingProps): ReactElement {
  const { label, note, invalid, value, min, max, isDisabled, onChange } = props;
  const [typed, setTyped] = useState<string | null>(null);
  const shown = typed ?? String(value);
  const parsed = wholeNumber(shown, min, max);
  const commit = (): void => {
    if (typed === null || parsed === null) return;
    setTyped(null);
    if (parsed !== value) onChange(parsed);
  };
  return (
    <Field label={label} note={note} error={parsed === null ? invalid : undefined}>
      {(control) => (
        <TextInput
          {...control}
          className={styles.number}
          inputMode="numeric"
          value={shown}
          disabled={isDisabled}
          onChange={(event) => setTyped(event.target.value)}
          onBlur={commit}
          onKeyDown={(event) => (event.key === 'Enter' ? commit() : undefined)}
        />
      )}
    </Field>
  );
}
