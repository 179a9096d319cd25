/** Cases that need no socket: encoders, decoders, names, chunking, negotiation, budgets. Each throws AssertionError with what differs. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  AppLookupView,
  decodeAppLookupRequest,
  encodeAppLookupItem,
  encodeAppLookupRequest,
  encodeAppLookupResponse,
} from '../../../electron/protocols/netipc/apps-lookup.ts';
import { batchItem, encodeBatch } from '../../../electron/protocols/netipc/batch.ts';
import {
  CgroupLookupView,
  decodeCgroupLookupRequest,
  encodeCgroupLookupItem,
  encodeCgroupLookupRequest,
  encodeCgroupLookupResponse,
} from '../../../electron/protocols/netipc/cgroups-lookup.ts';
import {
  SnapshotView,
  decodeSnapshotRequest,
  encodeSnapshot,
  encodeSnapshotRequest,
} from '../../../electron/protocols/netipc/cgroups-snapshot.ts';
import {
  decodeChunkHeader,
  decodeHeader,
  encodeHeader,
  writeChunkHeader,
} from '../../../electron/protocols/netipc/envelope.ts';
import { NetipcCodecError, NetipcSocketError } from '../../../electron/protocols/netipc/errors.ts';
import {
  decideHello,
  decodeHello,
  decodeHelloAck,
  encodeHello,
  encodeHelloAck,
} from '../../../electron/protocols/netipc/handshake.ts';
import {
  fitAppLookup,
  fitCgroupLookup,
  type BudgetRule,
} from '../../../electron/protocols/netipc/lookup-budget.ts';
import {
  pipeName,
  regionPath,
  socketPath,
  windowsObjectNames,
  fnv64Hex,
} from '../../../electron/protocols/netipc/names.ts';
import { bucketCount, indexKey, nameHash } from '../../../electron/protocols/netipc/snapshot-index.ts';
import {
  decodeIncrement,
  decodeStringReverse,
  encodeIncrement,
  encodeStringReverse,
} from '../../../electron/protocols/netipc/simple-methods.ts';
import { verdictOf } from './decoders.ts';
import { itemsOfRule } from './items-rule.ts';
import {
  appItemOf,
  arrayOf,
  bigOf,
  bytesOf,
  cgroupItemOf,
  checkFixed,
  chunkOf,
  headerOf,
  helloAckOf,
  helloOf,
  hexOf,
  numberOf,
  objectOf,
  snapshotItemOf,
  textOf,
  wordOf,
  type Json,
  type JsonObject,
} from './wire-names.ts';

export function runEnvelope(vector: JsonObject): void {
  const bytes = bytesOf(vector['hex']);
  const fields = objectOf(vector['fields']);
  if (wordOf(vector['decoder'], ['header', 'chunk_header']) === 'chunk_header') {
    const chunk = decodeChunkHeader(bytes);
    assert.deepEqual(chunk, chunkOf(fields));
    const written = new Uint8Array(32);
    writeChunkHeader(written, chunk);
    assert.equal(hexOf(written), hexOf(bytes.subarray(0, 32)));
    return;
  }
  const header = decodeHeader(bytes);
  assert.deepEqual(header, headerOf(fields));
  assert.equal(hexOf(encodeHeader(header)), hexOf(bytes.subarray(0, 32)));
}

export function runHandshakePayload(vector: JsonObject): void {
  const bytes = bytesOf(vector['hex']);
  const fields = objectOf(vector['fields']);
  if (wordOf(vector['decoder'], ['hello', 'hello_ack']) === 'hello') {
    assert.deepEqual(decodeHello(bytes), helloOf(fields));
    assert.equal(hexOf(encodeHello(helloOf(fields))), hexOf(bytes));
    return;
  }
  assert.deepEqual(decodeHelloAck(bytes), helloAckOf(fields));
  assert.equal(hexOf(encodeHelloAck(helloAckOf(fields))), hexOf(bytes));
}

export function runBatch(vector: JsonObject): void {
  const items = arrayOf(vector['items']).map(bytesOf);
  assert.equal(vector['item_count'] ?? items.length, items.length);
  const payload = encodeBatch(items);
  assert.equal(hexOf(payload), textOf(vector['hex']));
  for (const [index, item] of items.entries()) {
    assert.equal(hexOf(batchItem(payload, items.length, index)), hexOf(item));
  }
}

export function runIncrement(vector: JsonObject): void {
  assert.equal(hexOf(encodeIncrement(bigOf(vector['value']))), textOf(vector['hex']));
  assert.equal(decodeIncrement(bytesOf(vector['hex'])), bigOf(vector['value']));
  assert.equal(hexOf(encodeIncrement(bigOf(vector['response_value']))), textOf(vector['response_hex']));
  assert.equal(BigInt.asUintN(64, bigOf(vector['value']) + 1n), bigOf(vector['response_value']));
}

export function runStringReverse(vector: JsonObject): void {
  const value = bytesOf(vector['value']);
  assert.equal(hexOf(encodeStringReverse(value)), textOf(vector['hex']));
  assert.equal(hexOf(decodeStringReverse(bytesOf(vector['hex']))), hexOf(value));
  assert.equal(hexOf(encodeStringReverse(value.toReversed())), textOf(vector['response_hex']));
  if (vector['response_value'] !== undefined)
    assert.equal(hexOf(bytesOf(vector['response_value'])), hexOf(value.toReversed()));
}

function checkSnapshotBytes(vector: JsonObject, payload: Uint8Array): void {
  assert.ok(
    vector['hex'] !== undefined || vector['sha256'] !== undefined,
    'the case says which bytes it wants',
  );
  assert.equal(payload.length, vector['total_len'] ?? payload.length);
  if (vector['hex'] !== undefined) assert.equal(hexOf(payload), textOf(vector['hex']));
  if (vector['sha256'] === undefined) return;
  const first = textOf(vector['first_hex']);
  const last = textOf(vector['last_hex']);
  assert.equal(hexOf(payload.subarray(0, first.length / 2)), first);
  assert.equal(hexOf(payload.subarray(payload.length - last.length / 2)), last);
  assert.equal(createHash('sha256').update(payload).digest('hex'), textOf(vector['sha256']));
}

export function runSnapshot(vector: JsonObject): void {
  const decoder = wordOf(vector['decoder'], ['cgroups_request', 'cgroups_response']);
  checkFixed(objectOf(vector['fields'] ?? {}), { layout_version: 1, flags: 0 });
  if (decoder === 'cgroups_request') {
    decodeSnapshotRequest(bytesOf(vector['hex']));
    assert.ok(textOf(vector['hex']).startsWith(hexOf(encodeSnapshotRequest())), 'the request begins as ours');
    return;
  }
  const fields = objectOf(vector['fields']);
  const rule = vector['items_rule'];
  const items =
    rule === undefined
      ? arrayOf(fields['items']).map((item) => snapshotItemOf(objectOf(item)))
      : itemsOfRule(textOf(rule));
  const head = {
    systemdEnabled: numberOf(fields['systemd_enabled']),
    generation: bigOf(fields['generation']),
  };
  const payload = encodeSnapshot(head, items);
  checkSnapshotBytes(vector, payload);
  const view = new SnapshotView(payload);
  assert.equal(view.itemCount, numberOf(fields['item_count']));
  assert.equal(view.generation, head.generation);
  assert.equal(view.systemdEnabled, head.systemdEnabled);
  for (const [index, item] of items.entries()) {
    const { hash, options, enabled, name, path } = view.item(index);
    assert.deepEqual({ hash, options, enabled, name, path }, item);
  }
}

export function runCgroupLookup(vector: JsonObject): void {
  const hex = textOf(vector['hex']);
  if (
    wordOf(vector['decoder'], ['cgroups_lookup_request', 'cgroups_lookup_response']) ===
    'cgroups_lookup_request'
  ) {
    const paths = arrayOf(vector['paths']).map(bytesOf);
    assert.equal(hexOf(encodeCgroupLookupRequest(paths)), hex);
    assert.deepEqual(decodeCgroupLookupRequest(bytesOf(hex)), paths);
    return;
  }
  const fields = objectOf(vector['fields']);
  const items = arrayOf(fields['items']).map((item) => cgroupItemOf(objectOf(item)));
  assert.equal(hexOf(encodeCgroupLookupResponse(items, bigOf(fields['generation']))), hex);
  checkFixed(fields, { layout_version: 1, flags: 0, item_count: items.length });
  const view = new CgroupLookupView(bytesOf(hex));
  assert.equal(view.generation, bigOf(fields['generation']));
  assert.equal(view.itemCount, items.length);
  for (const [index, item] of items.entries()) assert.deepEqual(view.item(index), item);
}

export function runAppLookup(vector: JsonObject): void {
  const hex = textOf(vector['hex']);
  if (wordOf(vector['decoder'], ['apps_lookup_request', 'apps_lookup_response']) === 'apps_lookup_request') {
    const pids = arrayOf(vector['pids']).map(numberOf);
    assert.equal(hexOf(encodeAppLookupRequest(pids)), hex);
    assert.deepEqual(decodeAppLookupRequest(bytesOf(hex)), pids);
    return;
  }
  const fields = objectOf(vector['fields']);
  const items = arrayOf(fields['items']).map((item) => appItemOf(objectOf(item)));
  assert.equal(hexOf(encodeAppLookupResponse(items, bigOf(fields['generation']))), hex);
  checkFixed(fields, { layout_version: 1, flags: 0, item_count: items.length });
  const view = new AppLookupView(bytesOf(hex));
  assert.equal(view.generation, bigOf(fields['generation']));
  assert.equal(view.itemCount, items.length);
  for (const [index, item] of items.entries()) assert.deepEqual(view.item(index), item);
}

/** malformed, tolerated and fuzz files: the verdict, its error name, and the item where a snapshot breaks. */
export function runVerdict(vector: JsonObject): void {
  const verdict = verdictOf(vector);
  assert.equal(verdict.error, vector['error'] ?? 'OK');
  if (vector['stage'] !== undefined) assert.equal(verdict.stage, vector['stage']);
  if (vector['item_index'] !== undefined) assert.equal(verdict.itemIndex, vector['item_index']);
  if (vector['item_hex'] !== undefined) {
    assert.ok(verdict.value instanceof Uint8Array, 'the decoder gives bytes');
    assert.equal(hexOf(verdict.value), vector['item_hex']);
  }
}

