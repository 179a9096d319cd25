/** A managed server against recorded packets, over a real socket. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeHelloAck, helloPacket } from '../../../electron/protocols/netipc/handshake.ts';
import { RawPeer } from '../../kit/netipc-raw.ts';
import { startReferenceServer } from './reference-server.ts';
import {
  arrayOf,
  bytesOf,
  helloAckOf,
  hexOf,
  numberOf,
  objectOf,
  textOf,
  wordOf,
  type JsonObject,
} from './wire-names.ts';

const AUTH_TOKEN = 0xfeed_0001n;
const CLOSE_WITHIN_MS = 3_000;
/** An open session proves nothing by itself; a server that closes does so at once. */
const STAYS_OPEN_MS = 100;

async function shakeHands(peer: RawPeer, agreed: JsonObject): Promise<void> {
  peer.send(
    helloPacket({
      flags: 0,
      supportedProfiles: 1,
      preferredProfiles: 0,
      requestPayloadBytesMax: numberOf(agreed['agreed_max_request_payload_bytes']),
      requestItemsMax: numberOf(agreed['agreed_max_request_batch_items']),
      responsePayloadBytesMax: 0,
      responseItemsMax: 1,
      authToken: AUTH_TOKEN,
      packetBytes: numberOf(agreed['agreed_packet_size']),
    }),
  );
  const packet = await peer.next();
  assert.ok(packet, 'HELLO is answered');
  const ack = decodeHelloAck(packet.subarray(32));
  assert.deepEqual(ack, helloAckOf(agreed));
}

export async function runManagedServer(vector: JsonObject): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sb-srv-'));
  const line = `${textOf(vector['service'])} ${textOf(vector['server_args'])}`;
  const server = startReferenceServer(line, folder, AUTH_TOKEN);
  const peer = RawPeer.connect(server.path);
  try {
    await shakeHands(peer, objectOf(vector['agreed']));
    for (const packet of arrayOf(vector['send'])) peer.send(bytesOf(packet));
    for (const reply of arrayOf(vector['replies'])) {
      const packet = await peer.next();
      assert.equal(packet === null ? 'closed' : hexOf(packet), reply);
    }
    const isOpen = wordOf(vector['then'], ['open', 'closed']) === 'open';
    const isClosed = await peer.isClosedWithin(isOpen ? STAYS_OPEN_MS : CLOSE_WITHIN_MS);
    assert.equal(peer.unread, 0, 'no more replies than recorded');
    assert.equal(isClosed ? 'closed' : 'open', vector['then']);
  } finally {
    peer.close();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
