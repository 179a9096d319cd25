/** APPS_LOOKUP: docs/protocols/netipc.md section 7.6. A response is checked whole when it is decoded. */
import { putU16, putU32, putU64, u16, u32, u64 } from './bytes.ts';
import { NetipcCodecError } from './errors.ts';
import {
  ItemWriter,
  LOOKUP_LAYOUT,
  badLayout,
  checkDisjoint,
  checkString,
  checkWritableLabels,
  encodeLookup,
  labelsAt,
  lookupGeneration,
  readDirectory,
  readLabels,
  readLookupHeader,
  viewOf,
  type Label,
  type Range,
} from './lookup-layout.ts';

export const APP_LOOKUP_STATUS = { KNOWN: 0, UNKNOWN: 1, PAYLOAD_EXCEEDED: 2, OVERSIZED_ITEM: 3 } as const;
export const APP_CGROUP_STATUS = {
  KNOWN: 0,
  UNKNOWN_RETRY_LATER: 1,
  UNKNOWN_PERMANENT: 2,
  HOST_ROOT: 3,
} as const;
export const UID_UNSET = 0xffff_ffff;
export const APP_ITEM_FIXED_BYTES = 60;
const COMM_BYTES_MAX = 15;
const KEY_BYTES = 8;

export interface AppLookupItem {
  readonly status: number;
  readonly orchestrator: number;
  readonly cgroupStatus: number;
  /** The key, echoed. */
  readonly pid: number;
  readonly ppid: number;
  /** UID_UNSET when not known. */
  readonly uid: number;
  readonly startTime: bigint;
  /** At most 15 bytes; at least one when the pid is known. */
  readonly comm: Uint8Array;
  readonly cgroupPath: Uint8Array;
  readonly cgroupName: Uint8Array;
  readonly labels: readonly Label[];
}

export function encodeAppLookupRequest(pids: readonly number[]): Uint8Array {
  const items = pids.map((pid) => {
    const item = new Uint8Array(KEY_BYTES);
    putU32(item, 0, pid);
    return item;
  });
  return encodeLookup(items, 0n);
}

export function decodeAppLookupRequest(payload: Uint8Array): number[] {
  const itemCount = readLookupHeader(payload, true);
  const ranges = readDirectory(payload, itemCount, (length) => length === KEY_BYTES);
  return ranges.map(({ start }) => {
    if (u32(payload, start + 4) !== 0) throw badLayout('reserved word of a pid set');
    return u32(payload, start);
  });
}

export function encodeAppLookupItem(item: AppLookupItem): Uint8Array {
  checkWritableLabels(item.labels);
  const strings = [item.comm, item.cgroupPath, item.cgroupName];
  const writer = new ItemWriter(APP_ITEM_FIXED_BYTES, strings, item.labels);
  const { bytes } = writer;
  putU16(bytes, 0, LOOKUP_LAYOUT);
  putU16(bytes, 2, item.status);
  putU16(bytes, 4, item.orchestrator);
  putU16(bytes, 6, item.cgroupStatus);
  putU32(bytes, 8, item.pid);
  putU32(bytes, 12, item.ppid);
  putU32(bytes, 16, item.uid);
  putU64(bytes, 24, item.startTime);
  writer.text(32, item.comm);
  writer.text(40, item.cgroupPath);
  writer.text(48, item.cgroupName);
  putU16(bytes, 56, item.labels.length);
  writer.labels(item.labels);
  return bytes;
}

/** An item that only says why it carries nothing. */
export function bareAppItem(pid: number, status: number): Uint8Array {
  const none = new Uint8Array(0);
  return encodeAppLookupItem({
    status,
    orchestrator: 0,
    cgroupStatus: 0,
    pid,
    ppid: 0,
    uid: UID_UNSET,
    startTime: 0n,
    comm: none,
    cgroupPath: none,
    cgroupName: none,
    labels: [],
  });
}

export function encodeAppLookupResponse(items: readonly AppLookupItem[], generation: bigint): Uint8Array {
  return encodeLookup(items.map(encodeAppLookupItem), generation);
}

/** The numbers of an item's fixed header that the semantic rules speak about. */
interface Facts {
  readonly status: number;
  readonly cgroupStatus: number;
  readonly commBytes: number;
  readonly pathBytes: number;
  /** True when orchestrator, name and labels are all absent. */
  readonly isUnnamed: boolean;
  /** True when ppid, start time and uid are all unset. */
  readonly isBare: boolean;
}

