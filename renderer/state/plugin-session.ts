/** What the plugin's side asks of the core, and how the answers become its data. */
import type { SignalboxApi } from '../../shared/contract/api.ts';
import type { CallInput, CallOutput } from '../../shared/contract/contract.ts';
import type { PluginView, TrafficRow } from '../../shared/contract/plugin.ts';
import type { Failure } from '../../shared/failure.ts';
import { LIMITS } from '../../shared/limits.ts';
import { NewestOnly } from './newest-only.ts';
import { oncePerFrame } from './once-per-frame.ts';
import { newMessageId, pluginOfForm, previewInputOf, reportOf } from './plugin-form.ts';
import { choosePlugin, shownPlugin, usePlugin, type PluginSlice } from './plugin-slice.ts';
import { watchStream } from './watch-stream.ts';

const TYPING_MS = 150;
type Act = CallInput<'plugin.act'>['action'];

/** Follows the connections while their side is shown; returns the function that ends it. */
export function openPlugins(api: SignalboxApi): () => void {
  const preview = new NewestOnly(TYPING_MS);
  const lines = new NewestOnly(0);
  const take = oncePerFrame((plugins: readonly PluginView[]) => takeViews(plugins));
  const onBreak = (): void =>
    usePlugin.setState(({ staleSinceMs }) => ({ staleSinceMs: staleSinceMs ?? Date.now() }));
  const ask = (): void => preview.ask((isNewest) => askPreview(api, isNewest));
  const fetch = (): void => lines.ask(() => takeRows(api));
  const stops = [
    watchStream(api, 'plugin.list', {}, { onItem: ({ plugins }) => take(plugins), onBreak }),
    usePlugin.subscribe((next, before) => {
      if (isFormOther(next, before)) {
        if (!next.isPreviewDue) usePlugin.setState({ isPreviewDue: true });
        ask();
      }
      if (areRowsDue(next)) fetch();
      if (next.chosen !== null && next.chosen !== before.chosen) void openFrame(api, next.chosen);
    }),
    () => preview.stop(),
    () => lines.stop(),
  ];
  ask();
  return () => {
    for (const stop of stops) stop();
  };
}

function takeViews(plugins: readonly PluginView[]): void {
  const { pluginId, rows } = usePlugin.getState();
  usePlugin.setState({ plugins, staleSinceMs: null });
  const shown = plugins.find(({ plugin }) => plugin.id === pluginId);
  if (shown === undefined) choosePlugin(plugins[0]?.plugin.id ?? null);
  // Written anew, or the core is another one: its lines begin again; those before are in the feed.
  else if (shown.rows.newest < (rows.at(-1)?.n ?? 0))
    usePlugin.setState({ rows: [], isFollowing: true, chosen: null, detail: { state: 'none' } });
}

function isFormOther(next: PluginSlice, before: PluginSlice): boolean {
  const [now, was] = [shownPlugin(next), shownPlugin(before)];
  return (
    next.uplink !== before.uplink ||
    next.report !== before.report ||
    next.side !== before.side ||
    next.pluginId !== before.pluginId ||
    now?.locked !== was?.locked ||
    JSON.stringify(now?.plugin) !== JSON.stringify(was?.plugin)
  );
}

function areRowsDue(slice: PluginSlice): boolean {
  const newest = shownPlugin(slice)?.rows.newest ?? 0;
  return slice.isFollowing && newest > (slice.rows.at(-1)?.n ?? 0);
}

async function takeRows(api: SignalboxApi): Promise<void> {
  const { pluginId, rows, isFollowing } = usePlugin.getState();
  if (pluginId === null || !isFollowing) return;
  const after = rows.at(-1)?.n ?? 0;
  const rowsMax = LIMITS.gsePluginTrafficRowsMax;
  const result = await api.call('plugin.rows', { pluginId, after, rowsMax });
  const now = usePlugin.getState();
  if (!result.ok || now.pluginId !== pluginId || now.rows !== rows || !now.isFollowing) return;
  if (result.value.rows.length === 0) return;
  usePlugin.setState({ rows: [...rows, ...result.value.rows].slice(-rowsMax) });
}

async function askPreview(api: SignalboxApi, isNewest: () => boolean): Promise<void> {
  const { side, pluginId, uplink, report } = usePlugin.getState();
  const input = pluginId === null ? null : previewInputOf(side, pluginId, uplink, report);
  if (input === null) {
    usePlugin.setState({ preview: null, previewFailure: null, isPreviewDue: false });
    return;
  }
  const result = await api.call('plugin.preview', input);
  if (!isNewest()) return;
  usePlugin.setState(
    result.ok
      ? { preview: result.value, previewFailure: null, isPreviewDue: false }
      : { preview: null, previewFailure: result.failure, isPreviewDue: false },
  );
}

