import { Plus, Unplug } from 'lucide-react';
import { Fragment } from 'react';
import type { KeyboardEvent, ReactElement } from 'react';
import type { PluginPlace, PluginView } from '../../../shared/contract/plugin.ts';
import { Badge } from '../../components/badge.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import { Lamp } from '../../components/lamp.tsx';
import { cellText } from '../../components/shown-text.ts';
import { useText } from '../../i18n/i18n.ts';
import type { TextFunction } from '../../i18n/i18n.ts';
import { choosePlugin, editPlugin, usePlugin } from '../../state/plugin-slice.ts';
import { newPluginForm } from '../../state/plugin-form.ts';
import styles from './connection-list.module.css';
import { freshId } from './plugin-commands.ts';
import { stateOf } from './plugin-words.ts';
import { SideChoice } from './side-choice.tsx';

/** All connections with their lamps; below them agents that could be tried. */
export function ConnectionList(): ReactElement {
  const text = useText();
  const plugins = usePlugin((slice) => slice.plugins);
  const pluginId = usePlugin((slice) => slice.pluginId);
  const onKeyDown = (event: KeyboardEvent<HTMLUListElement>): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined || plugins === null) return;
    event.preventDefault();
    event.stopPropagation();
    const at = plugins.findIndex(({ plugin }) => plugin.id === pluginId);
    const next = plugins[Math.min(plugins.length - 1, Math.max(0, at + step))];
    if (next !== undefined) choosePlugin(next.plugin.id);
  };
  return (
    <aside className={styles.panel} aria-label={text('plugin:list.label')}>
      <SideChoice />
      <div className={styles.head}>
        <h2 className={styles.title}>{text('plugin:list.title')}</h2>
        <IconButton
          icon={Plus}
          label={text('plugin:list.add')}
          keys="n"
          onClick={() => editPlugin(newPluginForm(null, freshId()))}
        />
      </div>
      {plugins === null || plugins.length === 0 ? null : (
        <ul
          role="listbox"
          aria-label={text('plugin:list.title')}
          aria-activedescendant={pluginId === null ? undefined : `plugin-${pluginId}`}
          tabIndex={0}
          className={styles.list}
          onKeyDown={onKeyDown}
        >
          {plugins.map((view) => (
            <Item key={view.plugin.id} view={view} isShown={view.plugin.id === pluginId} />
          ))}
        </ul>
      )}
      <Places />
    </aside>
  );
}

function Item({ view, isShown }: { readonly view: PluginView; readonly isShown: boolean }): ReactElement {
  const text = useText();
  const { plugin, agent, simulated, sockets } = view;
  const state = stateOf(view);
  const where = agent?.agentId ?? sockets[0]?.address ?? '';
  return (
    <li
      id={`plugin-${plugin.id}`}
      role="option"
      aria-selected={isShown}
      data-state={state}
      className={styles.item}
      title={sockets.map(({ address }) => address).join('\n')}
      onClick={() => choosePlugin(plugin.id)}
    >
      <Lamp state={state} />
      <span className={styles.label}>{cellText(plugin.pluginName)}</span>
      <span className={styles.facts}>
        <span className={styles.state}>{text(`links.state.${state}`)}</span> · {cellText(where)}
      </span>
      {simulated || plugin.answer.mode !== 'off' ? (
        <span className={styles.badges}>
          {simulated ? <Badge tone="accent">{text('simulated')}</Badge> : null}
          {plugin.answer.mode === 'off' ? null : <Badge tone="warn">{text('plugin:list.answers')}</Badge>}
        </span>
      ) : null}
    </li>
  );
}

/** What is not connected to yet. */
function Places(): ReactElement | null {
  const text = useText();
  const places = usePlugin((slice) => slice.places);
  const plugins = usePlugin((slice) => slice.plugins) ?? [];
  const used = new Set(plugins.flatMap(({ plugin }) => [plugin.messageAt, plugin.reportAt]));
  const open = places.filter(({ messageAt }) => !used.has(messageAt));
  if (open.length === 0) return null;
  return (
    <section className={styles.places} aria-label={text('plugin:list.places')}>
      <h2 className={styles.title}>{text('plugin:list.places')}</h2>
      <ul>
        {open.map((place) => (
          <li key={place.messageAt}>
            <button
              type="button"
              className={styles.place}
              title={[place.agentId, place.messageAt].filter((part) => part !== '').join('\n')}
              onClick={() => editPlugin(newPluginForm(place, freshId()))}
            >
              <Unplug aria-hidden size="1em" />
              <span className={styles.where} data-kind={place.kind}>
                {place.kind === 'lab' ? cellText(place.agentId) : <PathText path={place.messageAt} />}
              </span>
              <span className={styles.present}>{factOf(place, text)}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Breaks behind a slash where it is too long for a line. */
function PathText({ path }: { readonly path: string }): ReactElement {
  const parts = path.split('/');
  return (
    <>
      {parts.map((part, at) => (
        <Fragment key={at}>
          {at === 0 ? null : '/'}
          <wbr />
          {part}
        </Fragment>
      ))}
    </>
  );
}

function factOf({ present, answers }: PluginPlace, text: TextFunction): string {
  if (answers === null) return text(present ? 'plugin:list.placePresent' : 'plugin:list.placeMissing');
  return text(answers ? 'plugin:list.placeAnswers' : 'plugin:list.placeSilent');
}