function isKnownConsistent(facts: Facts): boolean {
  if (facts.commBytes < 1) return false;
  switch (facts.cgroupStatus) {
    case APP_CGROUP_STATUS.KNOWN:
      return facts.pathBytes >= 1;
    case APP_CGROUP_STATUS.UNKNOWN_RETRY_LATER:
      return facts.isUnnamed;
    case APP_CGROUP_STATUS.UNKNOWN_PERMANENT:
      return facts.isUnnamed && facts.pathBytes >= 1;
    default:
      return facts.isUnnamed && facts.pathBytes === 0;
  }
}

function isConsistent(facts: Facts): boolean {
  if (facts.status > APP_LOOKUP_STATUS.OVERSIZED_ITEM || facts.cgroupStatus > APP_CGROUP_STATUS.HOST_ROOT)
    return false;
  if (facts.commBytes > COMM_BYTES_MAX) return false;
  if (facts.status === APP_LOOKUP_STATUS.KNOWN) return isKnownConsistent(facts);
  const isEmpty = facts.cgroupStatus === 0 && facts.commBytes === 0 && facts.pathBytes === 0;
  return isEmpty && facts.isUnnamed && facts.isBare;
}

interface CheckedItem {
  readonly range: Range;
  /** comm, cgroup path, cgroup name. */
  readonly strings: readonly Range[];
  readonly labels: readonly Range[];
}

function checkItem(payload: Uint8Array, range: Range): CheckedItem {
  const at = range.start;
  if (u16(payload, at) !== LOOKUP_LAYOUT || u32(payload, at + 20) !== 0 || u16(payload, at + 58) !== 0) {
    throw badLayout('item layout version or reserved word');
  }
  const labelCount = u16(payload, at + 56);
  const facts: Facts = {
    status: u16(payload, at + 2),
    cgroupStatus: u16(payload, at + 6),
    commBytes: u32(payload, at + 36),
    pathBytes: u32(payload, at + 44),
    isUnnamed: u16(payload, at + 4) === 0 && u32(payload, at + 52) === 0 && labelCount === 0,
    isBare:
      u32(payload, at + 12) === 0 && u64(payload, at + 24) === 0n && u32(payload, at + 16) === UID_UNSET,
  };
  if (!isConsistent(facts)) throw badLayout(`item of status ${facts.status}/${facts.cgroupStatus}`);
  const strings = [32, 40, 48].map((field) =>
    checkString(payload, range, APP_ITEM_FIXED_BYTES, u32(payload, at + field), u32(payload, at + field + 4)),
  );
  checkDisjoint(strings);
  return { range, strings, labels: readLabels(payload, range, strings, labelCount) };
}

/** A checked response. Items are views of the payload: copy what must outlive it. */
export class AppLookupView {
  readonly itemCount: number;
  readonly generation: bigint;
  private readonly payload: Uint8Array;
  private readonly items: readonly CheckedItem[];

  constructor(payload: Uint8Array) {
    this.itemCount = readLookupHeader(payload, false);
    this.generation = lookupGeneration(payload);
    this.payload = payload;
    const ranges = readDirectory(payload, this.itemCount, (length) => length >= APP_ITEM_FIXED_BYTES);
    this.items = ranges.map((range) => checkItem(payload, range));
  }

  item(index: number): AppLookupItem {
    const { range, strings, labels } = this.checked(index);
    const at = range.start;
    return {
      status: u16(this.payload, at + 2),
      orchestrator: u16(this.payload, at + 4),
      cgroupStatus: u16(this.payload, at + 6),
      pid: u32(this.payload, at + 8),
      ppid: u32(this.payload, at + 12),
      uid: u32(this.payload, at + 16),
      startTime: u64(this.payload, at + 24),
      comm: viewOf(this.payload, strings[0]),
      cgroupPath: viewOf(this.payload, strings[1]),
      cgroupName: viewOf(this.payload, strings[2]),
      labels: labelsAt(this.payload, labels),
    };
  }

  /** The bytes of the item as they stand on the wire. */
  raw(index: number): Uint8Array {
    return viewOf(this.payload, this.checked(index).range);
  }

  private checked(index: number): CheckedItem {
    const item = this.items[index];
    if (item === undefined) throw new NetipcCodecError('OUT_OF_BOUNDS', `item ${index} of ${this.itemCount}`);
    return item;
  }
}