async function openFrame(api: SignalboxApi, n: number): Promise<void> {
  const row = usePlugin.getState().rows.find((one) => one.n === n);
  if (row === undefined) return;
  if (row.seq === null) {
    usePlugin.setState({ detail: { state: 'lost' } });
    return;
  }
  usePlugin.setState({ detail: { state: 'loading' } });
  const result = await api.call('feed.event', { seq: row.seq });
  if (usePlugin.getState().chosen !== n) return;
  usePlugin.setState({
    detail: result.ok
      ? { state: 'here', detail: result.value }
      : { state: 'failed', failure: result.failure },
  });
}

export function rowOf({ rows, chosen }: PluginSlice): TrafficRow | undefined {
  return rows.find(({ n }) => n === chosen);
}

/** How many lines came since the list stands still. */
export function waitingRows(slice: PluginSlice): number {
  if (slice.isFollowing) return 0;
  return Math.max(0, (shownPlugin(slice)?.rows.newest ?? 0) - (slice.rows.at(-1)?.n ?? 0));
}

export function follow(isFollowing: boolean): void {
  if (usePlugin.getState().isFollowing !== isFollowing) usePlugin.setState({ isFollowing });
}

export async function loadPlaces(api: SignalboxApi): Promise<void> {
  const result = await api.call('plugin.places', {});
  if (result.ok) usePlugin.setState({ places: result.value.places });
}

/** Null when it worked. */
export async function actOnPlugin(api: SignalboxApi, pluginId: string, action: Act): Promise<Failure | null> {
  return taken(await api.call('plugin.act', { pluginId, action }));
}

export async function removePlugin(api: SignalboxApi, pluginId: string): Promise<Failure | null> {
  return taken(await api.call('plugin.remove', { pluginId }));
}

/** Keeps what stands in the window, shows it and connects when wanted. Null when it worked, or a field is wrong. */
export async function savePlugin(api: SignalboxApi, isConnecting: boolean): Promise<Failure | null> {
  const { form } = usePlugin.getState();
  const plugin = form === null ? null : pluginOfForm(form);
  if (plugin === null) return null;
  const failure = taken(await api.call('plugin.write', { plugin }));
  if (failure !== null) return failure;
  usePlugin.setState({ form: null });
  choosePlugin(plugin.id);
  return isConnecting ? actOnPlugin(api, plugin.id, 'connect') : null;
}

/** Nothing that is known speaks against it. A preview still due does not hold it up: the core judges what is sent. */
function isUnopposed({ preview, isPreviewDue }: PluginSlice): boolean {
  return isPreviewDue || preview?.fault === null;
}

export function canSendUplink(slice: PluginSlice): boolean {
  return slice.side === 'uplink' && isUnopposed(slice) && !slice.isSending && shownPlugin(slice) !== null;
}

export async function sendUplink(api: SignalboxApi): Promise<Failure | null> {
  const slice = usePlugin.getState();
  const { pluginId, uplink } = slice;
  if (pluginId === null || !canSendUplink(slice)) return null;
  const { messageId, content } = uplink;
  usePlugin.setState({ isSending: true, result: null });
  const result = await api.call('plugin.send', { pluginId, messageId, content });
  if (!result.ok) {
    usePlugin.setState({ isSending: false });
    return result.failure;
  }
  const atMs = Date.now();
  usePlugin.setState({ isSending: false, result: { ...result.value, messageId, atMs } });
  // What did not go out stays as it is, to be sent again.
  if (result.value.outcome === 'sent')
    usePlugin.setState((now) => ({
      uplink: { ...now.uplink, messageId: newMessageId(atMs, Math.random()), replyTo: null },
    }));
  return null;
}

export function canReport(slice: PluginSlice): boolean {
  const { side, report, pluginId } = slice;
  if (side !== 'report' || !isUnopposed(slice)) return false;
  return pluginId !== null && reportOf(report, pluginId) !== null && !isReporting(slice);
}

export function isReporting(slice: PluginSlice): boolean {
  const run = shownPlugin(slice)?.report ?? null;
  return run !== null && run.endedAtMs === null;
}

export async function startReports(api: SignalboxApi): Promise<Failure | null> {
  const slice = usePlugin.getState();
  const input = slice.pluginId === null ? null : reportOf(slice.report, slice.pluginId);
  if (input === null || !canReport(slice)) return null;
  return taken(await api.call('plugin.report', input));
}

type Listed =
  | { readonly ok: true; readonly value: CallOutput<'plugin.act'> }
  | { readonly ok: false; readonly failure: Failure };

function taken(result: Listed): Failure | null {
  if (!result.ok) return result.failure;
  takeViews(result.value.plugins);
  return null;
}
