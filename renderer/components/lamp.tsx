import type { ReactElement } from 'react';
import type { LINK_STATES } from '../../shared/contract/app.ts';
import { assertNever } from '../../shared/assert.ts';
import { classNames } from './class-names.ts';
import styles from './lamp.module.css';

export type LampState = (typeof LINK_STATES)[number];

/**
 * Each state has its own shape as well as its own colour. The word stands beside it, so the shape itself is
 * silent.
 */
export function Lamp({ state }: { readonly state: LampState }): ReactElement {
  return (
    <svg className={classNames(styles.lamp, styles[state])} viewBox="0 0 12 12" aria-hidden>
      <LampShape state={state} />
    </svg>
  );
}

function LampShape({ state }: { readonly state: LampState }): ReactElement {
  switch (state) {
    case 'up':
      return <circle cx="6" cy="6" r="4.5" fill="currentColor" />;
    case 'opening':
      return <path d="M6 1.75a4.25 4.25 0 1 0 4.25 4.25" fill="none" stroke="currentColor" strokeWidth="2" />;
    case 'degraded':
      return <path d="M6 1 11.2 10.5H.8Z" fill="currentColor" />;
    case 'down':
      return <path d="M6 1.4 10.6 6 6 10.6 1.4 6Z" fill="none" stroke="currentColor" strokeWidth="1.8" />;
    case 'failed':
      return <path d="M2 2 10 10M10 2 2 10" fill="none" stroke="currentColor" strokeWidth="2.6" />;
    case 'off':
      return <path d="M2 6H10" fill="none" stroke="currentColor" strokeWidth="2" />;
    default:
      return assertNever(state);
  }
}
