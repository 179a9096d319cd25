/** One plugin connection: its two sockets, what comes and goes, and what the operator does with it. */
import type { Clock } from '../../../shared/clock.ts';
import type { CallInput, CallOutput } from '../../../shared/contract/contract.ts';
import type { Plugin, PluginView, ReportRunView } from '../../../shared/contract/plugin.ts';
import { OperatingError } from '../../../shared/failure.ts';
import { SendError, type GseProtocolError } from '../../protocols/gse/errors.ts';
import { FRAME_HEADER_BYTES, frameBytes, type Frame } from '../../protocols/gse/frames.ts';
import { MessageClient } from '../../protocols/gse/message-client.ts';
import { ReportClient } from '../../protocols/gse/report-client.ts';
import type { DownlinkMessage } from '../../protocols/gse/socket-messages.ts';
import type { Feed } from '../feed.ts';
import type { Link, LinkRegistry } from '../links.ts';
import { addressOf } from './plugin-diagnosis.ts';
import { ReportRun } from './plugin-reports.ts';
import { PluginSocket, shownPlace } from './plugin-socket.ts';
import { PluginTraffic, type Passed } from './plugin-traffic.ts';

export interface PluginLinkOptions {
  readonly plugin: Plugin;
  readonly simulated: boolean;
  readonly feed: Feed;
  readonly links: LinkRegistry;
  readonly clock: Clock;
  /** Why nothing may be sent now; '' = it may. */
  readonly lock: () => string;
  /** From the drawer of its link, so that it is judged and written down as from the view. */
  readonly act: (action: 'connect' | 'disconnect') => Promise<void>;
  readonly changed: () => void;
}

type Sent = CallOutput<'plugin.send'>;
const NO_BYTES = new Uint8Array(0);

export class PluginLink {
  readonly plugin: Plugin;
  readonly #options: PluginLinkOptions;
  readonly #message: PluginSocket<MessageClient> | null;
  readonly #report: PluginSocket<ReportClient> | null;
  readonly #traffic: PluginTraffic;
  readonly #uplinks = { sent: 0, notSent: 0, unknown: 0 };
  #run: ReportRun | null = null;
  #isWanted = false;

  constructor(options: PluginLinkOptions) {
    const { plugin, feed, simulated, changed } = options;
    this.plugin = plugin;
    this.#options = options;
    this.#message = plugin.messageAt === '' ? null : this.#messageSocket();
    this.#report = plugin.reportAt === '' ? null : this.#reportSocket();
    const peer = shownPlace(plugin.messageAt === '' ? plugin.reportAt : plugin.messageAt);
    this.#traffic = new PluginTraffic({ feed, simulated, linkId: pluginLinkId(plugin.id), peer, changed });
  }

  get isWanted(): boolean {
    return this.#isWanted;
  }

  open(): void {
    this.#isWanted = true;
    this.#message?.open();
    this.#report?.open();
    this.#options.changed();
  }

