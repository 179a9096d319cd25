/**
 * Frames of the agent-report socket: docs/protocols/gse.md section 6. Big-endian, without magic or sequence.
 * Pure.
 */
import { LIMITS } from '../../../shared/limits.ts';
import { ByteQueue } from './byte-queue.ts';
import { BYTES_SHOWN_MAX, GseProtocolError } from './errors.ts';
import type { FrameBatch } from './frames.ts';
import { readGoJson } from './json-reader.ts';
import { jsonString } from './json-writer.ts';

export const REPORT_UP_HEADER_BYTES = 24;
export const REPORT_DOWN_HEADER_BYTES = 8;
export const REPORT_TYPES = { sync: 0x0a, report: 0xc01 } as const;

/** What a client sends. */
export interface ReportFrame {
  readonly type: number;
  /** Channel id, 32 bits unsigned. */
  readonly dataId: number;
  /** 32 bits: see reportTime. */
  readonly time: number;
  readonly body: Uint8Array;
}

export function encodeReportFrame({ type, dataId, time, body }: ReportFrame): Buffer {
  const frame = Buffer.alloc(REPORT_UP_HEADER_BYTES + body.length);
  frame.writeUInt32BE(type, 0);
  frame.writeUInt32BE(dataId, 4);
  frame.writeUInt32BE(time, 8);
  frame.writeUInt32BE(body.length, 12);
  frame.set(body, REPORT_UP_HEADER_BYTES);
  return frame;
}

const NO_BODY = new Uint8Array(0);

/** Content-free, every other field 0. */
export function encodeSyncRequest(): Buffer {
  return encodeReportFrame({ type: REPORT_TYPES.sync, dataId: 0, time: 0, body: NO_BODY });
}

/**
 * `milliseconds` modulo 2^32 is what the original sends; older agents' clients send seconds (section 11.4).
 */
export type ReportTimeUnit = 'milliseconds' | 'seconds';

export function reportTime(wallMs: number, unit: ReportTimeUnit): number {
  const value = Math.floor(unit === 'milliseconds' ? wallMs : wallMs / 1_000);
  return value % 2 ** 32;
}

/** What an agent sends. */
export interface ReportAnswer {
  readonly type: number;
  readonly body: Buffer;
}

export function encodeReportAnswer(type: number, body: Uint8Array): Buffer {
  const frame = Buffer.alloc(REPORT_DOWN_HEADER_BYTES + body.length);
  frame.writeUInt32BE(type, 0);
  frame.writeUInt32BE(body.length, 4);
  frame.set(body, REPORT_DOWN_HEADER_BYTES);
  return frame;
}

/** The agent's answers at the client. `frameBytesMax` bounds header and body. */
export class ReportAnswerReader {
  readonly #reader: LengthReader<ReportAnswer>;

  constructor(frameBytesMax: number = LIMITS.gseFrameBytesMax) {
    this.#reader = new LengthReader(REPORT_DOWN_HEADER_BYTES, 4, frameBytesMax, (queue, totalBytes) => ({
      type: queue.u32(0),
      body: queue.copy(REPORT_DOWN_HEADER_BYTES, totalBytes),
    }));
  }

  get pendingBytes(): number {
    return this.#reader.pendingBytes;
  }

  /** See FrameReader.pendingHead. */
  pendingHead(): Buffer {
    return this.#reader.pendingHead();
  }

  push(chunk: Uint8Array): FrameBatch<ReportAnswer> {
    return this.#reader.push(chunk);
  }
}

/** The client's frames at the agent, for the lab. */
export class ReportFrameReader {
  readonly #reader: LengthReader<ReportFrame>;

  constructor(frameBytesMax: number = LIMITS.gseLabFrameBytesMax) {
    this.#reader = new LengthReader(REPORT_UP_HEADER_BYTES, 12, frameBytesMax, (queue, totalBytes) => ({
      type: queue.u32(0),
      dataId: queue.u32(4),
      time: queue.u32(8),
      body: queue.copy(REPORT_UP_HEADER_BYTES, totalBytes),
    }));
  }

  push(chunk: Uint8Array): FrameBatch<ReportFrame> {
    return this.#reader.push(chunk);
  }
}

/**
 * Frames of a fixed header that names the length of what follows. The sum is one of doubles: it cannot wrap.
 */
class LengthReader<F> {
  readonly #headerBytes: number;
  readonly #lengthOffset: number;
  readonly #frameBytesMax: number;
  readonly #copy: (queue: ByteQueue, totalBytes: number) => F;
  readonly #queue = new ByteQueue();
  #wantedBytes: number;
  #violation: GseProtocolError | null = null;

  constructor(
    headerBytes: number,
    lengthOffset: number,
    frameBytesMax: number,
    copy: (queue: ByteQueue, totalBytes: number) => F,
  ) {
    this.#headerBytes = headerBytes;
    this.#lengthOffset = lengthOffset;
    this.#frameBytesMax = frameBytesMax;
    this.#copy = copy;
    this.#wantedBytes = headerBytes;
  }

  get pendingBytes(): number {
    return this.#queue.length;
  }

  pendingHead(): Buffer {
    return this.#queue.copy(0, BYTES_SHOWN_MAX);
  }

  push(chunk: Uint8Array): FrameBatch<F> {
    if (this.#violation !== null) return { frames: [], violation: this.#violation };
    const queue = this.#queue;
    queue.append(chunk);
    const frames: F[] = [];
    while (queue.length >= this.#wantedBytes) {
      const totalBytes = this.#headerBytes + queue.u32(this.#lengthOffset);
      if (totalBytes > this.#frameBytesMax) {
        this.#violation = new GseProtocolError(
          'length_too_large',
          `${totalBytes} bytes`,
          queue.copy(0, BYTES_SHOWN_MAX),
        );
        break;
      }
      if (queue.length < totalBytes) {
        this.#wantedBytes = totalBytes;
        break;
      }
      frames.push(this.#copy(queue, totalBytes));
      queue.skip(totalBytes);
      this.#wantedBytes = this.#headerBytes;
    }
    return { frames, violation: this.#violation };
  }
}

/** Zero values before the first answer. */
export interface ReportAgentInfo {
  readonly agentId: string;
  readonly cloudId: bigint;
}

const SYNC_ANSWER = { cloud_id: 'integer', cloudid: 'integer', bk_agent_id: 'string' } as const;

/**
 * Body of a sync answer. The original reads only `cloud_id`; real agents say `cloudid` (section 11.4), which
 * is read too unless `sdkExact`. Fails with GseJsonError.
 */
export function decodeSyncAnswer(body: Uint8Array, sdkExact = false): ReportAgentInfo {
  const { cloudid: _unread, ...exact } = SYNC_ANSWER;
  if (sdkExact) {
    const found = readGoJson(body, exact);
    return { agentId: found?.bk_agent_id ?? '', cloudId: found?.cloud_id ?? 0n };
  }
  const found = readGoJson(body, SYNC_ANSWER);
  return { agentId: found?.bk_agent_id ?? '', cloudId: found?.cloud_id ?? found?.cloudid ?? 0n };
}

/** What the lab's agent answers: both spellings of the cloud id, and the members older clients read. */
export function encodeSyncAnswer(info: ReportAgentInfo, ip: string): Buffer {
  const body = Buffer.from(
    `{"cloud_id":${info.cloudId},"cloudid":${info.cloudId},"bk_agent_id":${jsonString(info.agentId)},` +
      `"ip":${jsonString(ip)},"bizid":0}`,
  );
  return encodeReportAnswer(REPORT_TYPES.sync, body);
}
