import type { ReactElement } from 'react';
import styles from './switch.module.css';

export interface SwitchProps {
  readonly label: string;
  readonly isOn: boolean;
  readonly isDisabled?: boolean;
  /** Spoken only, where a table head already says it. */
  readonly isLabelHidden?: boolean;
  readonly onChange: (isOn: boolean) => void;
}

/** A native check box drawn as a switch; the mark inside tells on from off without colour. */
export function Switch({
  label,
  isOn,
  isDisabled = false,
  isLabelHidden = false,
  onChange,
}: SwitchProps): ReactElement {
  return (
    <label className={styles.switch}>
      <input
        className={styles.input}
        type="checkbox"
        role="switch"
        checked={isOn}
        disabled={isDisabled}
        onChange={(event) => onChange(event.target.checked)}
      />
      <span className={styles.track} aria-hidden>
        <span className={styles.knob} />
      </span>
      <span className={isLabelHidden ? 'visually-hidden' : undefined}>{label}</span>
    </label>
  );
}
