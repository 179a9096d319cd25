/** The decoders that face bytes of strangers. Each target says what may come out; everything else is a finding. */
import { isDeepStrictEqual } from 'node:util';
import { ProtocolError } from '../../shared/failure.ts';
import { completions } from '../../shared/filter/complete.ts';
import { compileMatcher } from '../../shared/filter/match.ts';
import { parseFilter } from '../../shared/filter/parse.ts';
import { printFilter } from '../../shared/filter/print.ts';
import { toSql } from '../../shared/filter/sql.ts';
import { scanJson } from '../../shared/json-scan.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { EventRow } from '../../shared/model/event.ts';
import { decodeWindowFrame, encodeWindowMessage } from '../../shared/rpc/frame-codec.ts';
import { oneLine, terminalSafe } from '../../shared/text.ts';
import { readLeanRequest } from '../../electron/net/lean-request.ts';
import { rawHead } from '../../electron/net/raw-head.ts';
import { decodeKeepaliveResponse } from '../../electron/protocols/gse/agent-info.ts';
import {
  decodeDispatchRequest,
  decodeDispatchResponse,
  decodeUplink,
  encodeUplink,
} from '../../electron/protocols/gse/dispatch-messages.ts';
import { GseJsonError, GseProtocolError } from '../../electron/protocols/gse/errors.ts';
import { FrameReader } from '../../electron/protocols/gse/frames.ts';
import { readText } from '../../electron/protocols/gse/json-reader.ts';
import { jsonString } from '../../electron/protocols/gse/json-writer.ts';
import { decodeSyncAnswer, ReportAnswerReader, ReportFrameReader } from '../../electron/protocols/gse/report-frames.ts';
import { decodeDownlink, decodeKeepaliveRequest, decodeRespond } from '../../electron/protocols/gse/socket-messages.ts';
import { parseConfig } from '../../electron/protocols/mimo/config.ts';
import { decodeEvent } from '../../electron/protocols/mimo/decode.ts';
import { parseEndpoint } from '../../electron/net/http-endpoint.ts';
import { bodyBeforeTimestamp, wholeBody } from '../../electron/protocols/mimo/envelope.ts';
import { ReplyReader } from '../../electron/protocols/mimo/reply-reader.ts';
import type { Reply } from '../../electron/protocols/mimo/reply-reader.ts';
import { NetipcCodecError } from '../../electron/protocols/netipc/errors.ts';
import { verdictOf } from '../conformance/netipc/decoders.ts';
import { HOSTILE_TEXTS } from '../kit/hostile-texts.ts';
import type { FuzzTarget } from './engine.ts';
import { planted } from './planted.ts';
import { bytesOfText, isHex, isJsonLike, vectorSeeds } from './seeds.ts';

type ErrorClass = abstract new (...args: never[]) => Error;

function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(`does not hold: ${what}`);
}

/** The value, or the refusal when it is one of `refusals`. */
function attempt<T>(work: () => T, ...refusals: readonly ErrorClass[]): T | Error {
  try {
    return work();
  } catch (error) {
    // Refusals of the listed kinds are what the decoder is for.
    if (error instanceof Error && refusals.some((kind) => error instanceof kind)) return error;
    throw error;
  }
}

const textOf = (input: Uint8Array): string => Buffer.from(input).toString('utf8');

/** Where the scan and JSON.parse must agree. */
function jsonScan(input: Uint8Array): void {
  const scan = scanJson(input, { depthMax: LIMITS.jsonDepthMax, nodesMax: LIMITS.jsonNodesMax });
  const parsed = attempt((): unknown => JSON.parse(textOf(input)), SyntaxError);
  if (scan.ok) must(!(parsed instanceof Error), 'what the scan lets through parses');
  else if (scan.reason === 'syntax') must(parsed instanceof Error, 'what the scan refuses does not parse');
}

const ROW: EventRow = {
  seq: 7,
  receivedAtMs: 1_763_541_234_000,
  kind: 'event',
  source: 'mimo',
  severity: 'warn',
  type: 'bdev_ready',
  host: 'node-1',
  link: 'mimo-9988',
  peer: '127.0.0.1:40522',
  id: '',
  sentAtS: null,
  bodyBytes: 40,
  preview: 'nvme0n1 磁盘',
  simulated: false,
};

