/** The Cache view's actions for keyboard and palette. */
import type { SignalboxApi } from '../../../shared/contract/api.ts';
import { focusFilterField } from '../../components/filter-field.tsx';
import { cellText } from '../../components/shown-text.ts';
import { coreText } from '../../i18n/core-text.ts';
import type { TextFunction } from '../../i18n/i18n.ts';
import { setCacheFilter } from '../../state/cache-filter.ts';
import { actOnService, selectService, stepGeneration } from '../../state/cache-session.ts';
import {
  selectRow,
  serviceOf,
  setInspector,
  setMode,
  useCache,
  useCacheView,
} from '../../state/cache-slice.ts';
import { type Command, registerCommands } from '../../state/commands.ts';
import { togglePause } from '../../state/feed-session.ts';
import { useHello } from '../../state/hello-slice.ts';
import { goLive } from '../../state/time-slice.ts';
import { showToast } from '../../state/toasts.ts';
import { copyRow, copyRowAsCli, moveSelection, narrowToName, screenful } from './cache-acts.ts';
import { openExport } from './export-rows.tsx';
import { focusLookup } from './lookup-bar.tsx';
import { openWatch } from './service-list.tsx';
import { closeOrParent, openOrChild } from './tree-keys.ts';

export const FILTER_ID = 'cache-filter';

export function registerCacheCommands(api: SignalboxApi, text: TextFunction): () => void {
  const stopFixed = registerCommands([
    ...viewCommands(),
    ...serviceCommands(api, text),
    ...rowCommands(text),
  ]);
  const stopServices = followServices();
  return () => {
    stopFixed();
    stopServices();
  };
}

function viewCommands(): Command[] {
  const group = 'cache';
  return [
    {
      id: 'cache.filter',
      titleKey: 'cache:command.filter',
      group,
      keys: ['/'],
      run: () => focusFilterField(FILTER_ID),
    },
    {
      id: 'cache.clear-filter',
      titleKey: 'cache:command.clearFilter',
      group,
      keys: [],
      run: () => setCacheFilter(''),
    },
    { id: 'cache.watch', titleKey: 'cache:command.watch', group, keys: [], run: openWatch },
    { id: 'cache.freeze', titleKey: 'cache:command.freeze', group, keys: ['Space'], run: togglePause },
    { id: 'cache.live', titleKey: 'cache:command.live', group, keys: ['End'], run: goLive },
    {
      id: 'cache.previous-generation',
      titleKey: 'cache:command.previousGeneration',
      group,
      keys: ['['],
      run: () => stepGeneration(-1),
    },
    {
      id: 'cache.next-generation',
      titleKey: 'cache:command.nextGeneration',
      group,
      keys: [']'],
      run: () => stepGeneration(1),
    },
    { id: 'cache.table', titleKey: 'cache:command.table', group, keys: [], run: () => setMode('table') },
    { id: 'cache.tree', titleKey: 'cache:command.tree', group, keys: ['t'], run: toggleTree },
    { id: 'cache.compare', titleKey: 'cache:command.compare', group, keys: ['d'], run: toggleCompare },
    { id: 'cache.lookup', titleKey: 'cache:command.lookup', group, keys: ['l'], run: focusLookup },
    { id: 'cache.export', titleKey: 'cache:command.export', group, keys: [], run: () => openExport(true) },
    {
      id: 'cache.inspector',
      titleKey: 'cache:command.inspector',
      group,
      keys: ['i', 'Enter'],
      run: () => setInspector(!useCacheView.getState().isInspectorOpen),
    },
  ];
}

function toggleTree(): void {
  setMode(useCacheView.getState().mode === 'tree' ? 'table' : 'tree');
}

function toggleCompare(): void {
  setMode(useCacheView.getState().mode === 'compare' ? 'table' : 'compare');
}

