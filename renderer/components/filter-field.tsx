import { useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { KeyboardEvent, ReactElement, RefObject } from 'react';
import { type Completions, type KnownValues, completions } from '../../shared/filter/complete.ts';
import type { FilterError } from '../../shared/filter/filter-error.ts';
import { filterErrorText } from '../i18n/filter-error-text.ts';
import { useText } from '../i18n/i18n.ts';
import styles from './filter-field.module.css';
import { pieces } from './underline.ts';

const OPTIONS_MAX = 10;

export interface FilterFieldProps {
  readonly id: string;
  readonly label: string;
  readonly placeholder: string;
  readonly draft: string;
  readonly errors: readonly FilterError[];
  readonly known: KnownValues;
  /** Only these fields are offered, each with what is said about it; all when absent. */
  readonly fields?: Readonly<Record<string, string>>;
  readonly onType: (draft: string) => void;
  /** Enter. */
  readonly onApply: () => void;
  /** Esc with no completions open. */
  readonly onLeave: () => void;
}

/** Puts the keyboard into the field of that id. */
export function focusFilterField(id: string): void {
  const input = document.getElementById(id);
  if (input instanceof HTMLInputElement) {
    input.focus();
    input.select();
  }
}

/** What is wrong with the draft, and what stays in force; belongs beside the field. */
export function FilterProblem({
  id,
  error,
  active,
  whenNone,
}: {
  readonly id: string;
  readonly error: FilterError | undefined;
  readonly active: string;
  /** Said when no filter is in force. */
  readonly whenNone: string;
}): ReactElement | null {
  const text = useText();
  if (error === undefined) return null;
  return (
    <p className={styles.problem} role="status" id={`${id}-problem`}>
      <strong>{text('feed:filter.at', { position: error.span.start + 1 })}</strong>{' '}
      {filterErrorText(error, text)}{' '}
      <span className={styles.stays}>
        {active === '' ? whenNone : text('feed:filter.stays')} {active === '' ? null : <code>{active}</code>}
      </span>
    </p>
  );
}

/** A plain input keeps every habit of the platform; the marks lie behind it, scrolled along. */
export function FilterField(props: FilterFieldProps): ReactElement {
  const { id, label, draft, errors } = props;
  const text = useText();
  const input = useRef<HTMLInputElement>(null);
  const marks = useRef<HTMLDivElement>(null);
  const listId = useId();
  const completing = useCompleting(input, props);
  const syncScroll = (): void => {
    if (marks.current !== null && input.current !== null) marks.current.scrollLeft = input.current.scrollLeft;
  };
  useLayoutEffect(syncScroll);
  const { open, chosen, options } = completing;
  return (
    <div className={styles.field}>
      <div ref={marks} aria-hidden className={styles.marks}>
        {pieces(draft, errors).map((piece) => (
          <span key={piece.start} data-wrong={piece.isWrong}>
            {piece.text}
          </span>
        ))}
      </div>
      <input
        ref={input}
        id={id}
        type="text"
        role="combobox"
        autoComplete="off"
        spellCheck={false}
        aria-label={label}
        aria-invalid={errors.length > 0}
        aria-describedby={errors.length > 0 ? `${id}-problem` : undefined}
        aria-expanded={open}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={open && chosen >= 0 ? `${listId}-${chosen}` : undefined}
        placeholder={props.placeholder}
        className={styles.input}
        value={draft}
        onChange={(event) => {
          props.onType(event.target.value);
          completing.ask();
        }}
        onClick={completing.ask}
        onFocus={completing.ask}
        onKeyDown={completing.onKeyDown}
        onBlur={completing.close}
        onScroll={syncScroll}
      />
      <ul
        id={listId}
        role="listbox"
        aria-label={text('feed:filter.options')}
        className={styles.options}
        hidden={!open}
      >
        {options.map((option, index) => (
          <li
            key={`${option.kind} ${option.label}`}
            id={`${listId}-${index}`}
            role="option"
            aria-selected={index === chosen}
            className={styles.option}
            onPointerDown={(event) => {
              event.preventDefault();
              completing.take(index);
            }}
          >
            <span className={styles.optionLabel}>{option.label}</span>
            <span className={styles.optionAbout}>{option.about}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

interface Completing {
  readonly open: boolean;
  readonly chosen: number;
  readonly options: Completions['options'];
  readonly ask: () => void;
  readonly close: () => void;
  readonly take: (index: number) => void;
  readonly onKeyDown: (event: KeyboardEvent<HTMLInputElement>) => void;
}

/**
 * Down and up choose, Tab or Enter takes the chosen, Enter with nothing chosen applies the filter, Esc
 * closes or leaves.
 */
function useCompleting(input: RefObject<HTMLInputElement | null>, props: FilterFieldProps): Completing {
  const { draft, known, fields, onType, onApply, onLeave } = props;
  const [asked, setAsked] = useState(false);
  const [caret, setCaret] = useState(0);
  const [chosen, setChosen] = useState(-1);
  const wantedCaret = useRef<number | null>(null);
  const found = useMemo(
    () => (asked ? completions(draft, caret, known) : null),
    [asked, draft, caret, known],
  );
  const options = offered(found?.options ?? [], fields).slice(0, OPTIONS_MAX);
  const open = asked && options.length > 0;
  useEffect(() => {
    if (wantedCaret.current === null) return;
    input.current?.setSelectionRange(wantedCaret.current, wantedCaret.current);
    wantedCaret.current = null;
  }, [draft, input]);
  const ask = (): void => {
    setAsked(true);
    setChosen(-1);
    setCaret(input.current?.selectionStart ?? 0);
  };
  const close = (): void => {
    setAsked(false);
    setChosen(-1);
  };
  const take = (index: number): void => {
    const option = options[index];
    if (option === undefined || found === null) return;
    const caretAfter = found.from + option.insert.length;
    wantedCaret.current = caretAfter;
    setCaret(caretAfter);
    setChosen(-1);
    onType(draft.slice(0, found.from) + option.insert + draft.slice(found.to));
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && !event.altKey) {
      event.preventDefault();
      if (!open) ask();
      else setChosen((chosen + step + options.length + (chosen < 0 && step < 0 ? 1 : 0)) % options.length);
    } else if ((event.key === 'Enter' || event.key === 'Tab') && open && chosen >= 0) {
      event.preventDefault();
      take(chosen);
    } else if (event.key === 'Enter') {
      onApply();
      close();
    } else if (event.key === 'Escape') {
      event.preventDefault();
      if (open) close();
      else onLeave();
    } else if (['ArrowLeft', 'ArrowRight', 'Home', 'End'].includes(event.key)) close();
  };
  return { open, chosen, options, ask, close, take, onKeyDown };
}

function offered(
  options: Completions['options'],
  fields: FilterFieldProps['fields'],
): Completions['options'] {
  if (fields === undefined) return options;
  return options.flatMap((option) => {
    if (option.kind !== 'field') return [option];
    const about = fields[option.label.replace(/[.:].*$/, '')];
    return about === undefined ? [] : [{ ...option, about }];
  });
}
