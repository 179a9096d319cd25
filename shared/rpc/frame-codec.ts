/**
 * Frames of the window's line. A frame is one or more MessagePack values back to back, each one message (messages.ts), together
 * at most LIMITS.frameBytesMax. A single message larger than that (a page of long rows, a big body) travels alone in a frame of
 * its own, up to `messageBytesMax`. The core accepts at most LIMITS.frameInboundBytesMax from a window and scans every byte of it
 * before decoding (strict-scan.ts); a window trusts the core and only checks the shape of messages.
 */
import * as v from 'valibot';
import msgpackr from 'msgpackr/index-no-eval';
import { OperatingError, ProtocolError } from '../failure.ts';
import { LIMITS } from '../limits.ts';
import { coreMessage, windowMessage } from './messages.ts';
import type { CoreMessage, WindowMessage } from './messages.ts';
import { scanValues } from './strict-scan.ts';

const packr = new msgpackr.Packr({ useRecords: false, moreTypes: false });
const WINDOW_SCAN = { depthMax: LIMITS.jsonDepthMax, nodesMax: LIMITS.jsonNodesMax };

function pack(message: WindowMessage | CoreMessage): Uint8Array {
  try {
    return packr.pack(message);
  } catch (cause) {
    // A cycle overflows the stack (RangeError), a symbol is refused (Error): either way the value cannot travel.
    throw new OperatingError('E_INPUT', 'the value cannot be sent: it must be plain data without cycles', { cause });
  }
}

/**
 * Bytes of one message of the core.
 * @throws OperatingError E_INPUT when it holds what cannot travel, E_LIMIT above LIMITS.frameOutboundBytesMax
 */
export function encodeCoreMessage(message: CoreMessage): Uint8Array {
  const bytes = pack(message);
  if (bytes.length > LIMITS.frameOutboundBytesMax) {
    throw new OperatingError('E_LIMIT', `the answer has ${bytes.length} bytes, more than ${LIMITS.frameOutboundBytesMax}`);
  }
  return bytes;
}

/**
 * Bytes of one message of a window, held to the same rules the core will hold it to, so that a mistake of ours is an answer to
 * the caller and not a closed line.
 * @throws OperatingError E_INPUT or E_LIMIT
 */
export function encodeWindowMessage(message: WindowMessage): Uint8Array {
  const bytes = pack(message);
  if (bytes.length > LIMITS.frameInboundBytesMax) {
    throw new OperatingError('E_LIMIT', `the input has ${bytes.length} bytes, more than ${LIMITS.frameInboundBytesMax}`);
  }
  try {
    scanValues(bytes, WINDOW_SCAN);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new OperatingError(error.code === 'E_LIMIT' ? 'E_LIMIT' : 'E_INPUT', error.message, { cause: error });
  }
  return bytes;
}

/** @throws ProtocolError when the frame is too large, malformed or not made of window messages */
export function decodeWindowFrame(frame: Uint8Array): WindowMessage[] {
  if (frame.length > LIMITS.frameInboundBytesMax) {
    throw new ProtocolError('E_FRAME_TOO_LARGE', `frame of ${frame.length} bytes, at most ${LIMITS.frameInboundBytesMax}`);
  }
  scanValues(frame, WINDOW_SCAN);
  return unpack(frame).map((value) => {
    const parsed = v.safeParse(windowMessage, value);
    if (!parsed.success) throw new ProtocolError('E_PROTOCOL', 'frame holds something that is no message');
    return parsed.output;
  });
}

/** @throws ProtocolError when the frame is not made of core messages */
export function decodeCoreFrame(frame: Uint8Array): CoreMessage[] {
  return unpack(frame).map((value) => {
    const parsed = v.safeParse(coreMessage, value);
    if (!parsed.success) throw new ProtocolError('E_PROTOCOL', 'frame holds something that is no message');
    return parsed.output;
  });
}

function unpack(frame: Uint8Array): unknown[] {
  if (frame.length === 0) return [];
  try {
    return packr.unpackMultiple(frame);
  } catch (cause) {
    throw new ProtocolError('E_PROTOCOL', 'frame cannot be decoded', { cause });
  }
}

/** Puts messages together into frames: as few as possible, in order, each at most `frameBytesMax` unless one message alone is larger. */
export function joinFrames(messages: readonly Uint8Array[], frameBytesMax: number = LIMITS.frameBytesMax): Uint8Array[] {
  const frames: Uint8Array[] = [];
  let first = 0;
  let bytes = 0;
  for (const [index, message] of messages.entries()) {
    if (bytes > 0 && bytes + message.length > frameBytesMax) {
      frames.push(join(messages, first, index, bytes));
      first = index;
      bytes = 0;
    }
    bytes += message.length;
  }
  if (bytes > 0) frames.push(join(messages, first, messages.length, bytes));
  return frames;
}

/** Always a copy: msgpackr's results are views into a pooled buffer, and posting a view would clone the whole pool. */
function join(messages: readonly Uint8Array[], first: number, end: number, bytes: number): Uint8Array {
  const frame = new Uint8Array(bytes);
  let offset = 0;
  for (let index = first; index < end; index += 1) {
    const message = messages[index];
    if (message === undefined) break;
    frame.set(message, offset);
    offset += message.length;
  }
  return frame;
}