function filter(input: Uint8Array): void {
  const text = textOf(input);
  completions(text, input[0] ?? 0);
  const parsed = parseFilter(text);
  if (!parsed.ok) {
    must(parsed.errors.length > 0, 'a refused filter has an error');
    for (const { span: { start, end } } of parsed.errors) must(start >= 0 && end > start && end <= Math.max(1, text.length), 'an error stands in the text');
    return;
  }
  const printed = printFilter(parsed.expression);
  const again = parseFilter(printed);
  // A printed filter may be longer than what was typed.
  if (printed.length <= LIMITS.filterCharactersMax) must(again.ok && isDeepStrictEqual(again.expression, parsed.expression), 'parse(print(x)) = x');
  compileMatcher(parsed.expression)(ROW);
  toSql(parsed.expression);
}

/** A reply cut into single bytes is the same reply. */
function reply(input: Uint8Array): void {
  const whole = new ReplyReader('POST');
  const at = attempt(() => whole.push(Buffer.from(input)) ?? whole.end(), ProtocolError);
  const pieces = new ReplyReader('POST');
  let last: Reply | null | Error = null;
  for (let index = 0; index < input.length && last === null; index += 1) {
    last = attempt(() => pieces.push(Buffer.from(input.subarray(index, index + 1))), ProtocolError);
  }
  last ??= attempt(() => pieces.end(), ProtocolError);
  const statusOf = (answer: Reply | null | Error): unknown => (answer instanceof Error ? 'refused' : (answer?.status ?? null));
  must(statusOf(at) === statusOf(last), `a reply cut anywhere is the same: ${String(statusOf(at))}, ${String(statusOf(last))}`);
}

/** What the lean reader takes is the input and nothing else: put together again it is the same bytes. */
function leanRequest(input: Uint8Array): void {
  const bytes = Buffer.from(input);
  const request = readLeanRequest(bytes);
  if (request === null) return;
  const { headBytes, headers, rawHeaders } = request;
  must(bytes.subarray(0, headBytes).equals(rawHead(request)), 'the head put together again is the head as sent');
  must(headBytes + Number(headers['content-length']) === bytes.length, 'the body is what the head says');
  must(Object.keys(headers).length * 2 === rawHeaders.length, 'every header stands once');
  must(headers['transfer-encoding'] === undefined, 'chunks are not for it');
}

/** The first byte says which decoder. */
const NETIPC_DECODERS = [
  'header', 'chunk_header', 'hello', 'hello_ack', 'increment', 'string_reverse', 'cgroups_request', 'cgroups_response',
  'cgroups_lookup_request', 'cgroups_lookup_response', 'apps_lookup_request', 'apps_lookup_response', 'batch_dir', 'batch_item_get',
] as const;

function netipc(input: Uint8Array): void {
  const [first = 0, count = 0] = input;
  const decoder = NETIPC_DECODERS[first % NETIPC_DECODERS.length] ?? 'header';
  const hex = Buffer.from(input.subarray(1)).toString('hex');
  const vector = { decoder, hex, item_count: count, packed_area_len: input.length, index: count >> 1 };
  attempt(() => verdictOf(vector), NetipcCodecError);
}

interface Reader {
  push(chunk: Uint8Array): { readonly frames: readonly unknown[]; readonly violation: Error | null };
}

/** Whole or in pieces of 5 bytes: the same frames, the same end. */
function sameInPieces(make: () => Reader, input: Uint8Array): readonly unknown[] {
  const { frames, violation } = make().push(input);
  const reader = make();
  const pieces: unknown[] = [];
  let pieceViolation: Error | null = null;
  for (let at = 0; at < input.length && pieceViolation === null; at += 5) {
    const batch = reader.push(input.subarray(at, at + 5));
    pieces.push(...batch.frames);
    pieceViolation = batch.violation;
  }
  must(isDeepStrictEqual(frames, pieces), 'frames cut anywhere are the same frames');
  must(violation?.message === pieceViolation?.message, 'and so is the reason to stop');
  return frames;
}

function gseFrames(input: Uint8Array): void {
  sameInPieces(() => new FrameReader(), input);
  for (const frame of new FrameReader().push(input).frames) {
    attempt(() => decodeDownlink(frame), GseProtocolError);
    attempt(() => decodeRespond(frame), GseProtocolError);
    attempt(() => decodeKeepaliveRequest(frame.body), GseJsonError);
  }
}

function gseReport(input: Uint8Array): void {
  sameInPieces(() => new ReportAnswerReader(), input);
  sameInPieces(() => new ReportFrameReader(), input);
}

