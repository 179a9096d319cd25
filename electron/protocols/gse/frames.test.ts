import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteQueue } from './byte-queue.ts';
import { GseProtocolError } from './errors.ts';
import { encodeFrame, FRAME_TYPES, FrameReader, type Frame } from './frames.ts';
import {
  encodeReportAnswer,
  encodeReportFrame,
  ReportAnswerReader,
  ReportFrameReader,
  reportTime,
} from './report-frames.ts';
import { decodeDownlink, decodeRespond, encodeDownlink, encodeRespond } from './socket-messages.ts';

const parts = fc.record({
  type: fc.constantFrom(0x9006, 0x9007, 0x9008, 0x900a, 0, 0xffff),
  sequence: fc.bigInt(0n, 2n ** 64n - 1n),
  info: fc.uint8Array({ maxLength: 40 }),
  content: fc.uint8Array({ maxLength: 300 }),
});

/** `bytes` in pieces whose lengths come from `sizes` in turn. */
function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  let offset = 0;
  for (let turn = 0; offset < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    pieces.push(bytes.subarray(offset, offset + size));
    offset += size;
  }
  return pieces;
}

const sizes = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 8 });

describe('frames of the message socket', () => {
  it('come out as they went in, however they are cut', () => {
    const property = fc.property(fc.array(parts, { maxLength: 5 }), sizes, (list, pieceSizes) => {
      const reader = new FrameReader();
      const frames: Frame[] = [];
      for (const piece of cut(Buffer.concat(list.map((part) => encodeFrame(part))), pieceSizes)) {
        const batch = reader.push(piece);
        expect(batch.violation).toBeNull();
        frames.push(...batch.frames);
      }
      expect(reader.pendingBytes).toBe(0);
      expect(
        frames.map(({ type, sequence, body }) => ({ type, sequence, body: body.toString('hex') })),
      ).toEqual(
        list.map(({ type, sequence, info, content }) => ({
          type,
          sequence,
          body: Buffer.concat([info, content]).toString('hex'),
        })),
      );
    });
    fc.assert(property, { numRuns: 2_000 });
  });

  it('are judged at the fourth byte of the magic', () => {
    const reader = new FrameReader();
    expect(reader.push(Buffer.from('deadbe', 'hex')).violation).toBeNull();
    expect(reader.push(Buffer.from('ee', 'hex')).violation?.subCode).toBe('bad_magic');
    expect(reader.push(encodeFrame({ type: 1, sequence: 0n, info: Buffer.alloc(0) })).frames).toEqual([]);
  });

  it('are refused at the header when they claim too little or too much, and hold nothing for the claim', () => {
    const claim = (bytes: number): GseProtocolError | null => {
      const header = encodeFrame({ type: 0x9008, sequence: 1n, info: Buffer.alloc(0) });
      header.writeUInt32BE(bytes, 16);
      return new FrameReader(100).push(header).violation;
    };
    expect(claim(27)?.subCode).toBe('length_too_small');
    expect(claim(28)).toBeNull();
    expect(claim(100)).toBeNull();
    expect(claim(101)?.subCode).toBe('length_too_large');
    expect(claim(0xffffffff)?.firstBytesHex.startsWith('deadbeef9008')).toBe(true);
  });

  it('that are good come before a bad one in the same chunk', () => {
    const good = encodeDownlink('g', Buffer.from('zz'), 7n);
    const { frames, violation } = new FrameReader().push(Buffer.concat([good, Buffer.alloc(28)]));
    expect(frames.map((frame) => decodeDownlink(frame).messageId)).toEqual(['g']);
    expect(violation?.subCode).toBe('bad_magic');
  });

  it('answer any bytes with frames or a violation', () => {
    const start = Buffer.from('deadbeef9008000600000000000000010000', 'hex');
    const hostile = fc.tuple(fc.constantFrom(Buffer.alloc(0), start), fc.uint8Array({ maxLength: 120 }));
    const property = fc.property(hostile, sizes, ([head, rest], pieceSizes) => {
      const reader = new FrameReader(4_096);
      for (const piece of cut(Buffer.concat([head, rest]), pieceSizes)) {
        for (const frame of reader.push(piece).frames) expect(() => decodeQuietly(frame)).not.toThrow();
      }
    });
    fc.assert(property, { numRuns: 10_000 });
  });

  it('of a mebibyte may come byte by byte', () => {
    const frame = encodeFrame({
      type: 0x9008,
      sequence: 1n,
      info: Buffer.alloc(1),
      content: Buffer.alloc(1 << 20),
    });
    const reader = new FrameReader();
    let count = 0;
    for (let offset = 0; offset < frame.length; offset += 1)
      count += reader.push(frame.subarray(offset, offset + 1)).frames.length;
    expect(count).toBe(1);
  });
});

