// Bytes an agent should not send ⇒ what the clients do: docs/protocols/gse.md sections 5.7, 5.9 and 6.
import * as v from 'valibot';
import { expectSame, expectThat, hasMembers, runCases, show } from '../case-run.ts';
import type { Report, VectorFile } from '../vector-kind.ts';
import { until } from '../../kit/raw-agent.ts';
import { messagePeer, reportPeer, untilMarked, type PeerUnderTest } from './message-peer.ts';
import { textOfError } from './lifecycle-peer.ts';
import { bytesOf, hexBytes, hexParts } from './vector-bytes.ts';

const ACTIONS = [
  'ignore_frame_keep_connection',
  'drop_connection_and_redial',
  'peer_closed_redial',
  'wait_for_more_bytes',
  'process_crash',
] as const;
const action = v.picklist(ACTIONS);

const row = v.looseObject({
  id: v.string(),
  mode: v.picklist(['message', 'report']),
  hex: v.nullish(hexBytes),
  hex_parts: v.optional(hexParts),
  delivered_in_pieces_of: v.optional(v.number()),
  options: v.optional(v.strictObject({ max_message_size_bytes: v.optional(v.number()) })),
  expect: v.strictObject({
    action,
    callbacks: v.array(v.strictObject({ message_id: v.string(), content_hex: hexBytes })),
    works_afterwards: v.nullable(v.boolean()),
    /** Of a message client, when all is over. */
    agent_info_error: v.optional(v.nullable(v.string())),
    /** The original's own words, for reading. */
    panic: v.optional(v.string()),
    logs: v.nullish(v.array(v.string())),
    product: v.optional(v.strictObject({ action, report: v.optional(v.picklist(['invalid length'])) })),
  }),
});
type Row = v.InferOutput<typeof row>;

const WAIT_MS = 30_000;
/** Long enough for something wrong to happen, short enough for sixty cases. */
const QUIET_MS = 150;

export function fitsMalformed(found: unknown): boolean {
  return hasMembers(found, 'mode', 'expect') && hasMembers(found['expect'], 'action');
}

export function runMalformed(file: VectorFile, report: Report): Promise<void> {
  return runCases(file, report, row, runRow, { atOnce: 4 });
}

async function runRow(found: Row): Promise<void> {
  const frameBytesMax = found.options?.max_message_size_bytes;
  const limits = frameBytesMax === undefined ? {} : { frameBytesMax };
  const peer = found.mode === 'message' ? await messagePeer(limits) : await reportPeer();
  try {
    const { action: asked, works_afterwards: works } = found.expect;
    const { action: wanted, report } = found.expect.product ?? { action: asked };
    const connection = await peer.agent.connection(1);
    const bytes = bytesOf(found);
    await connection.write(bytes, found.delivered_in_pieces_of ?? bytes.length);
    if (wanted === 'ignore_frame_keep_connection') await keeps(peer, works ?? true);
    else if (wanted === 'wait_for_more_bytes') await waits(peer, works ?? false);
    else await redials(peer, wanted === 'peer_closed_redial', works ?? true);
    expectSame(
      'callbacks',
      found.expect.callbacks.map(
        ({ message_id, content_hex }) => `${message_id}:${content_hex.toString('hex')}`,
      ),
      peer.callbacks.map(({ messageId, content }) => `${messageId}:${content.toString('hex')}`),
    );
    if (report === 'invalid length') expectSubCode(peer, 'invalid_message_length');
    const infoError = found.expect.agent_info_error;
    if (infoError !== undefined) await expectInfoError(peer, infoError);
  } finally {
    await peer.close();
  }
}

/** Skipped: what follows on the same connection is handled. */
async function keeps(peer: PeerUnderTest, works: boolean): Promise<void> {
  await peer.mark(1);
  await untilMarked(peer);
  expectSame('works afterwards', works, peer.isMarked());
  expectSame('connections', 1, peer.agent.connections.length);
  expectThat(peer.agent.connections[0]?.closedAtMs === null, 'the connection to stay', 'it was closed');
}

async function redials(peer: PeerUnderTest, byAgent: boolean, works: boolean): Promise<void> {
  const first = await peer.agent.connection(1);
  if (byAgent) first.socket.end();
  await until(() => first.closedAtMs !== null, WAIT_MS, 'the end of the connection');
  await peer.agent.connection(2, WAIT_MS);
  await peer.mark(2);
  if (works) return untilMarked(peer);
  const second = await peer.agent.connection(2);
  await until(() => second.closedAtMs !== null, WAIT_MS, 'the end of the second connection');
  expectThat(!peer.isMarked(), 'no frame to be taken', 'one was');
}

/** Nothing happens; the next bytes are taken as the missing ones, so the mark is not seen. */
async function waits(peer: PeerUnderTest, works: boolean): Promise<void> {
  const first = await peer.agent.connection(1);
  await pause(QUIET_MS);
  expectThat(first.closedAtMs === null, 'the connection to stay open', 'it was closed');
  await peer.mark(1);
  await pause(QUIET_MS);
  expectSame('works afterwards', works, peer.isMarked());
}

async function expectInfoError(peer: PeerUnderTest, wanted: string | null): Promise<void> {
  const error = await textOfError(() => peer.client.agentInfo());
  expectSame('agent info error', wanted, error);
}

function expectSubCode(peer: PeerUnderTest, subCode: string): void {
  const codes = peer.events.flatMap((event) => (event.kind === 'protocol' ? [event.error.subCode] : []));
  expectThat(
    codes.some((code) => code === subCode),
    `a report of ${subCode}`,
    show(codes),
  );
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
