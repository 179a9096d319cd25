/** The plugin side's actions for keyboard, palette and buttons. */
import type { SignalboxApi } from '../../../shared/contract/api.ts';
import type { TrafficRow } from '../../../shared/contract/plugin.ts';
import type { TextFunction } from '../../i18n/i18n.ts';
import { type Command, registerCommands } from '../../state/commands.ts';
import { useHello } from '../../state/hello-slice.ts';
import { formOfPlugin, newPluginForm } from '../../state/plugin-form.ts';
import {
  actOnPlugin,
  canReport,
  canSendUplink,
  follow,
  isReporting,
  rowOf,
  sendUplink,
  startReports,
} from '../../state/plugin-session.ts';
import { editPlugin, pickRow, replyTo, shownPlugin, usePlugin } from '../../state/plugin-slice.ts';
import { showPlugins } from '../../state/plugin-shown.ts';
import { showToast } from '../../state/toasts.ts';
import { sayFailure } from '../dispatch/try-send.ts';

const CONTENT_ID = 'uplink-content';

/** Nothing but this page makes ids of connections. */
export function freshId(): string {
  return `c-${crypto.randomUUID().slice(0, 13)}`;
}

/** Sends the uplink or starts the reports, whichever is shown. */
export function sendOrStart(api: SignalboxApi, text: TextFunction): void {
  if (!isWritable()) return;
  const isUplink = usePlugin.getState().side === 'uplink';
  const doing = isUplink ? sendUplink(api) : startReports(api);
  void doing.then((failure) => sayFailure(failure, text));
}

export function stopReports(api: SignalboxApi, text: TextFunction): void {
  act(api, text, 'report_stop');
}

export function keepaliveNow(api: SignalboxApi, text: TextFunction): void {
  const { pluginId } = usePlugin.getState();
  if (pluginId === null) return;
  void actOnPlugin(api, pluginId, 'keepalive').then((failure) => {
    if (failure === null) showToast('ok', text('plugin:head.keepaliveSent'));
    else sayFailure(failure, text);
  });
}

function act(api: SignalboxApi, text: TextFunction, action: 'connect' | 'disconnect' | 'report_stop'): void {
  const { pluginId } = usePlugin.getState();
  if (pluginId === null) return;
  void actOnPlugin(api, pluginId, action).then((failure) => sayFailure(failure, text));
}

function isWritable(): boolean {
  return useHello.getState().hello?.profile.readOnly !== true;
}

export function registerPluginCommands(api: SignalboxApi, text: TextFunction): () => void {
  return registerCommands([...connectionCommands(api, text), ...sendCommands(api, text), ...rowCommands()]);
}

function connectionCommands(api: SignalboxApi, text: TextFunction): Command[] {
  const shown = (): ReturnType<typeof shownPlugin> => shownPlugin(usePlugin.getState());
  return [
    {
      id: 'plugin.back',
      titleKey: 'plugin:command.back',
      group: 'plugin',
      keys: [],
      run: () => showPlugins(false),
    },
    {
      id: 'plugin.add',
      titleKey: 'plugin:command.add',
      group: 'plugin',
      keys: ['n'],
      isEnabled: isWritable,
      run: () => editPlugin(newPluginForm(null, freshId())),
    },
    {
      id: 'plugin.edit',
      titleKey: 'plugin:command.edit',
      group: 'plugin',
      keys: [],
      isEnabled: () => isWritable() && shown() !== null,
      run: () => {
        const view = shown();
        if (view !== null) editPlugin(formOfPlugin(view.plugin));
      },
    },
    {
      id: 'plugin.connect',
      titleKey: 'plugin:command.connect',
      group: 'plugin',
      keys: ['o'],
      isEnabled: () => isWritable() && shown() !== null,
      run: () => act(api, text, shown()?.wanted === true ? 'disconnect' : 'connect'),
    },
    {
      id: 'plugin.keepalive',
      titleKey: 'plugin:command.keepalive',
      group: 'plugin',
      keys: ['a'],
      isEnabled: () => isWritable() && shown()?.wanted === true,
      run: () => keepaliveNow(api, text),
    },
  ];
}

function sendCommands(api: SignalboxApi, text: TextFunction): Command[] {
  return [
    {
      id: 'plugin.send',
      titleKey: 'plugin:command.send',
      group: 'plugin',
      keys: ['Ctrl+Enter'],
      isEnabled: () =>
        isWritable() && (canSendUplink(usePlugin.getState()) || canReport(usePlugin.getState())),
      run: () => sendOrStart(api, text),
    },
    {
      id: 'plugin.reports.stop',
      titleKey: 'plugin:command.stopReports',
      group: 'plugin',
      keys: [],
      isEnabled: () => isReporting(usePlugin.getState()),
      run: () => stopReports(api, text),
    },
    {
      id: 'plugin.reply',
      titleKey: 'plugin:command.reply',
      group: 'row',
      keys: ['r'],
      isEnabled: () => answerable() !== undefined,
      run: () => {
        const row = answerable();
        if (row !== undefined) replyTo(row);
        requestAnimationFrame(() => document.getElementById(CONTENT_ID)?.focus());
      },
    },
  ];
}

/** The chosen downlink, or the newest one while nothing is chosen. */
function answerable(): TrafficRow | undefined {
  const slice = usePlugin.getState();
  const isOne = (row: TrafficRow): boolean => row.state === 'received' && !row.isIdCut;
  const chosen = rowOf(slice);
  if (chosen !== undefined) return isOne(chosen) ? chosen : undefined;
  return slice.rows.findLast(isOne);
}

function rowCommands(): Command[] {
  const move = (step: number): void => {
    const { rows, chosen } = usePlugin.getState();
    const at = rows.findIndex(({ n }) => n === chosen);
    // The newest first: it is the one that was just seen to come.
    const next = at < 0 ? rows.at(-1) : rows[Math.min(rows.length - 1, Math.max(0, at + step))];
    if (next === undefined) return;
    follow(false);
    pickRow(next.n);
  };
  const isEnabled = (): boolean => usePlugin.getState().rows.length > 0;
  const row = { group: 'row', isEnabled } as const;
  return [
    {
      ...row,
      id: 'plugin.row.next',
      titleKey: 'plugin:command.next',
      keys: ['j', 'ArrowDown'],
      run: () => move(1),
    },
    {
      ...row,
      id: 'plugin.row.previous',
      titleKey: 'plugin:command.previous',
      keys: ['k', 'ArrowUp'],
      run: () => move(-1),
    },
    {
      ...row,
      id: 'plugin.row.follow',
      titleKey: 'plugin:command.follow',
      keys: ['End'],
      run: () => follow(true),
    },
    {
      id: 'plugin.row.close',
      titleKey: 'plugin:command.closeFrame',
      group: 'row',
      keys: ['Escape'],
      isEnabled: () => usePlugin.getState().chosen !== null,
      run: () => pickRow(null),
    },
  ];
}
