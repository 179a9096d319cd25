/** The feed's actions for keyboard and palette. */
import type { SignalboxApi } from '../../../shared/contract/api.ts';
import { printFilter } from '../../../shared/filter/print.ts';
import type { TextFunction } from '../../i18n/i18n.ts';
import { type Command, registerCommands } from '../../state/commands.ts';
import { isAnswerable } from '../../state/dispatch-reply.ts';
import { fieldTerm, narrow, setFilter } from '../../state/feed-filter.ts';
import {
  goToError,
  moveSelection,
  screenful,
  select,
  selectedRow,
  togglePause,
} from '../../state/feed-session.ts';
import { useFeed } from '../../state/feed-slice.ts';
import { useSettings } from '../../state/settings-slice.ts';
import { goLive } from '../../state/time-slice.ts';
import { answer, copyEvent, toggleBookmark } from './feed-acts.ts';
import {
  setCopyMenuOpen,
  setExportOpen,
  setFacetsOpen,
  setInspectorOpen,
  useView,
} from './feed-view-slice.ts';
import { focusFilter } from './filter-box.tsx';

export function registerFeedCommands(api: SignalboxApi, text: TextFunction): () => void {
  const stopFixed = registerCommands([...feedCommands(), ...rowCommands(api, text)]);
  const stopSaved = followSavedFilters();
  return () => {
    stopFixed();
    stopSaved();
  };
}

function feedCommands(): Command[] {
  const group = 'feed';
  return [
    { id: 'feed.filter', titleKey: 'feed:command.filter', group, keys: ['/'], run: focusFilter },
    {
      id: 'feed.clear-filter',
      titleKey: 'feed:command.clearFilter',
      group,
      keys: [],
      run: () => setFilter(''),
    },
    { id: 'feed.pause', titleKey: 'feed:command.pause', group, keys: ['Space'], run: togglePause },
    { id: 'feed.live', titleKey: 'feed:command.live', group, keys: ['End'], run: goLive },
    {
      id: 'feed.next-error',
      titleKey: 'feed:command.nextError',
      group,
      keys: ['e'],
      run: () => void goToError('after'),
    },
    {
      id: 'feed.previous-error',
      titleKey: 'feed:command.previousError',
      group,
      keys: ['E'],
      run: () => void goToError('before'),
    },
    { id: 'feed.export', titleKey: 'feed:command.export', group, keys: [], run: () => setExportOpen(true) },
    {
      id: 'feed.facets',
      titleKey: 'feed:command.facets',
      group,
      keys: [],
      run: () => setFacetsOpen(!useView.getState().areFacetsOpen),
    },
    {
      id: 'feed.inspector',
      titleKey: 'feed:command.inspector',
      group,
      keys: ['i', 'Enter'],
      run: () => setInspectorOpen(!useView.getState().isInspectorOpen),
    },
  ];
}

function rowCommands(api: SignalboxApi, text: TextFunction): Command[] {
  const row = { group: 'row', isEnabled: () => useFeed.getState().selectedSeq !== null } as const;
  const withSeq = (act: (seq: number) => void) => (): void => {
    const { selectedSeq } = useFeed.getState();
    if (selectedSeq !== null) act(selectedSeq);
  };
  const narrowToType = (exclude: boolean) => (): void => {
    const selected = selectedRow();
    if (selected !== null) narrow(fieldTerm('type', selected.type), exclude);
  };
  /** All that has the same: a reply and what it answers stand together then. */
  const pivot = (field: 'id' | 'host') => (): void => {
    const selected = selectedRow();
    if (selected !== null && selected[field] !== '')
      setFilter(printFilter(fieldTerm(field, selected[field])));
  };
  return [
    {
      id: 'row.next',
      titleKey: 'feed:command.nextRow',
      group: 'row',
      keys: ['j', 'ArrowDown'],
      run: () => moveSelection(1),
    },
    {
      id: 'row.previous',
      titleKey: 'feed:command.previousRow',
      group: 'row',
      keys: ['k', 'ArrowUp'],
      run: () => moveSelection(-1),
    },
    {
      id: 'row.page-down',
      titleKey: 'feed:command.pageDown',
      group: 'row',
      keys: ['PageDown'],
      run: () => moveSelection(screenful()),
    },
    {
      id: 'row.page-up',
      titleKey: 'feed:command.pageUp',
      group: 'row',
      keys: ['PageUp'],
      run: () => moveSelection(-screenful()),
    },
    { ...row, id: 'row.none', titleKey: 'feed:command.unselect', keys: ['Escape'], run: () => select(null) },
    {
      ...row,
      id: 'row.bookmark',
      titleKey: 'feed:command.bookmark',
      keys: ['b'],
      run: withSeq((seq) => void toggleBookmark(api, seq, text)),
    },
    { ...row, id: 'row.only', titleKey: 'feed:command.only', keys: ['o'], run: narrowToType(false) },
    { ...row, id: 'row.exclude', titleKey: 'feed:command.exclude', keys: ['x'], run: narrowToType(true) },
    { ...row, id: 'row.only-id', titleKey: 'feed:command.onlyId', keys: ['m'], run: pivot('id') },
    { ...row, id: 'row.only-host', titleKey: 'feed:command.onlyHost', keys: ['h'], run: pivot('host') },
    {
      ...row,
      id: 'row.reply',
      titleKey: 'feed:command.reply',
      keys: ['r'],
      isEnabled: () => {
        const selected = selectedRow();
        return selected !== null && isAnswerable(selected);
      },
      run: () => {
        const selected = selectedRow();
        if (selected !== null) void answer(api, selected, text);
      },
    },
    {
      ...row,
      id: 'row.copy',
      titleKey: 'feed:command.copyJson',
      keys: ['c'],
      run: withSeq((seq) => void copyEvent(api, seq, 'json', text)),
    },
    {
      ...row,
      id: 'row.copy-as',
      titleKey: 'feed:command.copyAs',
      keys: ['C'],
      run: () => setCopyMenuOpen(true),
    },
  ];
}

/** Each saved filter is a command of the palette. */
function followSavedFilters(): () => void {
  let stop: () => void = () => undefined;
  const register = (saved: ReturnType<typeof useSettings.getState>['settings']['savedFilters']): void => {
    stop();
    stop = registerCommands(
      saved.map(({ name, filter }, index) => ({
        id: `feed.saved-${index}`,
        titleKey: 'command.savedFilter',
        titleValues: { name },
        group: 'feed',
        keys: [],
        run: () => setFilter(filter),
      })),
    );
  };
  register(useSettings.getState().settings.savedFilters);
  const unsubscribe = useSettings.subscribe((next, previous) => {
    if (next.settings.savedFilters !== previous.settings.savedFilters) register(next.settings.savedFilters);
  });
  return () => {
    unsubscribe();
    stop();
  };
}