function decodeQuietly(frame: Frame): void {
  for (const decode of [decodeDownlink, decodeRespond]) {
    try {
      decode(frame);
    } catch (error) {
      if (!(error instanceof GseProtocolError)) throw error;
    }
  }
}

describe('messages', () => {
  it('carry any bytes', () => {
    const property = fc.property(fc.string(), fc.uint8Array(), (id, content) => {
      const [up] = new FrameReader().push(encodeRespond('p', id, content, 1n)).frames;
      const [down] = new FrameReader().push(encodeDownlink(id, content, 1n)).frames;
      if (up === undefined || down === undefined) throw new Error('no frame');
      expect(decodeRespond(up)).toMatchObject({ name: 'p', messageId: id.toWellFormed() });
      expect(decodeDownlink(down).content.equals(content)).toBe(true);
    });
    fc.assert(property, { numRuns: 2_000 });
  });

  it('with lengths that only fit in 32-bit arithmetic are refused', () => {
    const body = Buffer.alloc(20, 0x20);
    const frame = { type: FRAME_TYPES.dispatch, version: 6, sequence: 1n, totalBytes: 48, body };
    const lie = { ...frame, reserved0: 0xfffffff0, reserved1: 0x24 };
    expect(() => decodeDownlink(lie)).toThrow('invalid_message_length');
    expect(() => decodeDownlink({ ...frame, reserved0: 0, reserved1: 20 })).toThrow('invalid_message_length');
    expect(() => decodeDownlink({ ...frame, reserved0: 10, reserved1: 10 })).toThrow('invalid_info_json');
  });
});

describe('frames of the report socket', () => {
  it('come out as they went in both ways, however they are cut', () => {
    const list = fc.array(fc.record({ type: fc.nat(0xffff), body: fc.uint8Array({ maxLength: 200 }) }), {
      maxLength: 5,
    });
    const property = fc.property(list, sizes, (frames, pieceSizes) => {
      const down = new ReportAnswerReader();
      const up = new ReportFrameReader();
      const gotDown = cut(
        Buffer.concat(frames.map(({ type, body }) => encodeReportAnswer(type, body))),
        pieceSizes,
      ).flatMap((piece) => down.push(piece).frames);
      const gotUp = cut(
        Buffer.concat(frames.map((frame) => encodeReportFrame({ ...frame, dataId: 1, time: 2 }))),
        pieceSizes,
      ).flatMap((piece) => up.push(piece).frames);
      const plain = (frame: { type: number; body: Uint8Array }): unknown => [
        frame.type,
        Buffer.from(frame.body).toString('hex'),
      ];
      expect(gotDown.map(plain)).toEqual(frames.map(plain));
      expect(gotUp.map(plain)).toEqual(frames.map(plain));
    });
    fc.assert(property, { numRuns: 2_000 });
  });

  it('are refused when header and body together exceed the limit', () => {
    const claim = (bodyBytes: number): string | undefined => {
      const header = encodeReportAnswer(10, Buffer.alloc(0));
      header.writeUInt32BE(bodyBytes, 4);
      return new ReportAnswerReader(100).push(header).violation?.subCode;
    };
    expect(claim(92)).toBeUndefined();
    expect(claim(93)).toBe('length_too_large');
    expect(claim(2 ** 32 - 8)).toBe('length_too_large');
  });

  it('tell the time modulo 2^32', () => {
    expect(reportTime(1_795_187_586_491, 'milliseconds')).toBe(4_186_224_059);
    expect(reportTime(1_795_187_586_491, 'seconds')).toBe(1_795_187_586);
  });
});

describe('a byte queue', () => {
  it('gives back every byte in order whatever is taken in between', () => {
    const steps = fc.array(fc.tuple(fc.uint8Array({ maxLength: 9_000 }), fc.nat(9_000)), { maxLength: 12 });
    const property = fc.property(steps, (list) => {
      const queue = new ByteQueue();
      let model = Buffer.alloc(0);
      for (const [chunk, taken] of list) {
        queue.append(chunk);
        model = Buffer.concat([model, chunk]);
        const count = Math.min(taken, model.length);
        expect(queue.copy(0, count).equals(model.subarray(0, count))).toBe(true);
        queue.skip(count);
        model = model.subarray(count);
        expect(queue.length).toBe(model.length);
      }
    });
    fc.assert(property, { numRuns: 300 });
  });
});
