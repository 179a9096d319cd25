import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { ReactElement } from 'react';
import { useText } from '../i18n/i18n.ts';
import { copyText } from '../state/copy-text.ts';
import { Button } from './button.tsx';

const DONE_SHOWN_MS = 1_500;

export interface CopyButtonProps {
  /** Asked for when pressed, so that nothing is put together in vain. */
  readonly value: () => string;
  readonly label?: string;
}

export function CopyButton({ value, label }: CopyButtonProps): ReactElement {
  const text = useText();
  const [isDone, setDone] = useState(false);
  useEffect(() => {
    if (!isDone) return undefined;
    const timer = setTimeout(() => setDone(false), DONE_SHOWN_MS);
    return () => clearTimeout(timer);
  }, [isDone]);
  const onClick = (): void => {
    void copyText(value(), text).then(setDone);
  };
  return (
    <Button look="plain" onClick={onClick}>
      {isDone ? <Check aria-hidden size="1em" /> : <Copy aria-hidden size="1em" />}
      {isDone ? text('copied') : (label ?? text('copy'))}
    </Button>
  );
}
