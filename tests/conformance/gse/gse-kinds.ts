// The kinds of GSE vector files. A file says its kind; one that does not is known by its rows.
import type { Report, VectorFile, VectorKind } from '../vector-kind.ts';
import { fitsDispatchRequest, runDispatchRequests } from './dispatch-request.ts';
import { fitsDispatchResponse, runDispatchResponses } from './dispatch-response.ts';
import { fitsJsonCodec, runJsonCodec } from './json-codec.ts';
import { fitsLifecycle, runLifecycle } from './lifecycle.ts';
import { fitsMalformed, runMalformed } from './malformed.ts';
import { fitsMessageFrame, runMessageFrames } from './message-frames.ts';
import { fitsReportFrame, runReportFrames } from './report-frames.ts';

interface GseKind {
  /** As the file names it. */
  readonly kind: string;
  readonly fits: (row: unknown) => boolean;
  readonly run: (file: VectorFile, report: Report) => Promise<void>;
}

const KINDS: readonly GseKind[] = [
  { kind: 'dispatch_request', fits: fitsDispatchRequest, run: runDispatchRequests },
  { kind: 'dispatch_http_response', fits: fitsDispatchResponse, run: runDispatchResponses },
  { kind: 'json_codec', fits: fitsJsonCodec, run: runJsonCodec },
  { kind: 'agent_message_frames', fits: fitsMessageFrame, run: runMessageFrames },
  { kind: 'agent_malformed', fits: fitsMalformed, run: runMalformed },
  { kind: 'agent_report_frames', fits: fitsReportFrame, run: runReportFrames },
  { kind: 'agent_lifecycle', fits: fitsLifecycle, run: runLifecycle },
];
const NAMES = new Set(KINDS.map(({ kind }) => kind));

export const gseKinds: readonly VectorKind[] = KINDS.map(({ kind, fits, run }) => ({
  name: `gse/${kind}`,
  recognises: (file) => {
    const { kind: stated } = file.document;
    if (typeof stated === 'string' && NAMES.has(stated)) return stated === kind ? file.cases.length : 0;
    return file.cases.filter((row) => fits(row)).length;
  },
  run,
}));