/** Bodies of strangers, and any bytes as the content of a message. */
function gseJson(input: Uint8Array): void {
  for (const decode of [decodeUplink, decodeDispatchRequest, decodeDispatchResponse, decodeKeepaliveResponse, decodeSyncAnswer]) {
    const found = attempt((): unknown => decode(input), GseJsonError);
    const parsed = attempt((): unknown => JSON.parse(textOf(input)), SyntaxError);
    must(found instanceof Error || !(parsed instanceof Error), 'what is taken is JSON');
  }
  must(JSON.parse(jsonString(input)) === readText(input), 'what is written is read back');
  must(decodeUplink(encodeUplink('m', 'a', input)).content === readText(input), 'content survives a callback');
}

const ACTS_ON_A_TERMINAL = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;

function texts(input: Uint8Array): void {
  const text = textOf(input);
  must(!ACTS_ON_A_TERMINAL.test(terminalSafe(text)), 'no control is left for a terminal');
  const line = oneLine(text, 200);
  must(line.length <= 200 && !ACTS_ON_A_TERMINAL.test(line), 'a preview is one line of bounded length');
}

const FILTER_SEEDS = [
  'src:gse sev>=warn type:bdev_* host:node-1? body.size>1e9 "磁盘" -type:machine_info id:abc',
  'body.payload.list[0].name:x OR (type:a -"b\\n") OR body."a b":true',
  'seq>=10 NOT (kind:refused OR kind:gap) code:E_*',
];
const HTTP_SEEDS = [
  'HTTP/1.1 204 No Content\r\n\r\n',
  'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nok\r\n0\r\nA: b\r\n\r\n',
  'HTTP/1.1 307 Go\r\nLocation: /x\r\nConnection: close\r\n\r\nrest',
  'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 503 Busy\r\n\r\n',
];
const REQUEST_SEEDS = [
  'POST /mimo/events HTTP/1.1\r\nHost: 127.0.0.1:9988\r\nContent-Length: 2\r\n\r\n{}',
  'POST /a?b=c HTTP/1.1\r\nHost: h\r\nConnection: close\r\nX-Y: z w\r\nconstructo: a\r\nContent-Length: 0\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
];
const WINDOW_SEEDS = [
  encodeWindowMessage(['call', 1, 'app.hello', {}]),
  encodeWindowMessage(['call', 2, 'feed.page', { filter: 'x', range: { fromMs: null, toMs: 5 }, list: [1, 2.5, true, null] }]),
  encodeWindowMessage(['subscribe', 3, 'feed.live', { filter: '' }]),
  Uint8Array.of(0x81, 0xa1, 0x61, 0xc4, 1, 0),
];
const netipcSeeds = (): Uint8Array[] =>
  vectorSeeds('netipc', isHex).flatMap((bytes, index) => [Uint8Array.of(index % NETIPC_DECODERS.length, ...bytes)]);

export const TARGETS: readonly FuzzTarget[] = [
  { name: 'json-scan', seeds: vectorSeeds('mimo', isJsonLike), run: jsonScan },
  { name: 'filter', seeds: FILTER_SEEDS.map(bytesOfText), run: filter },
  { name: 'mimo-body', seeds: vectorSeeds('mimo', isJsonLike), run: (input) => void decodeEvent(input) },
  {
    name: 'mimo-sender',
    seeds: vectorSeeds('mimo', () => true),
    run: (input) => {
      parseConfig(input);
      parseEndpoint(textOf(input));
      const before = bodyBeforeTimestamp(bytesOfText('e'), input);
      if (before !== null && input.length > 0) JSON.parse(textOf(wholeBody(before, 1)));
    },
  },
  { name: 'mimo-reply', seeds: HTTP_SEEDS.map(bytesOfText), run: reply },
  { name: 'lean-request', seeds: REQUEST_SEEDS.map(bytesOfText), run: leanRequest },
  { name: 'window-frame', seeds: WINDOW_SEEDS, run: (input) => void attempt(() => decodeWindowFrame(input), ProtocolError) },
  { name: 'netipc', seeds: netipcSeeds(), run: netipc },
  { name: 'gse-frames', seeds: vectorSeeds('gse', isHex), run: gseFrames },
  { name: 'gse-report', seeds: vectorSeeds('gse', isHex), run: gseReport },
  { name: 'gse-json', seeds: vectorSeeds('gse', () => true), run: gseJson },
  { name: 'texts', seeds: HOSTILE_TEXTS.map(bytesOfText), run: texts },
];

/** Run by name only: shows that the fuzzer finds things, and what a hang looks like. */
export const PLANTED: readonly FuzzTarget[] = [
  { name: 'planted', seeds: [], run: planted },
  {
    name: 'planted-hang',
    seeds: [],
    run: (input) => {
      while (input.length > 3);
    },
  },
];
