/** What stands in the forms of the plugin's side. Pure. */
import type { CallInput } from '../../shared/contract/contract.ts';
import type { Plugin, PluginPlace, PluginPreviewInput } from '../../shared/contract/plugin.ts';
import { LIMITS } from '../../shared/limits.ts';
import { wholeNumber } from './whole-number.ts';

type Content = CallInput<'plugin.send'>['content'];

/** Numbers are kept as typed, so that a half-typed one is not changed under the cursor. */
export interface PluginForm extends Omit<Plugin, 'keepaliveMs'> {
  readonly keepaliveMs: string;
  readonly isNew: boolean;
}
export interface UplinkForm {
  readonly messageId: string;
  /** Line it answers; null for a message of one's own. */
  readonly replyTo: number | null;
  readonly content: Content;
}
export interface ReportForm {
  readonly dataId: string;
  readonly perSecond: string;
  /** '' = until it is stopped. */
  readonly total: string;
  readonly timeUnit: CallInput<'plugin.report'>['timeUnit'];
  readonly content: Content;
}

export const EMPTY_REPORT: ReportForm = {
  dataId: '1000',
  perSecond: '1',
  total: '1',
  timeUnit: 'milliseconds',
  content: { mode: 'text', text: '' },
};
export const TOTAL_MAX = 1_000_000_000;

export function newPluginForm(place: PluginPlace | null, id: string): PluginForm {
  return {
    id,
    pluginName: place?.pluginName ?? '',
    pluginVersion: 'signalbox',
    profileId: '',
    messageAt: place?.messageAt ?? '',
    reportAt: place?.reportAt ?? '',
    keepaliveMs: String(LIMITS.gseKeepaliveMs),
    sdkExact: false,
    answer: { mode: 'off', text: '' },
    isNew: true,
  };
}

export function formOfPlugin(plugin: Plugin): PluginForm {
  return { ...plugin, keepaliveMs: String(plugin.keepaliveMs), isNew: false };
}

/** Null while a field is wrong. */
export function pluginOfForm({ isNew: _isNew, ...form }: PluginForm): Plugin | null {
  const keepaliveMs = wholeNumber(
    form.keepaliveMs,
    LIMITS.gsePluginKeepaliveMsMin,
    LIMITS.gsePluginKeepaliveMsMax,
  );
  if (keepaliveMs === null || form.pluginName === '' || form.pluginVersion === '') return null;
  if (form.messageAt === '' && form.reportAt === '') return null;
  if (!isPlace(form.messageAt) || !isPlace(form.reportAt)) return null;
  return { ...form, keepaliveMs };
}

/** '' = none; else a path from the root or a port. */
export function isPlace(typed: string): boolean {
  return typed === '' || typed.startsWith('/') || wholeNumber(typed, 1, 65_535) !== null;
}

export function dataIdOf(typed: string): number | null {
  return wholeNumber(typed, 0, 0xff_ff_ff_ff);
}

/** Null while a number is wrong. */
export function reportOf(form: ReportForm, pluginId: string): CallInput<'plugin.report'> | null {
  const dataId = dataIdOf(form.dataId);
  const perSecond = wholeNumber(form.perSecond, 1, LIMITS.gsePluginReportsPerSecondMax);
  const total = form.total.trim() === '' ? 0 : wholeNumber(form.total, 1, TOTAL_MAX);
  if (dataId === null || perSecond === null || total === null) return null;
  const { timeUnit, content } = form;
  return { pluginId, dataId, timeUnit, content, perSecond, total };
}

/** Null while there is nothing to show. */
export function previewInputOf(
  side: 'uplink' | 'report',
  pluginId: string,
  uplink: UplinkForm,
  report: ReportForm,
): PluginPreviewInput | null {
  if (side === 'uplink')
    return { kind: 'uplink', pluginId, messageId: uplink.messageId, content: uplink.content };
  const dataId = dataIdOf(report.dataId);
  if (dataId === null) return null;
  return { kind: 'report', pluginId, dataId, timeUnit: report.timeUnit, content: report.content };
}

/** An id nobody else has: time and chance. `chance` in [0, 1). */
export function newMessageId(nowMs: number, chance: number): string {
  const tail = Math.floor(chance * 36 ** 4)
    .toString(36)
    .padStart(4, '0');
  return `plug-${Math.floor(nowMs / 1_000)}-${tail}`;
}
