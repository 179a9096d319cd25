import type { ReactElement } from 'react';
import { Dialog } from '../../components/dialog.tsx';
import { KeyHint } from '../../components/key-hint.tsx';
import { commandTitle } from '../../i18n/command-title.ts';
import { useText } from '../../i18n/i18n.ts';
import { COMMAND_GROUPS, useCommands } from '../../state/commands.ts';
import type { Command, CommandGroup } from '../../state/commands.ts';
import { closeDialog } from '../../state/dialogs-slice.ts';
import styles from './keys-dialog.module.css';

/** What each key does, from the registered commands themselves, so that it cannot be out of date. */
export function KeysDialog(): ReactElement {
  const text = useText();
  const commands = useCommands((slice) => slice.commands);
  return (
    <Dialog isOpen onClose={closeDialog} title={text('keys.title')} size="large" isReading>
      <p className={styles.note}>{text('keys.note')}</p>
      <div className={styles.groups}>
        {COMMAND_GROUPS.map((group) => (
          <KeyGroup
            key={group}
            group={group}
            commands={commands.filter((command) => command.group === group && command.keys.length > 0)}
          />
        ))}
      </div>
    </Dialog>
  );
}

interface KeyGroupProps {
  readonly group: CommandGroup;
  readonly commands: readonly Command[];
}

function KeyGroup({ group, commands }: KeyGroupProps): ReactElement | null {
  const text = useText();
  if (commands.length === 0) return null;
  return (
    <section className={styles.group}>
      <h3 className={styles.heading}>{text(`command.groups.${group}`)}</h3>
      <dl className={styles.list}>
        {commands.map((command) => (
          <div key={command.id} className={styles.row}>
            <dt>{commandTitle(text, command)}</dt>
            <dd className={styles.keys}>
              {command.keys.map((keys) => (
                <KeyHint key={keys} keys={keys} />
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
