import { Dialog as Base } from '@base-ui/react/dialog';
import { useId, useRef, useState } from 'react';
import type { KeyboardEvent, ReactElement } from 'react';
import { classNames } from '../../components/class-names.ts';
import { ModalMark } from '../../components/dialog.tsx';
import { KeyHint } from '../../components/key-hint.tsx';
import { commandTitle } from '../../i18n/command-title.ts';
import { useText } from '../../i18n/i18n.ts';
import { isCommandEnabled, useCommands } from '../../state/commands.ts';
import type { Command } from '../../state/commands.ts';
import { closeDialog } from '../../state/dialogs-slice.ts';
import { nextChoice } from './palette-choice.ts';
import styles from './palette.module.css';
import { rankEntries } from './rank-commands.ts';

/** Everything the page can do, by name. Focus stays in the field; the arrows move the choice. */
export function Palette(): ReactElement {
  const text = useText();
  const field = useRef<HTMLInputElement>(null);
  return (
    <Base.Root open onOpenChange={(open) => (open ? undefined : closeDialog())}>
      <Base.Portal>
        <Base.Backdrop className={classNames(styles.backdrop)} />
        <Base.Popup
          className={classNames(styles.popup)}
          initialFocus={field}
          aria-label={text('command.palette')}
        >
          <ModalMark />
          <PaletteList field={field} />
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

function usePaletteEntries(query: string): readonly { readonly item: Command; readonly title: string }[] {
  const text = useText();
  const commands = useCommands((slice) => slice.commands);
  const usable = commands.filter((command) => command.id !== 'frame.palette' && isCommandEnabled(command));
  return rankEntries(
    query,
    usable.map((item) => ({ item, title: commandTitle(text, item) })),
  );
}

function PaletteList({ field }: { readonly field: React.RefObject<HTMLInputElement | null> }): ReactElement {
  const text = useText();
  const listId = useId();
  const [query, setQuery] = useState('');
  const [chosen, setChosen] = useState(0);
  const entries = usePaletteEntries(query);
  const current = Math.min(chosen, entries.length - 1);
  const run = (command: Command | undefined): void => {
    if (command === undefined) return;
    closeDialog();
    // After the palette has given focus back: a command may want it elsewhere.
    setTimeout(() => command.run(), 0);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = nextChoice(event.key, current, entries.length);
    if (event.key === 'Enter' && !event.nativeEvent.isComposing) run(entries[current]?.item);
    else if (next === null) return;
    else setChosen(next);
    event.preventDefault();
  };
  return (
    <>
      <input
        ref={field}
        className={styles.field}
        role="combobox"
        aria-expanded
        aria-controls={listId}
        aria-activedescendant={entries.length === 0 ? undefined : `${listId}-${current}`}
        aria-label={text('palette.placeholder')}
        autoComplete="off"
        spellCheck={false}
        placeholder={text('palette.placeholder')}
        value={query}
        onKeyDown={onKeyDown}
        onChange={(event) => {
          setQuery(event.target.value);
          setChosen(0);
        }}
      />
      <div
        className={styles.list}
        role="listbox"
        id={listId}
        aria-label={text('palette.results')}
        tabIndex={-1}
      >
        {entries.map(({ item, title }, index) => (
          <PaletteRow
            key={item.id}
            id={`${listId}-${index}`}
            command={item}
            title={title}
            isChosen={index === current}
            onRun={() => run(item)}
          />
        ))}
      </div>
      <p className={styles.foot} role="status">
        <span>
          {entries.length === 0
            ? text('palette.none', { query })
            : text('palette.count', { count: entries.length })}
        </span>
        <span>{text('palette.hint')}</span>
      </p>
    </>
  );
}

interface PaletteRowProps {
  readonly id: string;
  readonly command: Command;
  readonly title: string;
  readonly isChosen: boolean;
  readonly onRun: () => void;
}

function PaletteRow({ id, command, title, isChosen, onRun }: PaletteRowProps): ReactElement {
  const text = useText();
  const [keys] = command.keys;
  return (
    <div
      id={id}
      ref={isChosen ? scrollIntoView : null}
      className={styles.row}
      role="option"
      aria-selected={isChosen}
      tabIndex={-1}
      onClick={onRun}
      onKeyDown={(event) => (event.key === 'Enter' ? onRun() : undefined)}
    >
      <span className={styles.title}>{title}</span>
      <span className={styles.group}>{text(`command.groups.${command.group}`)}</span>
      <span className={styles.keys}>{keys === undefined ? null : <KeyHint keys={keys} />}</span>
    </div>
  );
}

function scrollIntoView(element: HTMLElement | null): void {
  element?.scrollIntoView({ block: 'nearest' });
}