function serviceCommands(api: SignalboxApi, text: TextFunction): Command[] {
  const canAct = (): boolean =>
    serviceOf(useCache.getState()) !== null && useHello.getState().hello?.profile.readOnly !== true;
  const act = (action: 'refresh' | 'pause' | 'resume'): void => {
    const service = serviceOf(useCache.getState());
    if (service === null) return;
    void actOnService(api, { serviceId: service.id, action, intervalMs: null }).then((failure) => {
      if (failure === null) return;
      const label = cellText(coreText(service.label));
      const { code } = failure;
      showToast('bad', text('cache:head.actFailed', { label, code, message: coreText(failure.message) }));
    });
  };
  return [
    {
      id: 'cache.refresh',
      titleKey: 'cache:command.refresh',
      group: 'cache',
      keys: ['r'],
      isEnabled: canAct,
      run: () => act('refresh'),
    },
    {
      id: 'cache.pause-refresh',
      titleKey: 'cache:command.pauseRefresh',
      group: 'cache',
      keys: ['p'],
      isEnabled: canAct,
      run: () => act(serviceOf(useCache.getState())?.paused === true ? 'resume' : 'pause'),
    },
  ];
}

function rowCommands(text: TextFunction): Command[] {
  const group = 'row';
  const hasRow = (): boolean => useCache.getState().selectedKey !== null;
  const isTree = (): boolean => useCacheView.getState().mode === 'tree';
  return [
    {
      id: 'cache.row.next',
      titleKey: 'cache:command.nextRow',
      group,
      keys: ['j', 'ArrowDown'],
      run: () => moveSelection(1),
    },
    {
      id: 'cache.row.previous',
      titleKey: 'cache:command.previousRow',
      group,
      keys: ['k', 'ArrowUp'],
      run: () => moveSelection(-1),
    },
    {
      id: 'cache.row.page-down',
      titleKey: 'cache:command.pageDown',
      group,
      keys: ['PageDown'],
      run: () => moveSelection(screenful()),
    },
    {
      id: 'cache.row.page-up',
      titleKey: 'cache:command.pageUp',
      group,
      keys: ['PageUp'],
      run: () => moveSelection(-screenful()),
    },
    {
      id: 'cache.row.none',
      titleKey: 'cache:command.unselect',
      group,
      keys: ['Escape'],
      isEnabled: hasRow,
      run: () => selectRow(null),
    },
    {
      id: 'cache.row.copy',
      titleKey: 'cache:command.copy',
      group,
      keys: ['c'],
      isEnabled: hasRow,
      run: () => void copyRow(text),
    },
    {
      id: 'cache.row.copy-as',
      titleKey: 'cache:command.copyCli',
      group,
      keys: ['C'],
      isEnabled: hasRow,
      run: () => void copyRowAsCli(text),
    },
    {
      id: 'cache.row.only',
      titleKey: 'cache:command.only',
      group,
      keys: ['o'],
      isEnabled: hasRow,
      run: () => narrowToName(false),
    },
    {
      id: 'cache.row.exclude',
      titleKey: 'cache:command.exclude',
      group,
      keys: ['x'],
      isEnabled: hasRow,
      run: () => narrowToName(true),
    },
    {
      id: 'cache.row.close',
      titleKey: 'cache:command.closeFolder',
      group,
      keys: ['ArrowLeft'],
      isEnabled: isTree,
      run: closeOrParent,
    },
    {
      id: 'cache.row.open',
      titleKey: 'cache:command.openFolder',
      group,
      keys: ['ArrowRight'],
      isEnabled: isTree,
      run: openOrChild,
    },
  ];
}

/** Each service is a command of the palette, registered anew when services come or go. */
function followServices(): () => void {
  let stop: () => void = () => undefined;
  let present = '';
  const take = (): void => {
    const services = useCache.getState().services ?? [];
    const wanted = JSON.stringify(services.map(({ id, label }) => [id, label]));
    if (wanted === present) return;
    present = wanted;
    stop();
    stop = registerCommands(
      services.map(({ id, label }) => ({
        id: `cache.service.${id}`,
        titleKey: 'cache:command.service',
        titleValues: { label: cellText(label) },
        group: 'cache',
        keys: [],
        run: () => selectService(id),
      })),
    );
  };
  take();
  const unsubscribe = useCache.subscribe(take);
  return () => {
    unsubscribe();
    stop();
  };
}
