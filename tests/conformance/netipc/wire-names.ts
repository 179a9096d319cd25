/** Between the vectors' spelling (wire names, decimal strings, hex) and the codec's. */
import assert from 'node:assert/strict';
import type { AppLookupItem } from '../../../electron/protocols/netipc/apps-lookup.ts';
import type { CgroupLookupItem } from '../../../electron/protocols/netipc/cgroups-lookup.ts';
import type { SnapshotItem } from '../../../electron/protocols/netipc/cgroups-snapshot.ts';
import type { ChunkHeader, MessageHeader } from '../../../electron/protocols/netipc/envelope.ts';
import type { Hello, HelloAck } from '../../../electron/protocols/netipc/handshake.ts';
import type { Label } from '../../../electron/protocols/netipc/lookup-layout.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
export type JsonObject = { readonly [name: string]: Json };

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
export function objectOf(value: Json | undefined): JsonObject {
  if (!isObject(value)) throw new TypeError(`not an object: ${JSON.stringify(value)}`);
  return value;
}
export function arrayOf(value: Json | undefined): readonly Json[] {
  if (!Array.isArray(value)) throw new TypeError(`not an array: ${JSON.stringify(value)}`);
  return value;
}
export function numberOf(value: Json | undefined): number {
  if (typeof value !== 'number') throw new TypeError(`not a number: ${JSON.stringify(value)}`);
  return value;
}
export function textOf(value: Json | undefined): string {
  if (typeof value !== 'string') throw new TypeError(`not a text: ${JSON.stringify(value)}`);
  return value;
}
export function bigOf(value: Json | undefined): bigint {
  return BigInt(textOf(value));
}
/** Hex text, or an object with a hex member. */
export function bytesOf(value: Json | undefined): Uint8Array {
  const hex = isObject(value) ? textOf(value['hex']) : textOf(value);
  if (hex.length % 2 !== 0 || !/^[0-9a-f]*$/.test(hex)) throw new TypeError(`not hex: ${hex.slice(0, 40)}`);
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}
export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** Members whose value the format fixes: where a file states one, it must state that value. */
export function checkFixed(fields: JsonObject, fixed: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(fixed)) {
    const stated = fields[name];
    assert.ok(
      stated === undefined || stated === value,
      `${name} ${JSON.stringify(stated)}, the format fixes ${value}`,
    );
  }
}

/** One of the words a file may hold; anything else is a file this runner does not understand. */
export function wordOf<Word extends string>(value: Json | undefined, words: readonly Word[]): Word {
  const word = words.find((one) => one === value);
  if (word === undefined) throw new TypeError(`${JSON.stringify(value)} is none of ${words.join(', ')}`);
  return word;
}

const HEADER_FIXED = { magic: 0x4e49_5043, version: 1, header_len: 32 };
const CHUNK_FIXED = { magic: 0x4e43_484b, version: 1, flags: 0 };

export function headerOf(fields: JsonObject): MessageHeader {
  checkFixed(fields, HEADER_FIXED);
  return {
    kind: numberOf(fields['kind']),
    flags: numberOf(fields['flags'] ?? 0),
    code: numberOf(fields['code']),
    transportStatus: numberOf(fields['transport_status'] ?? 0),
    payloadBytes: numberOf(fields['payload_len'] ?? 0),
    itemCount: numberOf(fields['item_count']),
    messageId: bigOf(fields['message_id']),
  };
}

export function chunkOf(fields: JsonObject): ChunkHeader {
  checkFixed(fields, CHUNK_FIXED);
  return {
    messageId: bigOf(fields['message_id']),
    totalMessageBytes: numberOf(fields['total_message_len']),
    chunkIndex: numberOf(fields['chunk_index']),
    chunkCount: numberOf(fields['chunk_count']),
    chunkPayloadBytes: numberOf(fields['chunk_payload_len']),
  };
}

export function helloOf(fields: JsonObject): Hello {
  checkFixed(fields, { layout_version: 1, reserved: 0 });
  return {
    flags: numberOf(fields['flags']),
    supportedProfiles: numberOf(fields['supported_profiles']),
    preferredProfiles: numberOf(fields['preferred_profiles']),
    requestPayloadBytesMax: numberOf(fields['max_request_payload_bytes']),
    requestItemsMax: numberOf(fields['max_request_batch_items']),
    responsePayloadBytesMax: numberOf(fields['max_response_payload_bytes']),
    responseItemsMax: numberOf(fields['max_response_batch_items']),
    authToken: bigOf(fields['auth_token']),
    packetBytes: numberOf(fields['packet_size']),
  };
}

export function helloAckOf(fields: JsonObject): HelloAck {
  checkFixed(fields, { layout_version: 1, flags: 0 });
  return {
    serverSupportedProfiles: numberOf(fields['server_supported_profiles']),
    intersectionProfiles: numberOf(fields['intersection_profiles']),
    selectedProfile: numberOf(fields['selected_profile']),
    requestPayloadBytesMax: numberOf(fields['agreed_max_request_payload_bytes']),
    requestItemsMax: numberOf(fields['agreed_max_request_batch_items']),
    responsePayloadBytesMax: numberOf(fields['agreed_max_response_payload_bytes']),
    responseItemsMax: numberOf(fields['agreed_max_response_batch_items']),
    packetBytes: numberOf(fields['agreed_packet_size']),
    reserved: numberOf(fields['reserved'] ?? 0),
    sessionId: bigOf(fields['session_id']),
  };
}

export function snapshotItemOf(fields: JsonObject): SnapshotItem {
  return {
    hash: numberOf(fields['hash']),
    options: numberOf(fields['options']),
    enabled: numberOf(fields['enabled']),
    name: bytesOf(fields['name']),
    path: bytesOf(fields['path']),
  };
}

function labelsOf(value: Json | undefined): Label[] {
  return arrayOf(value ?? []).map((pair) => {
    const [key, text] = arrayOf(pair);
    return { key: bytesOf(key), value: bytesOf(text) };
  });
}

export function cgroupItemOf(fields: JsonObject): CgroupLookupItem {
  return {
    status: numberOf(fields['status']),
    orchestrator: numberOf(fields['orchestrator'] ?? 0),
    path: bytesOf(fields['path']),
    name: bytesOf(fields['name'] ?? ''),
    labels: labelsOf(fields['labels']),
  };
}

export function appItemOf(fields: JsonObject): AppLookupItem {
  return {
    status: numberOf(fields['status']),
    orchestrator: numberOf(fields['orchestrator'] ?? 0),
    cgroupStatus: numberOf(fields['cgroup_status'] ?? 0),
    pid: numberOf(fields['pid']),
    ppid: numberOf(fields['ppid'] ?? 0),
    uid: numberOf(fields['uid'] ?? 0xffff_ffff),
    startTime: bigOf(fields['starttime'] ?? '0'),
    comm: bytesOf(fields['comm'] ?? ''),
    cgroupPath: bytesOf(fields['cgroup_path'] ?? ''),
    cgroupName: bytesOf(fields['cgroup_name'] ?? ''),
    labels: labelsOf(fields['labels']),
  };
}