function methodOf(vector: JsonObject): 'apps_lookup' | 'cgroups_lookup' {
  return wordOf(vector['method'], ['apps_lookup', 'cgroups_lookup']);
}

function fitted(vector: JsonObject, rule: BudgetRule): string {
  const request = bytesOf(vector['request_hex']);
  const generation = bigOf(vector['generation']);
  const budgetBytes = numberOf(vector['response_budget']);
  const items = arrayOf(vector['handler_items']).map(objectOf);
  try {
    if (methodOf(vector) === 'apps_lookup') {
      const raw = items.map((item) => encodeAppLookupItem(appItemOf(item)));
      return hexOf(fitAppLookup(decodeAppLookupRequest(request), raw, generation, budgetBytes, rule));
    }
    const raw = items.map((item) => encodeCgroupLookupItem(cgroupItemOf(item)));
    return hexOf(fitCgroupLookup(decodeCgroupLookupRequest(request), raw, generation, budgetBytes, rule));
  } catch (error) {
    if (error instanceof NetipcCodecError) return error.wire;
    throw error;
  }
}

function statusesIn(vector: JsonObject, hex: string): number[] {
  const bytes = bytesOf(hex);
  const view = methodOf(vector) === 'apps_lookup' ? new AppLookupView(bytes) : new CgroupLookupView(bytes);
  return Array.from({ length: view.itemCount }, (_, index) => view.item(index).status);
}

