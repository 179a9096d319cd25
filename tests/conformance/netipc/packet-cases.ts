/** Cases of chunking, receiving, send rules and regions; still without a socket. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { NetipcRegionError, NetipcSocketError } from '../../../electron/protocols/netipc/errors.ts';
import {
  InFlightIds,
  MessageReceiver,
  admitForSending,
  splitMessage,
  type Message,
  type MessageLimits,
  type Role,
} from '../../../electron/protocols/netipc/packets.ts';
import { regionPath } from '../../../electron/protocols/netipc/names.ts';
import {
  encodeRegionHeader,
  planRegion,
  readRegionHeader,
} from '../../../electron/protocols/netipc/region-layout.ts';
import {
  arrayOf,
  bigOf,
  bytesOf,
  checkFixed,
  headerOf,
  hexOf,
  isObject,
  numberOf,
  objectOf,
  textOf,
  wordOf,
  type Json,
  type JsonObject,
} from './wire-names.ts';

const NO_LIMITS: MessageLimits = {
  requestPayloadBytesMax: 2 ** 32,
  responsePayloadBytesMax: 2 ** 32,
  requestItemsMax: 2 ** 32,
  responseItemsMax: 2 ** 32,
};

/** The files spell limits in full or in short; an absent one is 0. */
function limitsOf(fields: JsonObject): MessageLimits {
  const limit = (long: string, short: string): number => numberOf(fields[long] ?? fields[short] ?? 0);
  return {
    requestPayloadBytesMax: limit('max_request_payload_bytes', 'mreq'),
    responsePayloadBytesMax: limit('max_response_payload_bytes', 'mresp'),
    requestItemsMax: limit('max_request_batch_items', 'breq'),
    responseItemsMax: limit('max_response_batch_items', 'bresp'),
  };
}

function roleOf(vector: JsonObject): Role {
  return wordOf(vector['role'], ['client', 'server']);
}

function payloadOfRule(rule: string, length: number): Uint8Array {
  const match = /^byte\[i\] = \(i\*(\d+) \+ (\d+)\) mod 256$/.exec(rule);
  if (match === null) throw new TypeError(`payload_rule not understood: ${rule}`);
  const [, factor = '0', start = '0'] = match;
  return Uint8Array.from({ length }, (_, i) => (i * Number(factor) + Number(start)) % 256);
}

export function runChunkedSend(vector: JsonObject): void {
  const header = headerOf(objectOf(vector['header']));
  const packetBytes = numberOf(vector['packet_size']);
  const payload = payloadOfRule(textOf(vector['payload_rule']), numberOf(vector['payload_len']));
  assert.equal(createHash('sha256').update(payload).digest('hex'), vector['payload_sha256']);
  assert.equal(header.payloadBytes, payload.length, 'payload_len of header and case');
  const packets = splitMessage(header, payload, packetBytes);
  assert.deepEqual(packets.map(hexOf), vector['packets']);
  const inFlight = new InFlightIds();
  inFlight.add(header.messageId);
  const receiver = new MessageReceiver(
    header.kind === 2 ? 'client' : 'server',
    packetBytes,
    NO_LIMITS,
    inFlight,
  );
  const messages = packets.map((packet) => receiver.accept(packet));
  const last = messages.at(-1);
  assert.ok(last, 'the last packet completes the message');
  assert.ok(
    messages.slice(0, -1).every((message) => message === null),
    'nothing is complete before it',
  );
  assert.equal(hexOf(last.payload), hexOf(payload));
  assert.deepEqual(last.header, { ...header, payloadBytes: payload.length });
}

/** Feeds packets until a message or an error; packets that never come are the deadline's matter, a socket that ends is RECV. */
function receiveOne(vector: JsonObject): { result: string; message: Message | null } {
  const inFlight = new InFlightIds();
  for (const id of arrayOf(vector['inflight'])) inFlight.add(BigInt(textOf(id)));
  const receiver = new MessageReceiver(
    roleOf(vector),
    numberOf(vector['packet_size']),
    limitsOf(objectOf(vector['limits'])),
    inFlight,
  );
  try {
    for (const packet of arrayOf(vector['packets'])) {
      const bytes = bytesOf(packet);
      if (bytes.length === 0) return { result: 'RECV', message: null }; // an empty record is how SEQPACKET says end of file
      const message = receiver.accept(bytes);
      if (message !== null) return { result: 'OK', message };
    }
  } catch (error) {
    if (error instanceof NetipcSocketError) return { result: error.wire, message: null };
    throw error;
  }
  return { result: vector['result'] === 'RECV' ? 'RECV' : 'TIMEOUT', message: null };
}

