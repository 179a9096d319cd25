/** Two regions over one file, step by step through the addon. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  encodeRegionHeader,
  readRegionHeader,
  type RegionState,
} from '../../../electron/protocols/netipc/region-layout.ts';
import { REGION_RESULT, type NativeAddon, type Region } from '../../../native/index.ts';
import { addon } from '../../kit/netipc-raw.ts';
import { checkRegionFields, isExchange, runRegionHeader } from './packet-cases.ts';
import {
  arrayOf,
  bytesOf,
  hexOf,
  numberOf,
  objectOf,
  textOf,
  wordOf,
  type JsonObject,
} from './wire-names.ts';

const RESULT_NAMES = new Map<number, string>([
  [REGION_RESULT.TIMEOUT, 'TIMEOUT'],
  [REGION_RESULT.TOO_LARGE, 'MSG_TOO_LARGE'],
  [REGION_RESULT.EMPTY, 'BAD_HEADER'],
]);
const RECEIVE_TIMEOUT_MS = 20;

interface Pair {
  readonly native: NativeAddon;
  readonly path: string;
  readonly state: RegionState;
  readonly server: Region;
  readonly client: Region;
}

function configure(native: NativeAddon, region: Region, isServer: boolean, state: RegionState): void {
  native.regionConfigure(
    region,
    isServer,
    state.requestOffset,
    state.requestCapacityBytes,
    state.responseOffset,
    state.responseCapacityBytes,
  );
}

function openPair(path: string, first: JsonObject): Pair {
  const native = addon();
  const fields = objectOf(first['fields']);
  const layout = {
    requestOffset: numberOf(fields['request_offset']),
    requestCapacityBytes: numberOf(fields['request_capacity']),
    responseOffset: numberOf(fields['response_offset']),
    responseCapacityBytes: numberOf(fields['response_capacity']),
  };
  const header = encodeRegionHeader(
    layout,
    numberOf(fields['owner_pid']),
    numberOf(fields['owner_generation']),
  );
  const fileBytes = layout.responseOffset + layout.responseCapacityBytes;
  const server = native.regionCreate(path, header, fileBytes);
  const client = native.regionAttach(path);
  const state = readRegionHeader(native.regionHeader(client), native.regionFileBytes(client));
  configure(native, server, true, state);
  configure(native, client, false, state);
  return { native, path, state, server, client };
}

function act(pair: Pair, step: JsonObject): void {
  const { native } = pair;
  const region = wordOf(step['by'], ['server', 'client']) === 'server' ? pair.server : pair.client;
  const result = textOf(step['result']);
  if (wordOf(step['step'], ['send', 'receive']) === 'send') {
    const sent = native.regionSend(region, bytesOf(step['message_hex']));
    assert.equal(
      sent === 0 ? 'OK' : sent === REGION_RESULT.EMPTY ? 'BAD_PARAM' : RESULT_NAMES.get(sent),
      result,
    );
    return;
  }
  // The recorded caller's buffer is not in the file: one byte is too small for every message.
  const isSmall = result === 'MSG_TOO_LARGE';
  const capacity = Math.max(pair.state.requestCapacityBytes, pair.state.responseCapacityBytes);
  const into = new Uint8Array(isSmall ? 1 : capacity);
  const length = native.regionReceive(region, into, 0, RECEIVE_TIMEOUT_MS);
  assert.equal(length > 0 ? 'OK' : RESULT_NAMES.get(length), result);
  if (length > 0) assert.equal(hexOf(into.subarray(0, length)), step['message_hex']);
}

function checkFile(pair: Pair, step: JsonObject): void {
  checkRegionFields(objectOf(step['fields']), step['header_hex']);
  assert.equal(hexOf(pair.native.regionHeader(pair.client)), step['header_hex']);
  const file = readFileSync(pair.path);
  for (const [name, offset] of [
    ['request_area_prefix_hex', pair.state.requestOffset],
    ['response_area_prefix_hex', pair.state.responseOffset],
  ] as const) {
    const expected = bytesOf(step[name]);
    assert.equal(hexOf(file.subarray(offset, offset + expected.length)), hexOf(expected));
  }
}

function runExchange(vector: JsonObject): void {
  const folder = mkdtempSync(join(tmpdir(), 'sb-region-'));
  const steps = arrayOf(vector['steps']).map(objectOf);
  const [first] = steps;
  if (first === undefined) throw new TypeError('an exchange without steps');
  try {
    const pair = openPair(join(folder, 'vec.ipcshm'), first);
    try {
      for (const [index, step] of steps.entries()) {
        if (index > 0) act(pair, step);
        checkFile(pair, step);
      }
    } finally {
      pair.native.regionClose(pair.client);
      pair.native.regionClose(pair.server);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function runRegion(vector: JsonObject): void {
  if (isExchange(vector)) runExchange(vector);
  else runRegionHeader(vector);
}
