import { createConnection, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LengthFrames, frameSocket } from './frame-socket.ts';

function encoded(frames: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    frames.flatMap((frame) => {
      const header = Buffer.alloc(4);
      header.writeUInt32LE(frame.length);
      return [header, frame];
    }),
  );
}

test('gives the frames that went in, however the bytes are cut', () => {
  const frames = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 });
  fc.assert(
    fc.property(frames, fc.array(fc.nat(12), { minLength: 1, maxLength: 30 }), (sent, cuts) => {
      const bytes = encoded(sent);
      const reader = new LengthFrames(1_000);
      const received: Uint8Array[] = [];
      let at = 0;
      for (let turn = 0; at < bytes.length; turn += 1) {
        const size = (cuts[turn % cuts.length] ?? 0) + 1;
        received.push(...reader.push(bytes.subarray(at, at + size)));
        at += size;
      }
      expect(received.map((frame) => [...frame])).toEqual(sent.map((frame) => [...frame]));
    }),
    { numRuns: 10_000 },
  );
});

test('refuses a larger claim at its header, and takes the limit itself', () => {
  const reader = new LengthFrames(16);
  expect(reader.push(encoded([new Uint8Array(16)])).length).toBe(1);
  expect(() => reader.push(Buffer.from([17, 0, 0, 0]))).toThrow(
    expect.objectContaining({ code: 'E_FRAME_TOO_LARGE' }),
  );
});

test('over a real socket: frames both ways, a wrong claim closes this one', async () => {
  const accepted = Promise.withResolvers<Socket>();
  const server = createServer((socket) => accepted.resolve(socket)).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const client = createConnection((server.address() as AddressInfo).port, '127.0.0.1');
  try {
    const serverSocket = await accepted.promise;
    const port = frameSocket(serverSocket, 100);
    const closed = Promise.withResolvers<string>();
    port.onClose(closed.resolve);
    port.onFrame((frame) => port.send(Uint8Array.from(frame).reverse()));
    const clientPort = frameSocket(client, 100);
    const echoed = Promise.withResolvers<Uint8Array>();
    clientPort.onFrame(echoed.resolve);
    clientPort.send(Uint8Array.of(1, 2, 3));
    expect([...(await echoed.promise)]).toEqual([3, 2, 1]);
    client.write(Buffer.from([0xff, 0xff, 0xff, 0x7f]));
    expect(await closed.promise).toContain('bytes');
  } finally {
    client.destroy();
    server.close();
  }
});
