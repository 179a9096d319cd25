import { Check, CircleDashed, Minus, X } from 'lucide-react';
import type { ReactElement } from 'react';
import type { PluginSocketView } from '../../../shared/contract/plugin.ts';
import { useText } from '../../i18n/i18n.ts';
import styles from './connection-head.module.css';
import { stepsOf } from './plugin-words.ts';

const MARKS = { done: Check, at: CircleDashed, broken: X, later: Minus } as const;

/** Path, permission, connect, first answer: which is done, which is broken. */
export function Steps({
  socket,
  label,
}: {
  readonly socket: PluginSocketView;
  readonly label: string;
}): ReactElement | null {
  const text = useText();
  const steps = stepsOf(socket);
  if (steps.length === 0) return null;
  return (
    <ol className={styles.steps} aria-label={label}>
      {steps.map(({ step, state }) => {
        const Mark = MARKS[state];
        return (
          <li key={step} className={styles.step} data-state={state}>
            <Mark aria-hidden size="1em" />
            {text(`plugin:steps.${step}`)}{' '}
            <span className="visually-hidden">{text(`plugin:steps.states.${state}`)}</span>
          </li>
        );
      })}
    </ol>
  );
}