  /** Settles at once. Idempotent. */
  async close(reason: string): Promise<void> {
    this.#isWanted = false;
    this.#run?.stop();
    this.#tellForgotten();
    await Promise.all([this.#message?.close(reason), this.#report?.close(reason)]);
    this.#options.changed();
  }

  /** Its lamps leave the strip. */
  forget(): void {
    for (const kind of ['message', 'report'] as const)
      this.#options.links.remove(pluginLinkId(this.plugin.id, kind));
  }

  second(): void {
    this.#message?.second();
    this.#report?.second();
  }

  rows(after: number, rowsMax: number): CallOutput<'plugin.rows'> {
    return { rows: this.#traffic.rows(after, rowsMax) };
  }

  view(): PluginView {
    const sockets = [this.#message, this.#report].filter((socket) => socket !== null);
    return {
      plugin: this.plugin,
      wanted: this.#isWanted,
      simulated: this.#options.simulated,
      locked: this.#options.lock(),
      sockets: sockets.map((socket) => socket.view()),
      agent: this.#agent(),
      rows: this.#traffic.bounds,
      uplinks: { ...this.#uplinks },
      report: this.#run?.view() ?? null,
    };
  }

  /** To every socket that is connected. Fails with E_DISCONNECTED, and as a send does. */
  async keepalive(): Promise<void> {
    const sockets = [this.#message, this.#report].filter((socket) => socket !== null);
    const connected = sockets.filter(({ client }) => client.state === 'connected');
    if (connected.length === 0)
      throw new OperatingError('E_DISCONNECTED', 'not connected', { fix: 'Connect first.' });
    await Promise.all(connected.map(({ client }) => client.keepalive()));
  }

  /** Never fails for what the agent or the system does: the answer says what became of the frame. Fails with E_UNSUPPORTED. */
  async send(messageId: string, content: Uint8Array, auto: boolean): Promise<Sent> {
    const socket = this.#message;
    if (socket === null)
      throw new OperatingError('E_UNSUPPORTED', 'this connection has no message socket', {
        fix: 'Give it one.',
      });
    const frame = socket.client.encodeMessage(messageId, content);
    const sent = await settle(socket.client.sendFrame(frame), frame.length);
    if (sent.outcome === 'sent') this.#uplinks.sent += 1;
    else if (sent.outcome === 'not_sent') this.#uplinks.notSent += 1;
    else this.#uplinks.unknown += 1;
    const { stored } = this.#traffic.add({
      ...this.#passed('message', 'uplink'),
      state: sent.outcome,
      messageId,
      head: frame.subarray(0, frame.length - content.length),
      content,
      detail: sent.reason,
      auto,
    });
    await stored;
    return sent;
  }

  /** Instead of a run that is under way. Fails with E_UNSUPPORTED, E_DISCONNECTED. */
  startReports(input: Omit<CallInput<'plugin.report'>, 'pluginId' | 'content'>, content: Uint8Array): void {
    const socket = this.#report;
    if (socket === null)
      throw new OperatingError('E_UNSUPPORTED', 'this connection has no report socket', {
        fix: 'Give it one.',
      });
    if (socket.client.state !== 'connected')
      throw new OperatingError('E_DISCONNECTED', 'the report socket is not connected', {
        fix: 'Connect first.',
      });
    this.#run?.stop();
    const { clock, changed } = this.#options;
    const { dataId, timeUnit, perSecond, total } = input;
    const send = (): Promise<void> => socket.client.reportData(dataId, content, timeUnit);
    const ended = (view: ReportRunView): void => this.#tellRun(view);
    this.#run = new ReportRun({ dataId, content, perSecond, total, clock, send, changed, ended });
  }

  stopReports(): void {
    this.#run?.stop();
  }

  #messageSocket(): PluginSocket<MessageClient> {
    const { plugin, clock } = this.#options;
    return new PluginSocket({
      ...this.#socketOptions('message', plugin.messageAt),
      makeClient: (onEvent, answered) =>
        new MessageClient({
          address: addressOf(plugin.messageAt),
          pluginName: plugin.pluginName,
          pluginVersion: plugin.pluginVersion,
          rules: { keepaliveMs: plugin.keepaliveMs, sdkExact: plugin.sdkExact },
          clock,
          onEvent,
          onAgentInfo: answered,
          onMessage: (message, frame) => this.#received(message, frame),
        }),
    });
  }

  #reportSocket(): PluginSocket<ReportClient> {
    const { plugin, clock } = this.#options;
    return new PluginSocket({
      ...this.#socketOptions('report', plugin.reportAt),
      makeClient: (onEvent, answered) =>
        new ReportClient({
          address: addressOf(plugin.reportAt),
          rules: { keepaliveMs: plugin.keepaliveMs, sdkExact: plugin.sdkExact },
          clock,
          onEvent,
          onAgentInfo: answered,
        }),
    });
  }

  #socketOptions(kind: 'message' | 'report', place: string) {
    const { plugin, clock, changed } = this.#options;
    return {
      kind,
      place,
      keepaliveMs: plugin.keepaliveMs,
      clock,
      changed,
      openLink: () => this.#openLink(kind, place),
      refused: (error: GseProtocolError, frame: Uint8Array | null) => this.#refused(kind, error, frame),
    };
  }

  #openLink(kind: 'message' | 'report', place: string): Link {
    const { plugin, links, simulated, act } = this.#options;
    return links.add({
      id: pluginLinkId(plugin.id, kind),
      source: 'gse',
      label: `${plugin.pluginName} ${kind === 'message' ? 'plugin' : 'reports'}`,
      address: shownPlace(place),
      simulated,
      act: (action) => act(action === 'close' ? 'disconnect' : 'connect'),
    });
  }