/** The reference rule byte for byte; the mended rule within the budget and never less generous to an item that fits. */
export function runBudget(vector: JsonObject): void {
  const error = textOf(vector['error'] ?? 'OK');
  const expected = error === 'OK' ? textOf(vector['response_hex']) : error;
  assert.equal(fitted(vector, 'reference'), expected);
  if (error === 'OK' && vector['response_len'] !== undefined)
    assert.equal(expected.length / 2, vector['response_len']);
  if (error === 'OK' && vector['statuses'] !== undefined)
    assert.deepEqual(statusesIn(vector, expected), vector['statuses']);
  const mended = fitted(vector, 'mended');
  if (!/^[0-9a-f]*$/.test(mended)) return;
  assert.ok(
    mended.length / 2 <= numberOf(vector['response_budget']),
    'the mended answer stays within its budget',
  );
  const knownIn = (hex: string): number => statusesIn(vector, hex).filter((status) => status === 0).length;
  if (error === 'OK')
    assert.ok(knownIn(mended) >= knownIn(expected), 'the mended answer carries at least as many items');
}

function nameOrError(make: () => string): string {
  try {
    return make();
  } catch (error) {
    if (error instanceof NetipcSocketError) return error.wire;
    throw error;
  }
}

export function runNames(vector: JsonObject): void {
  const folder = textOf(vector['run_dir']);
  const service = textOf(vector['service']);
  const result = textOf(vector['result']);
  assert.equal(
    nameOrError(() => socketPath(folder, service)),
    result === 'OK' ? vector['socket_path'] : result,
  );
  if (vector['shm_path_session_1'] !== undefined)
    assert.equal(regionPath(folder, service, 1n), vector['shm_path_session_1']);
}

