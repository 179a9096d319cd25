import { Bookmark, History, X } from 'lucide-react';
import { useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { KeyboardEvent, ReactElement, RefObject } from 'react';
import { type Completions, completions } from '../../../shared/filter/complete.ts';
import { IconButton } from '../../components/icon-button.tsx';
import { filterErrorText } from '../../i18n/filter-error-text.ts';
import { useText } from '../../i18n/i18n.ts';
import { applyFilter, setFilter, typeFilter, useFilter } from '../../state/feed-filter.ts';
import { FilterMenu } from './filter-menu.tsx';
import styles from './filter-box.module.css';
import { useKnownValues } from './known-values.ts';
import { SaveFilter } from './save-filter.tsx';
import { pieces } from './underline.ts';

const OPTIONS_MAX = 10;
const INPUT_ID = 'feed-filter';

/** `/`. */
export function focusFilter(): void {
  const input = document.getElementById(INPUT_ID);
  if (input instanceof HTMLInputElement) {
    input.focus();
    input.select();
  }
}

/** What is invalid is underlined and named; the last valid filter stays in force. */
export function FilterBox(): ReactElement {
  const text = useText();
  const draft = useFilter((slice) => slice.draft);
  const active = useFilter((slice) => slice.active);
  const history = useFilter((slice) => slice.history);
  const [error] = useFilter((slice) => slice.errors);
  const isInForce = error === undefined && draft.trim() === active && active !== '';
  return (
    <div className={styles.box} role="search" aria-label={text('feed:filter.label')}>
      <Field />
      {draft === '' ? null : (
        <IconButton icon={X} label={text('feed:filter.clear')} onClick={() => setFilter('')} />
      )}
      <FilterMenu
        icon={History}
        label={text('feed:filter.history')}
        filters={history.map((filter) => ({ name: filter, filter }))}
      />
      <SaveFilter icon={Bookmark} isDisabled={!isInForce} />
      {error === undefined ? null : (
        <p className={styles.problem} role="status" id={`${INPUT_ID}-problem`}>
          <strong>{text('feed:filter.at', { position: error.span.start + 1 })}</strong>{' '}
          {filterErrorText(error, text)}{' '}
          <span className={styles.stays}>
            {active === '' ? text('feed:filter.staysAll') : text('feed:filter.stays')}{' '}
            {active === '' ? null : <code>{active}</code>}
          </span>
        </p>
      )}
    </div>
  );
}

/** A plain input keeps every habit of the platform; the marks lie behind it, scrolled along. */
function Field(): ReactElement {
  const text = useText();
  const draft = useFilter((slice) => slice.draft);
  const errors = useFilter((slice) => slice.errors);
  const input = useRef<HTMLInputElement>(null);
  const marks = useRef<HTMLDivElement>(null);
  const listId = useId();
  const completing = useCompleting(input, draft);
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
        id={INPUT_ID}
        type="text"
        role="combobox"
        autoComplete="off"
        spellCheck={false}
        aria-label={text('feed:filter.label')}
        aria-invalid={errors.length > 0}
        aria-describedby={errors.length > 0 ? `${INPUT_ID}-problem` : undefined}
        aria-expanded={open}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={open && chosen >= 0 ? `${listId}-${chosen}` : undefined}
        placeholder={text('feed:filter.placeholder')}
        className={styles.input}
        value={draft}
        onChange={(event) => {
          typeFilter(event.target.value);
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
function useCompleting(input: RefObject<HTMLInputElement | null>, draft: string): Completing {
  const known = useKnownValues();
  const [asked, setAsked] = useState(false);
  const [caret, setCaret] = useState(0);
  const [chosen, setChosen] = useState(-1);
  const wantedCaret = useRef<number | null>(null);
  const found = useMemo(
    () => (asked ? completions(draft, caret, known) : null),
    [asked, draft, caret, known],
  );
  const options = found?.options.slice(0, OPTIONS_MAX) ?? [];
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
    typeFilter(draft.slice(0, found.from) + option.insert + draft.slice(found.to));
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
      applyFilter();
      close();
    } else if (event.key === 'Escape') {
      event.preventDefault();
      if (open) close();
      else document.getElementById('feed')?.focus();
    } else if (['ArrowLeft', 'ArrowRight', 'Home', 'End'].includes(event.key)) close();
  };
  return { open, chosen, options, ask, close, take, onKeyDown };
}
