/**
 * Frames of an agent's two sockets, cut into named byte ranges (docs/protocols/gse.md sections 5.2 and 6). Never fails: what does
 * not fit is one field of raw bytes, and a frame that is shown in part has its fields in part.
 */
import type { WireField, WireGroup } from '../../components/wire-field.ts';
import { readJson, sliceText } from './json-offsets.ts';

const MAGIC = 0xdeadbeef;
const HEADER_BYTES = 28;
const VALUE_CHARACTERS_MAX = 200;
const TYPE_NAMES: Readonly<Record<number, string>> = {
  0x9006: 'keepalive request',
  0x9007: 'keepalive response',
  0x9008: 'dispatch message',
  0x900a: 'respond message',
};
/** Types whose header says where the info ends. */
const MESSAGE_TYPES: readonly number[] = [0x9008, 0x900a];
const REPORT_NAMES: Readonly<Record<number, string>> = { 0x0a: 'sync', 0xc01: 'data report' };

export function isAgentFrame(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && view(bytes).getUint32(0) === MAGIC;
}

export function agentFrameFields(bytes: Uint8Array): readonly WireField[] {
  if (bytes.length < HEADER_BYTES || !isAgentFrame(bytes)) return [raw('bytes', bytes, 0, bytes.length)];
  const data = view(bytes);
  const type = data.getUint16(4);
  const infoBytes = data.getUint32(20);
  const fields = [
    field('header', 'magic', 0, 4, '0xdeadbeef'),
    field('header', 'type', 4, 6, named(type, TYPE_NAMES)),
    field('header', 'protocol version', 6, 8, String(data.getUint16(6))),
    field('header', 'sequence', 8, 16, data.getBigUint64(8).toString()),
    field('header', 'total length', 16, 20, String(data.getUint32(16))),
    field('header', 'info length', 20, 24, String(infoBytes)),
    field('header', 'content length', 24, 28, String(data.getUint32(24))),
  ];
  if (!MESSAGE_TYPES.includes(type)) return [...fields, ...jsonFields(bytes, HEADER_BYTES, bytes.length)];
  const infoEnd = Math.min(HEADER_BYTES + infoBytes, bytes.length);
  fields.push(...jsonFields(bytes, HEADER_BYTES, infoEnd));
  if (infoEnd < bytes.length)
    fields.push(field('body', 'content', infoEnd, bytes.length, shown(bytes, infoEnd, bytes.length)));
  return fields;
}

/** What a client sends to the report socket. */
export function reportFrameFields(bytes: Uint8Array): readonly WireField[] {
  if (bytes.length < 24) return [raw('bytes', bytes, 0, bytes.length)];
  const data = view(bytes);
  const number = (name: string, at: number, value = String(data.getUint32(at))): WireField =>
    field('header', name, at, at + 4, value);
  const fields = [
    number('type', 0, named(data.getUint32(0), REPORT_NAMES)),
    number('data id', 4),
    number('time', 8),
    number('body length', 12),
    number('reserved0', 16),
    number('reserved1', 20),
  ];
  if (bytes.length > 24)
    fields.push(field('body', 'content', 24, bytes.length, shown(bytes, 24, bytes.length)));
  return fields;
}

/** What the agent answers on the report socket. */
export function reportAnswerFields(bytes: Uint8Array): readonly WireField[] {
  if (bytes.length < 8) return [raw('bytes', bytes, 0, bytes.length)];
  const data = view(bytes);
  return [
    field('header', 'type', 0, 4, named(data.getUint32(0), REPORT_NAMES)),
    field('header', 'body length', 4, 8, String(data.getUint32(4))),
    ...jsonFields(bytes, 8, bytes.length),
  ];
}

/** Members of an object; anything else is one raw field. */
function jsonFields(bytes: Uint8Array, start: number, end: number): WireField[] {
  if (start >= end) return [];
  const part = bytes.subarray(start, end);
  const node = readJson(part);
  if (node === null || node.kind !== 'object') return [raw('info', bytes, start, end)];
  return node.members.map((member, index) => ({
    id: `info:${index}`,
    group: 'body',
    name: member.name ?? '',
    start: start + member.start,
    end: start + member.value.end,
    value: shown(part, member.value.start, member.value.end),
  }));
}

function field(group: WireGroup, name: string, start: number, end: number, value: string): WireField {
  return { id: `${group}:${name}`, group, name, start, end, value };
}

function raw(name: string, bytes: Uint8Array, start: number, end: number): WireField {
  return field('raw', name, start, end, shown(bytes, start, end));
}

function named(type: number, names: Readonly<Record<number, string>>): string {
  const hex = `0x${type.toString(16)}`;
  const name = names[type];
  return name === undefined ? hex : `${hex} ${name}`;
}

function shown(bytes: Uint8Array, start: number, end: number): string {
  const text = sliceText(bytes, start, Math.min(end, start + VALUE_CHARACTERS_MAX * 4));
  return text.length > VALUE_CHARACTERS_MAX ? `${text.slice(0, VALUE_CHARACTERS_MAX)}…` : text;
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
