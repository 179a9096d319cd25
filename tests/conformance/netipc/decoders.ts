/** Every decoder the vectors name, run as the product runs it. Each returns nothing or throws NetipcCodecError. */
import { AppLookupView, decodeAppLookupRequest } from '../../../electron/protocols/netipc/apps-lookup.ts';
import { batchItem, checkBatchDirectory } from '../../../electron/protocols/netipc/batch.ts';
import {
  CgroupLookupView,
  decodeCgroupLookupRequest,
} from '../../../electron/protocols/netipc/cgroups-lookup.ts';
import { SnapshotView, decodeSnapshotRequest } from '../../../electron/protocols/netipc/cgroups-snapshot.ts';
import { decodeChunkHeader, decodeHeader } from '../../../electron/protocols/netipc/envelope.ts';
import { NetipcCodecError } from '../../../electron/protocols/netipc/errors.ts';
import { decodeHello, decodeHelloAck } from '../../../electron/protocols/netipc/handshake.ts';
import { decodeIncrement, decodeStringReverse } from '../../../electron/protocols/netipc/simple-methods.ts';
import { bytesOf, numberOf, textOf, type JsonObject } from './wire-names.ts';

type Decode = (bytes: Uint8Array, vector: JsonObject) => unknown;

const DECODERS: Readonly<Record<string, Decode>> = {
  header: decodeHeader,
  chunk_header: decodeChunkHeader,
  hello: decodeHello,
  hello_ack: decodeHelloAck,
  increment: decodeIncrement,
  string_reverse: decodeStringReverse,
  cgroups_request: decodeSnapshotRequest,
  cgroups_response: (bytes) => new SnapshotView(bytes),
  cgroups_lookup_request: decodeCgroupLookupRequest,
  cgroups_lookup_response: (bytes) => new CgroupLookupView(bytes),
  apps_lookup_request: decodeAppLookupRequest,
  apps_lookup_response: (bytes) => new AppLookupView(bytes),
  batch_dir: (bytes, vector) =>
    checkBatchDirectory(bytes, numberOf(vector['item_count']), numberOf(vector['packed_area_len'])),
  batch_item_get: (bytes, vector) =>
    batchItem(bytes, numberOf(vector['item_count']), numberOf(vector['index'])),
};

export interface Verdict {
  /** Name of section 2.1; OK when nothing was refused. */
  readonly error: string;
  readonly stage: 'decode' | 'item' | null;
  readonly itemIndex: number | null;
  readonly value: unknown;
}

function nameOf(error: unknown): string {
  if (error instanceof NetipcCodecError) return error.wire;
  throw error; // anything else is a bug of the decoder
}

function itemsVerdict(view: SnapshotView): Verdict {
  for (let index = 0; index < view.itemCount; index += 1) {
    try {
      view.item(index);
    } catch (error) {
      return { error: nameOf(error), stage: 'item', itemIndex: index, value: view };
    }
  }
  return { error: 'OK', stage: null, itemIndex: null, value: view };
}

/** Runs the decoder a vector names over its bytes, items of a snapshot included. */
export function verdictOf(vector: JsonObject): Verdict {
  const name = textOf(vector['decoder']);
  const decode = DECODERS[name];
  if (decode === undefined) throw new TypeError(`no decoder is called ${name}`);
  try {
    const value = decode(bytesOf(vector['hex']), vector);
    if (value instanceof SnapshotView) return itemsVerdict(value);
    return { error: 'OK', stage: null, itemIndex: null, value };
  } catch (error) {
    return { error: nameOf(error), stage: 'decode', itemIndex: null, value: null };
  }
}