export function runWindowsNames(vector: JsonObject): void {
  const folder = textOf(vector['run_dir']);
  const service = textOf(vector['service']);
  assert.equal(fnv64Hex(folder), vector['pipe_hash']);
  assert.equal(pipeName(folder, service), vector['pipe_name']);
  const names = windowsObjectNames(
    folder,
    service,
    bigOf(vector['auth_token']),
    numberOf(vector['profile']),
    bigOf(vector['session_id']),
  );
  if (vector['object_hash'] !== undefined)
    assert.ok(
      names.mapping.includes(textOf(vector['object_hash'])),
      `object_hash ${textOf(vector['object_hash'])}`,
    );
  assert.equal(names.mapping, vector['mapping']);
  assert.equal(names.requestEvent, vector['req_event']);
  assert.equal(names.responseEvent, vector['resp_event']);
}

export function runCacheIndex(vector: JsonObject): void {
  if (vector['bucket_count'] !== undefined) {
    assert.equal(bucketCount(numberOf(vector['item_count'])), vector['bucket_count']);
    return;
  }
  const name = bytesOf(vector['name']);
  assert.equal(nameHash(name), vector['name_hash']);
  assert.equal(indexKey(numberOf(vector['item_hash']), name), vector['key']);
}

/** Where a file spells packets out as fields, the fields must say what the bytes say. */
function checkSpelledOut(vector: JsonObject): void {
  const spelled = vector['hello'] ?? null;
  if (spelled !== null)
    assert.deepEqual(
      decodeHello(bytesOf(vector['hello_packet_hex']).subarray(32)),
      helloOf(objectOf(spelled)),
    );
  if (isAbsent(vector['reply']) || isAbsent(vector['reply_hex'])) return;
  const reply = objectOf(vector['reply']);
  const packet = bytesOf(vector['reply_hex']);
  assert.deepEqual(decodeHeader(packet), headerOf(objectOf(reply['header'])));
  if (!isAbsent(reply['ack']))
    assert.deepEqual(decodeHelloAck(packet.subarray(32)), helloAckOf(objectOf(reply['ack'])));
}

function isAbsent(value: Json | undefined): boolean {
  return value === undefined || value === null;
}

export function runNegotiation(vector: JsonObject): void {
  checkSpelledOut(vector);
  const config = objectOf(vector['server_config']);
  const decision = decideHello(
    bytesOf(vector['hello_packet_hex']),
    {
      supportedProfiles: numberOf(config['supported_profiles']),
      preferredProfiles: numberOf(config['preferred_profiles']),
      requestPayloadBytesMax: numberOf(config['max_request_payload_bytes']),
      responsePayloadBytesMax: numberOf(config['max_response_payload_bytes']),
      packetBytes: numberOf(config['packet_size']),
      authToken: bigOf(config['auth_token']),
    },
    bigOf(config['first_session_id']),
  );
  assert.equal(decision.type === 'close' ? null : hexOf(decision.packet), vector['reply_hex']);
  assert.equal(decision.type === 'accept' ? 'open' : 'closed', vector['then']);
}
