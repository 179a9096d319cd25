/** The frame of an uplink or a report before it is sent, and the command line that sends the same. */
import type {
  Plugin,
  PluginPreview,
  PluginPreviewInput,
  PluginView,
} from '../../../shared/contract/plugin.ts';
import type { CallInput } from '../../../shared/contract/contract.ts';
import { OperatingError, failureOf } from '../../../shared/failure.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { shellQuote } from '../../../shared/shell-quote.ts';
import { isLosslessContent } from '../../protocols/gse/content.ts';
import { encodeReportFrame, REPORT_TYPES, reportTime } from '../../protocols/gse/report-frames.ts';
import { processSequence } from '../../protocols/gse/sequence.ts';
import { encodeRespond } from '../../protocols/gse/socket-messages.ts';
import { bytesOf } from './draft-text.ts';

type Fault = NonNullable<PluginPreview['fault']>;

/** Fails with E_INPUT for broken hex and base64. */
export function contentBytes({ text, mode }: CallInput<'plugin.send'>['content']): Buffer {
  return bytesOf(text, mode);
}

export function previewPlugin(input: PluginPreviewInput, view: PluginView, wallMs: number): PluginPreview {
  const { plugin } = view;
  let content: Uint8Array = new Uint8Array(0);
  let wrong: Fault | null = null;
  try {
    content = contentBytes(input.content);
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
    const { code, message, fix } = failureOf(error);
    wrong = { code, message, fix: fix ?? '' };
  }
  const frame =
    input.kind === 'uplink'
      ? encodeRespond(plugin.pluginName, input.messageId, content, processSequence.peek(wallMs))
      : encodeReportFrame({
          type: REPORT_TYPES.report,
          dataId: input.dataId,
          time: reportTime(wallMs, input.timeUnit),
          body: content,
        });
  return {
    bytes: Uint8Array.from(frame.subarray(0, LIMITS.gsePluginPreviewBytesMax)),
    totalBytes: frame.length,
    contentBytes: content.length,
    utf8: isLosslessContent(content),
    warnings: warningsOf(input, content, frame.length),
    fault: wrong ?? faultOf(input, view),
    cli: cliOf(input, plugin),
  };
}

function faultOf(input: PluginPreviewInput, { plugin, sockets, locked }: PluginView): Fault | null {
  const kind = input.kind === 'uplink' ? 'message' : 'report';
  const socket = sockets.find((one) => one.kind === kind);
  if (socket === undefined)
    return {
      code: 'E_UNSUPPORTED',
      message: `this connection has no ${kind} socket`,
      fix: 'Give it one under Edit.',
    };
  if (locked !== '') return { code: 'E_READ_ONLY', message: locked, fix: `See profile ${plugin.profileId}.` };
  if (input.kind === 'uplink' && input.messageId === '')
    return { code: 'E_INPUT', message: 'the message id is empty', fix: 'Write one, or take a new one.' };
  return null;
}

function warningsOf(input: PluginPreviewInput, content: Uint8Array, frameBytes: number): string[] {
  const warnings: string[] = [];
  if (content.length === 0) warnings.push('the content is empty');
  if (input.content.mode === 'json' && content.length > 0) {
    try {
      JSON.parse(input.content.text);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      warnings.push(`the content is not JSON: ${error.message}`);
    }
  }
  if (input.kind === 'uplink' && !isLosslessContent(content))
    warnings.push(
      'the content is not UTF-8: the agent gets it as it is, the callback behind it cannot carry it',
    );
  if (frameBytes > LIMITS.gseFrameBytesMax)
    warnings.push(
      `the frame has ${frameBytes} bytes; the original SDK would not take more than ${LIMITS.gseFrameBytesMax}`,
    );
  return warnings;
}

function cliOf(input: PluginPreviewInput, plugin: Plugin): string {
  const content = ['--content', input.content.text, '--mode', input.content.mode];
  const exact = plugin.sdkExact ? ['--sdk-exact'] : [];
  const words =
    input.kind === 'uplink'
      ? [
          'plugin',
          '--socket',
          plugin.messageAt,
          '--name',
          plugin.pluginName,
          '--send',
          input.messageId,
          ...content,
        ]
      : [
          ...['report', '--socket', plugin.reportAt, '--data-id', String(input.dataId), ...content],
          ...(input.timeUnit === 'seconds' ? ['--time-unit', 'seconds'] : []),
        ];
  return ['signalbox', 'gse', ...words, ...exact].map(shellQuote).join(' ');
}
