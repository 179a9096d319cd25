// Frames of the report socket both ways: docs/protocols/gse.md section 6.
import * as v from 'valibot';
import {
  encodeReportFrame,
  encodeSyncRequest,
  REPORT_TYPES,
  ReportFrameReader,
  reportTime,
} from '../../../electron/protocols/gse/report-frames.ts';
import { expectSame, hasMembers, runCases } from '../case-run.ts';
import type { Report, VectorFile } from '../vector-kind.ts';
import { reportPeer, untilMarked } from './message-peer.ts';
import { hexBytes, wideInteger } from './vector-bytes.ts';

const row = v.looseObject({
  id: v.string(),
  direction: v.picklist(['client_to_agent', 'agent_to_client']),
  hex: hexBytes,
  delivered_in_pieces_of: v.optional(v.number()),
  input: v.optional(
    v.strictObject({
      type: v.number(),
      data_id: v.optional(v.number()),
      utc: v.optional(v.number()),
      content_hex: hexBytes,
    }),
  ),
  header: v.optional(
    v.strictObject({
      proto_type: v.number(),
      data_id: v.number(),
      utc_time: v.number(),
      body_length: v.number(),
      reserved0: v.optional(v.literal(0)),
      reserved1: v.optional(v.literal(0)),
    }),
  ),
  unix_milliseconds_at_capture: v.optional(v.number()),
  utc_time_expected: v.optional(v.number()),
  expect: v.optional(
    v.strictObject({
      logs: v.nullish(v.array(v.string())),
      agent_info: v.strictObject({ agent_id: v.string(), cloud_id: wideInteger }),
      agent_info_error: v.null(),
    }),
  ),
});
type Row = v.InferOutput<typeof row>;

export function fitsReportFrame(found: unknown): boolean {
  if (!hasMembers(found, 'direction', 'hex')) return false;
  if (hasMembers(found['header'], 'utc_time') || hasMembers(found, 'utc_time')) return true;
  return hasMembers(found['expect'], 'agent_info') && !hasMembers(found['expect'], 'callbacks');
}

export function runReportFrames(file: VectorFile, report: Report): Promise<void> {
  return runCases(file, report, row, (found) =>
    found.direction === 'client_to_agent' ? sent(found) : received(found),
  );
}

function sent(found: Row): Promise<void> {
  const { input, hex, header } = found;
  // What goes up has no limit.
  const { frames } = new ReportFrameReader(hex.length).push(hex);
  expectSame('number of frames', 1, frames.length);
  const [frame] = frames;
  if (frame === undefined) return Promise.resolve();
  if (header !== undefined) {
    const { proto_type, data_id, utc_time, body_length } = header;
    expectSame(
      'header',
      [proto_type, data_id, utc_time, body_length],
      [frame.type, frame.dataId, frame.time, frame.body.length],
    );
  }
  expectSame(
    'frame',
    hex.toString('hex'),
    encode(found, input === undefined ? frame : fromInput(input)).toString('hex'),
  );
  return Promise.resolve();
}

interface Parts {
  readonly type: number;
  readonly dataId: number;
  readonly time: number;
  readonly body: Uint8Array;
}

function fromInput(input: NonNullable<Row['input']>): Parts {
  return { type: input.type, dataId: input.data_id ?? 0, time: input.utc ?? 0, body: input.content_hex };
}

/** The time of a captured report comes from the clock at its capture. */
function encode(
  { unix_milliseconds_at_capture: atMs, utc_time_expected: expected }: Row,
  parts: Parts,
): Buffer {
  if (parts.type === REPORT_TYPES.sync) return encodeSyncRequest();
  if (atMs === undefined) return encodeReportFrame(parts);
  expectSame('time field', expected, reportTime(atMs, 'milliseconds'));
  return encodeReportFrame({ ...parts, time: reportTime(atMs, 'milliseconds') });
}

async function received({ hex, expect, delivered_in_pieces_of: pieceBytes }: Row): Promise<void> {
  const peer = await reportPeer();
  try {
    const connection = await peer.agent.connection(1);
    await connection.write(hex, pieceBytes ?? hex.length);
    await peer.mark(1);
    await untilMarked(peer);
    const { agentId, cloudId } = peer.client.agentInfo();
    const wanted = expect?.agent_info;
    expectSame('agent info', [wanted?.agent_id, wanted?.cloud_id], [agentId, cloudId]);
  } finally {
    await peer.close();
  }
}
