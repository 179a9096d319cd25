/** The plugin's side as data. Written by plugin-session.ts and the acts here. */
import { create } from 'zustand';
import type { CallOutput } from '../../shared/contract/contract.ts';
import type { PluginPlace, PluginPreview, PluginView, TrafficRow } from '../../shared/contract/plugin.ts';
import type { Failure } from '../../shared/failure.ts';
import type { EventDetail } from '../../shared/model/event.ts';
import { contentOfBytes } from './dispatch-form.ts';
import {
  EMPTY_REPORT,
  newMessageId,
  type PluginForm,
  type ReportForm,
  type UplinkForm,
} from './plugin-form.ts';

export type PluginSide = 'uplink' | 'report';
export type FrameShape = 'text' | 'lines' | 'wire';
export type FrameDetail =
  | { readonly state: 'none' | 'loading' | 'lost' }
  | { readonly state: 'here'; readonly detail: EventDetail }
  | { readonly state: 'failed'; readonly failure: Failure };
export type SendResult = CallOutput<'plugin.send'> & { readonly messageId: string; readonly atMs: number };

export interface PluginSlice {
  /** Null until told. */
  readonly plugins: readonly PluginView[] | null;
  readonly staleSinceMs: number | null;
  readonly pluginId: string | null;
  readonly places: readonly PluginPlace[];
  /** What stands in the window of a connection; null = it is closed. */
  readonly form: PluginForm | null;
  /** Lines of the shown connection, oldest first. */
  readonly rows: readonly TrafficRow[];
  /** False: the list stands still and newer lines wait. */
  readonly isFollowing: boolean;
  /** `n` of the chosen line. */
  readonly chosen: number | null;
  readonly detail: FrameDetail;
  readonly shape: FrameShape;
  readonly side: PluginSide;
  readonly uplink: UplinkForm;
  readonly report: ReportForm;
  readonly preview: PluginPreview | null;
  readonly previewFailure: Failure | null;
  /** The preview does not show what stands in the form yet. */
  readonly isPreviewDue: boolean;
  readonly isSending: boolean;
  readonly result: SendResult | null;
}

export const usePlugin = create<PluginSlice>(() => ({
  plugins: null,
  staleSinceMs: null,
  pluginId: null,
  places: [],
  form: null,
  rows: [],
  isFollowing: true,
  chosen: null,
  detail: { state: 'none' },
  shape: 'text',
  side: 'uplink',
  uplink: freshUplink(),
  report: EMPTY_REPORT,
  preview: null,
  previewFailure: null,
  isPreviewDue: true,
  isSending: false,
  result: null,
}));

function freshUplink(): UplinkForm {
  return {
    messageId: newMessageId(Date.now(), Math.random()),
    replyTo: null,
    content: { mode: 'text', text: '' },
  };
}

export function shownPlugin({ plugins, pluginId }: PluginSlice): PluginView | null {
  return plugins?.find(({ plugin }) => plugin.id === pluginId) ?? null;
}

export function choosePlugin(pluginId: string | null): void {
  if (usePlugin.getState().pluginId === pluginId) return;
  usePlugin.setState({
    pluginId,
    rows: [],
    isFollowing: true,
    chosen: null,
    detail: { state: 'none' },
    result: null,
    uplink: { ...usePlugin.getState().uplink, replyTo: null },
  });
}

export function editPlugin(form: PluginForm | null): void {
  usePlugin.setState({ form });
}

export function changePluginForm(patch: Partial<PluginForm>): void {
  usePlugin.setState(({ form }) => (form === null ? {} : { form: { ...form, ...patch } }));
}

export function showSide(side: PluginSide): void {
  usePlugin.setState({ side });
}

export function showShape(shape: FrameShape): void {
  usePlugin.setState({ shape });
}

export function changeUplink(patch: Partial<UplinkForm>): void {
  usePlugin.setState(({ uplink }) => ({ uplink: { ...uplink, ...patch } }));
}

export function changeReport(patch: Partial<ReportForm>): void {
  usePlugin.setState(({ report }) => ({ report: { ...report, ...patch } }));
}

/** The content stays; the message begins a conversation of its own. */
export function takeNewId(): void {
  changeUplink({ messageId: freshUplink().messageId, replyTo: null });
}

/** The same id, as real plugins do. */
export function replyTo({ n, messageId, isIdCut, state }: TrafficRow): void {
  if (state !== 'received' || isIdCut) return;
  usePlugin.setState(({ uplink }) => ({
    side: 'uplink',
    uplink: { ...uplink, messageId, replyTo: n },
    result: null,
  }));
}

/** Content of a file: as text when it is UTF-8, else as base64. */
export function contentOfFile(bytes: Uint8Array, before: UplinkForm['content']): UplinkForm['content'] {
  const { mode, text } = contentOfBytes(bytes, { ...before, notUtf8: 'refuse' });
  return { mode, text };
}

export function pickRow(n: number | null): void {
  usePlugin.setState(n === null ? { chosen: null, detail: { state: 'none' } } : { chosen: n });
}
