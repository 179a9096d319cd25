/**
 * Frames of the agent-message socket: docs/protocols/gse.md sections 5.2 to 5.9. Big-endian, 28 bytes of
 * header. Pure.
 */
import { LIMITS } from '../../../shared/limits.ts';
import { ByteQueue } from './byte-queue.ts';
import { BYTES_SHOWN_MAX, GseProtocolError } from './errors.ts';

export const FRAME_HEADER_BYTES = 28;
export const FRAME_MAGIC = 0xdeadbeef;
export const PROTOCOL_VERSION = 6;

/** Section 5.3. */
export const FRAME_TYPES = {
  keepaliveRequest: 0x9006,
  keepaliveResponse: 0x9007,
  dispatch: 0x9008,
  respond: 0x900a,
} as const;

export interface Frame {
  readonly type: number;
  /** Never checked. */
  readonly version: number;
  /** 64 bits, unsigned; never checked. */
  readonly sequence: bigint;
  /** Header and body. */
  readonly totalBytes: number;
  /** Messages: bytes of the info JSON as claimed; not yet compared with the body. */
  readonly reserved0: number;
  /** Messages: bytes of the content as claimed. */
  readonly reserved1: number;
  readonly body: Buffer;
}

/** What one chunk brought: whole frames in order, then perhaps the reason why nothing more can be read. */
export interface FrameBatch<F> {
  readonly frames: readonly F[];
  /** `bad_magic`, `length_too_small` or `length_too_large`: drop the connection after handling `frames`. */
  readonly violation: GseProtocolError | null;
}

/** Takes chunks cut anywhere, gives whole frames. Holds at most one unfinished frame and one chunk. */
export class FrameReader {
  readonly #frameBytesMax: number;
  readonly #queue = new ByteQueue();
  /** Not looked at again before so many bytes are there. */
  #wantedBytes = 4;
  #violation: GseProtocolError | null = null;

  /**
   * A total length above `frameBytesMax` is refused at the header, before anything is allocated for the
   * claim.
   */
  constructor(frameBytesMax: number = LIMITS.gseFrameBytesMax) {
    this.#frameBytesMax = frameBytesMax;
  }

  /**
   * Bytes of a frame that has begun and not ended: more than 0 at the end of a connection means `truncated`.
   */
  get pendingBytes(): number {
    return this.#queue.length;
  }

  /** The first of them, for the operator. */
  pendingHead(): Buffer {
    return this.#queue.copy(0, BYTES_SHOWN_MAX);
  }

  /** After a violation every further chunk is thrown away. */
  push(chunk: Uint8Array): FrameBatch<Frame> {
    if (this.#violation !== null) return { frames: [], violation: this.#violation };
    const queue = this.#queue;
    queue.append(chunk);
    const frames: Frame[] = [];
    while (queue.length >= this.#wantedBytes) {
      const totalBytes = this.#checkHeader();
      if (totalBytes === null) break;
      if (queue.length < totalBytes) {
        this.#wantedBytes = totalBytes;
        break;
      }
      frames.push(takeFrame(queue, totalBytes));
      this.#wantedBytes = 4;
    }
    return { frames, violation: this.#violation };
  }

  /** The total length once the header is whole and in order; sets what to wait for, or the violation. */
  #checkHeader(): number | null {
    const queue = this.#queue;
    // The magic is judged as soon as its four bytes are there (section 5.9).
    if (queue.u32(0) !== FRAME_MAGIC) return this.#violate('bad_magic', `0x${queue.u32(0).toString(16)}`);
    if (queue.length < FRAME_HEADER_BYTES) {
      this.#wantedBytes = FRAME_HEADER_BYTES;
      return null;
    }
    const totalBytes = queue.u32(16);
    if (totalBytes < FRAME_HEADER_BYTES) return this.#violate('length_too_small', `${totalBytes} bytes`);
    if (totalBytes > this.#frameBytesMax) return this.#violate('length_too_large', `${totalBytes} bytes`);
    return totalBytes;
  }

  #violate(subCode: 'bad_magic' | 'length_too_small' | 'length_too_large', detail: string): null {
    this.#violation = new GseProtocolError(subCode, detail, this.#queue.copy(0, BYTES_SHOWN_MAX));
    return null;
  }
}

function takeFrame(queue: ByteQueue, totalBytes: number): Frame {
  const frame = {
    type: queue.u16(4),
    version: queue.u16(6),
    sequence: queue.u64(8),
    totalBytes,
    reserved0: queue.u32(20),
    reserved1: queue.u32(24),
    body: queue.copy(FRAME_HEADER_BYTES, totalBytes),
  };
  queue.skip(totalBytes);
  return frame;
}

/** The bytes of a frame that came, exactly: every field of the header is in `frame`. */
export function frameBytes({
  type,
  version,
  sequence,
  totalBytes,
  reserved0,
  reserved1,
  body,
}: Frame): Buffer {
  const bytes = Buffer.allocUnsafe(FRAME_HEADER_BYTES + body.length);
  bytes.writeUInt32BE(FRAME_MAGIC, 0);
  bytes.writeUInt16BE(type, 4);
  bytes.writeUInt16BE(version, 6);
  bytes.writeBigUInt64BE(sequence, 8);
  bytes.writeUInt32BE(totalBytes, 16);
  bytes.writeUInt32BE(reserved0, 20);
  bytes.writeUInt32BE(reserved1, 24);
  bytes.set(body, FRAME_HEADER_BYTES);
  return bytes;
}

/** What a frame is made of. `info` and `content` follow one another without anything between. */
export interface FrameParts {
  readonly type: number;
  readonly sequence: bigint;
  readonly info: Uint8Array;
  /** Without it both reserved fields are 0, as keepalives have it. */
  readonly content?: Uint8Array;
}

/** One piece of memory, so that it goes out as one write (section 5.10). */
export function encodeFrame({ type, sequence, info, content }: FrameParts): Buffer {
  const totalBytes = FRAME_HEADER_BYTES + info.length + (content?.length ?? 0);
  const frame = Buffer.allocUnsafe(totalBytes);
  frame.writeUInt32BE(FRAME_MAGIC, 0);
  frame.writeUInt16BE(type, 4);
  frame.writeUInt16BE(PROTOCOL_VERSION, 6);
  frame.writeBigUInt64BE(sequence, 8);
  frame.writeUInt32BE(totalBytes, 16);
  frame.writeUInt32BE(content === undefined ? 0 : info.length, 20);
  frame.writeUInt32BE(content?.length ?? 0, 24);
  frame.set(info, FRAME_HEADER_BYTES);
  if (content !== undefined) frame.set(content, FRAME_HEADER_BYTES + info.length);
  return frame;
}