  async #received({ messageId, content }: DownlinkMessage, frame: Frame): Promise<void> {
    this.#message?.countMessages(1);
    const bytes = frameBytes(frame);
    const { stored, room } = this.#traffic.add({
      ...this.#passed('message', 'downlink'),
      state: 'received',
      messageId,
      head: bytes.subarray(0, FRAME_HEADER_BYTES + frame.reserved0),
      content,
    });
    const { mode, text } = this.plugin.answer;
    if (mode === 'off' || this.#options.lock() !== '') return room;
    // What would be lost with this process is not answered.
    if (!(await stored)) return;
    await this.send(messageId, mode === 'echo' ? content : Buffer.from(text), true);
  }

  #refused(socket: 'message' | 'report', error: GseProtocolError, frame: Uint8Array | null): void {
    this.#traffic.add({
      ...this.#passed(socket, error.code),
      state: 'skipped',
      head: frame ?? Buffer.from(error.firstBytesHex, 'hex'),
      type: error.code,
      detail: error.message,
    });
  }

  /** What was read while the store was slow, and is let go now. */
  #tellForgotten(): void {
    const count = this.#message?.client.waitingMessages ?? 0;
    if (count === 0) return;
    this.#traffic.add({
      ...this.#passed('message', 'E_CANCELLED'),
      state: 'skipped',
      type: 'E_CANCELLED',
      detail: `${count} messages that had come were not looked at any more: the connection was closed`,
    });
  }

  /** Of single reports only the numbers are kept: they would bury everything else. */
  #tellRun({ dataId, bytes, perSecond, sent, failed, held, lastFailure }: ReportRunView): void {
    const said = {
      data_id: dataId,
      bytes,
      per_second: perSecond,
      sent,
      failed,
      held,
      last_failure: lastFailure,
    };
    this.#traffic.add({
      ...this.#passed('report', 'reports'),
      state: failed > 0 ? 'not_sent' : 'sent',
      content: Buffer.from(JSON.stringify(said)),
      detail:
        failed > 0
          ? `${sent} reports of data id ${dataId}, ${failed} failed: ${lastFailure}`
          : `${sent} reports of data id ${dataId}`,
    });
  }

  #passed(socket: 'message' | 'report', what: string): Omit<Passed, 'state'> {
    const { clock } = this.#options;
    return {
      socket,
      atMs: clock.wallMs(),
      messageId: '',
      head: NO_BYTES,
      content: NO_BYTES,
      detail: '',
      auto: false,
      type: `${this.plugin.pluginName} ${what}`,
      agentId: this.#agent()?.agentId ?? '',
    };
  }

  #agent(): PluginView['agent'] {
    const socket = this.#message;
    if (socket === null || socket.view().lastAnswerAtMs === null) return null;
    const info = socket.client.agentInfo();
    return {
      agentId: info.agentId,
      version: info.version,
      cloudId: String(info.cloudId),
      runMode: String(info.runMode),
      statusCode: String(info.statusCode),
      status: info.status,
      receivedAtMs: info.receivedAtMs,
      stale: !socket.isUp,
    };
  }
}

/** Of all its links: what came to us as a plugin is no uplink of anybody. */
export const PLUGIN_LINK_PREFIX = 'gse-plugin-';

export function pluginLinkId(pluginId: string, kind: 'message' | 'report' = 'message'): string {
  return `${PLUGIN_LINK_PREFIX}${pluginId}${kind === 'message' ? '' : '-report'}`;
}

async function settle(sending: Promise<void>, bytes: number): Promise<Sent> {
  try {
    await sending;
    return { outcome: 'sent', reason: '', bytes };
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
    return { outcome: error instanceof SendError ? 'unknown' : 'not_sent', reason: error.message, bytes };
  }
}
