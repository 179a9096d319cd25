import { Tooltip as Base } from '@base-ui/react/tooltip';
import type { ReactElement } from 'react';
import { classNames } from './class-names.ts';
import { KeyHint } from './key-hint.tsx';
import styles from './tooltip.module.css';

export interface TooltipProps {
  readonly label: string;
  readonly keys?: string;
  /**
   * The one element the tip speaks of; it has the same words as its accessible name, so the tip itself is
   * for the eye only.
   */
  readonly children: ReactElement<Record<string, unknown>>;
}

export function Tooltip({ label, keys, children }: TooltipProps): ReactElement {
  return (
    <Base.Root>
      <Base.Trigger render={children} delay={500} />
      <Base.Portal>
        <Base.Positioner className={classNames(styles.positioner)} sideOffset={6}>
          <Base.Popup className={classNames(styles.popup)} aria-hidden>
            {label}
            {keys === undefined ? null : <KeyHint keys={keys} />}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