export function runReceive(vector: JsonObject): void {
  const { result, message } = receiveOne(vector);
  assert.equal(result, vector['result']);
  if (message === null) return;
  assert.deepEqual(message.header, headerOf(objectOf(vector['header'])));
  assert.equal(hexOf(message.payload), vector['payload_hex']);
}

export function runSendRules(vector: JsonObject): void {
  const header = { ...headerOf(objectOf(vector['header'])) };
  const inFlight = new InFlightIds();
  const before = vector['inflight'];
  for (const id of Array.isArray(before) ? before : []) inFlight.add(BigInt(textOf(id)));
  const payload = new Uint8Array(numberOf(vector['payload_len']));
  let result = 'OK';
  let sent = 0;
  try {
    admitForSending(roleOf(vector), header, payload.length, limitsOf(objectOf(vector['limits'])), inFlight);
    sent = splitMessage(header, payload, numberOf(vector['packet_size'] ?? 65_536)).length;
  } catch (error) {
    if (!(error instanceof NetipcSocketError)) throw error;
    result = error.wire;
  }
  assert.equal(result, vector['result']);
  assert.equal(sent, vector['packets_sent']);
  assert.equal(inFlight.size, vector['inflight_after']);
}

/** The creator's header and the attach verdicts; the exchange itself runs through the addon (region-cases.ts). */
export function runRegionHeader(vector: JsonObject): void {
  if (vector['attach_result'] !== undefined) {
    assert.equal(attachVerdict(vector), vector['attach_result']);
    return;
  }
  const fields = objectOf(vector['fields']);
  checkRegionFields(fields, vector['header_hex']);
  if (vector['file_name'] !== undefined) {
    const name = regionPath('', 'vec', bigOf(vector['session_id'])).slice(1);
    assert.equal(name, vector['file_name']);
  }
  const plan = planRegion(
    numberOf(vector['requested_request_capacity']),
    numberOf(vector['requested_response_capacity']),
  );
  assert.equal(plan.fileBytes, vector['region_size']);
  const header = encodeRegionHeader(
    plan,
    numberOf(fields['owner_pid']),
    numberOf(fields['owner_generation']),
  );
  assert.equal(hexOf(header), vector['header_hex']);
}

/** The fields of a region header as its bytes say them. */
export function checkRegionFields(fields: JsonObject, header: Json | undefined): void {
  const view = new DataView(bytesOf(header).buffer);
  const u32 = (at: number): number => view.getUint32(at, true);
  const u64 = (at: number): string => String(view.getBigUint64(at, true));
  checkFixed(fields, { magic: 0x4e53_484d, version: 3, header_len: 64 });
  const { magic, version, header_len: headerBytes, ...rest } = fields;
  assert.deepEqual([u32(0), view.getUint16(4, true), view.getUint16(6, true)], [magic, version, headerBytes]);
  assert.deepEqual(rest, {
    owner_pid: view.getInt32(8, true),
    owner_generation: u32(12),
    request_offset: u32(16),
    request_capacity: u32(20),
    response_offset: u32(24),
    response_capacity: u32(28),
    req_seq: u64(32),
    resp_seq: u64(40),
    req_len: u32(48),
    resp_len: u32(52),
    req_signal: u32(56),
    resp_signal: u32(60),
  });
}

function attachVerdict(vector: JsonObject): string {
  try {
    readRegionHeader(bytesOf(vector['header_hex']), numberOf(vector['file_size']));
    return 'OK';
  } catch (error) {
    if (error instanceof NetipcRegionError) return error.wire;
    throw error;
  }
}

export function isExchange(vector: JsonObject): boolean {
  return Array.isArray(vector['steps']) && arrayOf(vector['steps']).every(isObject);
}
