/** `signalbox gse plugin` and `signalbox gse report`: be a plugin on the sockets of an agent, from a terminal. */
import type { Plugin, ReportRunView } from '../../../shared/contract/plugin.ts';
import { addressOf, diagnose } from '../../core/gse/plugin-diagnosis.ts';
import { ReportRun } from '../../core/gse/plugin-reports.ts';
import type { ConnectionEvent } from '../../protocols/gse/agent-connection.ts';
import { MessageClient } from '../../protocols/gse/message-client.ts';
import { ReportClient } from '../../protocols/gse/report-client.ts';
import type { ReportTimeUnit } from '../../protocols/gse/report-frames.ts';
import { SYSTEM_CLOCK } from '../../net/system-clock.ts';
import { aborted, failed } from './command-gse-watch.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Output } from './output.ts';

interface SocketOptions {
  /** A path, or a TCP port of 127.0.0.1 as agents on Windows have it. */
  readonly place: string;
  readonly keepaliveMs: number;
  readonly sdkExact: boolean;
  /** How long the first connection may take. */
  readonly launchTimeoutMs: number;
  readonly signal: AbortSignal;
  readonly output: Output;
}

export interface GsePluginOptions extends SocketOptions {
  readonly pluginName: string;
  readonly pluginVersion: string;
  /** What is sent back under the id of each message. */
  readonly answer: Plugin['answer'];
  /** One uplink, then the end; null = until the signal. */
  readonly uplink: { readonly messageId: string; readonly content: Uint8Array } | null;
}

/** A line for each downlink; ends with 0 at the signal or after the one uplink, with 4 when the agent cannot be reached. */
export async function gsePlugin(options: GsePluginOptions): Promise<ExitCode> {
  const { output, signal, answer, launchTimeoutMs, uplink, place, keepaliveMs, sdkExact } = options;
  try {
    const client: MessageClient = new MessageClient({
      address: addressOf(place),
      pluginName: options.pluginName,
      pluginVersion: options.pluginVersion,
      rules: { keepaliveMs, sdkExact },
      clock: SYSTEM_CLOCK,
      onMessage: async ({ messageId, content }) => {
        output.json({ messageId, content: content.toString('base64') });
        output.line(`${messageId}: ${content.toString('utf8')}`);
        if (answer.mode === 'off') return;
        await client.sendMessage(messageId, answer.mode === 'echo' ? content : Buffer.from(answer.text));
      },
      onEvent: (event) => tell(event, options),
    });
    await client.launch({ timeoutMs: launchTimeoutMs, signal });
    if (uplink === null) await aborted(signal);
    else {
      await client.sendMessage(uplink.messageId, uplink.content);
      output.json({ sent: uplink.messageId, bytes: uplink.content.length });
      output.line(`sent ${uplink.messageId}, ${uplink.content.length} bytes`);
    }
    await client.terminate();
    return EXIT.ok;
  } catch (error) {
    return failed(error, output);
  }
}

export interface GseReportOptions extends SocketOptions {
  readonly dataId: number;
  readonly content: Uint8Array;
  readonly timeUnit: ReportTimeUnit;
  readonly perSecond: number;
  /** 0 = until the signal. */
  readonly total: number;
}

/** Ends with 0 when every report was handed to the agent, with 1 when one was not, with 4 when it cannot be reached. */
export async function gseReport(options: GseReportOptions): Promise<ExitCode> {
  const { output, signal, launchTimeoutMs, place, keepaliveMs, sdkExact, timeUnit } = options;
  const { dataId, content, perSecond, total } = options;
  try {
    const client = new ReportClient({
      address: addressOf(place),
      timeUnit,
      rules: { keepaliveMs, sdkExact },
      clock: SYSTEM_CLOCK,
      onEvent: (event) => tell(event, options),
    });
    await client.launch({ timeoutMs: launchTimeoutMs, signal });
    const over = await new Promise<ReportRunView>((resolve) => {
      const send = (): Promise<void> => client.reportData(dataId, content);
      const run: ReportRun = new ReportRun({
        ...{ dataId, content, perSecond, total, send, clock: SYSTEM_CLOCK },
        changed: () => undefined,
        ended: resolve,
      });
      signal.addEventListener('abort', () => run.stop(), { once: true });
    });
    await client.terminate();
    const { sent, failed: notSent, held, lastFailure } = over;
    output.json({ sent, failed: notSent, held, lastFailure });
    output.line(`sent ${sent}, failed ${notSent}, held back ${held}`);
    if (lastFailure !== '') output.note(lastFailure);
    return notSent + held > 0 ? EXIT.failed : EXIT.ok;
  } catch (error) {
    return failed(error, output);
  }
}

function tell(event: ConnectionEvent, { output, place }: SocketOptions): void {
  if (event.kind === 'lost') output.note(`lost: ${event.reason}`);
  else if (event.kind === 'dial_failed')
    void diagnose(addressOf(place), event.reason, event.code).then(({ step, reason, fix }) =>
      output.note(`${step}: ${reason}. ${fix}`.trim()),
    );
  else if (event.kind === 'protocol') output.note(event.error.message);
  else if (event.kind === 'callback_failed') output.note('an answer could not be sent');
  else output.note(event.kind);
}
