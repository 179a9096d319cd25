// The netipc files, known by the `kind` they carry. What runs without a socket needs no addon.
import { AssertionError } from 'node:assert';
import { loadNative } from '../../../native/index.ts';
import { Mismatch, runOne } from '../case-run.ts';
import type { Report, VectorFile, VectorKind } from '../vector-kind.ts';
import * as codec from './codec-cases.ts';
import * as packets from './packet-cases.ts';
import { isExchange } from './packet-cases.ts';
import { runRegion } from './region-cases.ts';
import { runManagedServer } from './server-cases.ts';
import { runTranscript } from './transcript-cases.ts';
import { isObject, type Json, type JsonObject } from './wire-names.ts';

type RunCase = (vector: JsonObject) => void | Promise<void>;

const RUNS: Readonly<Record<string, RunCase>> = {
  header: codec.runEnvelope,
  'handshake-payloads': codec.runHandshakePayload,
  'batch-payload': codec.runBatch,
  increment: codec.runIncrement,
  'string-reverse': codec.runStringReverse,
  'cgroups-snapshot': codec.runSnapshot,
  'cgroups-lookup': codec.runCgroupLookup,
  'apps-lookup': codec.runAppLookup,
  malformed: codec.runVerdict,
  tolerated: codec.runVerdict,
  'fuzz-verdicts': codec.runVerdict,
  'lookup-response-budget': codec.runBudget,
  'service-names': codec.runNames,
  'windows-names': codec.runWindowsNames,
  'cache-index': codec.runCacheIndex,
  negotiation: codec.runNegotiation,
  'chunked-send': packets.runChunkedSend,
  'receive-one-message': packets.runReceive,
  'send-rules': packets.runSendRules,
  'shm-region': runRegion,
  'managed-server': runManagedServer,
  'session-transcripts': runTranscript,
};
const ADDON_KINDS = new Set(['managed-server', 'session-transcripts']);

function idOf(vector: unknown, index: number): string {
  if (typeof vector === 'object' && vector !== null && 'id' in vector && typeof vector.id === 'string') {
    return vector.id;
  }
  return `case ${index + 1}`;
}

/** What is parsed from JSON text is JSON. */
function isVector(value: unknown): value is JsonObject {
  return isObject(value as Json);
}

function show(value: unknown): string {
  return typeof value === 'string'
    ? value
    : JSON.stringify(value, (_key, part: unknown) => (typeof part === 'bigint' ? String(part) : part));
}

async function runCase(run: RunCase, vector: unknown): Promise<void> {
  if (!isVector(vector)) throw new Mismatch('an object', typeof vector);
  try {
    await run(vector);
  } catch (error) {
    if (!(error instanceof AssertionError)) throw error;
    const what = error.generatedMessage ? '' : `${error.message}: `;
    throw new Mismatch(`${what}${show(error.expected)}`, show(error.actual));
  }
}

function needsAddon(kind: string, vector: unknown): boolean {
  return ADDON_KINDS.has(kind) || (kind === 'shm-region' && isVector(vector) && isExchange(vector));
}

async function runFile(kind: string, run: RunCase, file: VectorFile, report: Report): Promise<void> {
  const loaded = loadNative();
  for (const [index, vector] of file.cases.entries()) {
    const id = idOf(vector, index);
    if (loaded.native === null && needsAddon(kind, vector)) report.skip(id, `no addon: ${loaded.reason}`);
    else await runOne(id, report, () => runCase(run, vector));
  }
}

export const netipcKinds: readonly VectorKind[] = Object.entries(RUNS).map(([kind, run]) => ({
  name: `netipc/${kind}`,
  recognises: (file) => {
    const { format } = file.document;
    const isOurs = typeof format === 'string' && format.startsWith('netipc-vectors/');
    return isOurs && file.document['kind'] === kind ? file.cases.length : 0;
  },
  run: (file, report) => runFile(kind, run, file, report),
}));
