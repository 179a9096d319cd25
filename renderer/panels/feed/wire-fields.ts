/**
 * The request as it came over the wire, cut into named byte ranges: request line, headers, members of the
 * body (docs/protocols/mimo.md sections 2 and 3). Never fails: what cannot be named is one field of raw
 * bytes.
 */
import type { WireField, WireGroup } from '../../components/wire-field.ts';
import { agentFrameFields, isAgentFrame } from './agent-frame-fields.ts';
import { type JsonMember, readJson, sliceText } from './json-offsets.ts';

/** Values are shown shortened here; the bytes beside them are whole. */
const VALUE_CHARACTERS_MAX = 200;
/** Fields of hostile requests are bounded too. */
const FIELDS_MAX = 500;
const CR = 0x0d;
const LF = 0x0a;
const COLON = 0x3a;
const SPACE = 0x20;

interface Line {
  readonly start: number;
  /** Without CR and LF. */
  readonly end: number;
  /** Behind CR LF. */
  readonly next: number;
}

export function joinBytes(head: Uint8Array, body: Uint8Array): Uint8Array {
  const whole = new Uint8Array(head.length + body.length);
  whole.set(head, 0);
  whole.set(body, head.length);
  return whole;
}

export function wireFields(head: Uint8Array, body: Uint8Array): readonly WireField[] {
  if (isAgentFrame(head)) return agentFrameFields(joinBytes(head, body)).slice(0, FIELDS_MAX);
  const fields = [...headFields(head), ...bodyFields(body, head.length)];
  return fields.slice(0, FIELDS_MAX);
}

function headFields(head: Uint8Array): WireField[] {
  const lines = linesOf(head);
  const first = lines[0];
  if (first === undefined) return [];
  const requestLine = requestLineFields(head, first);
  if (requestLine === null) return [raw('raw:head', 'bytes', head, 0, head.length, 0)];
  const fields = requestLine;
  lines.slice(1).forEach((line, index) => {
    if (line.end === line.start) return;
    fields.push(headerField(head, line, index));
  });
  return fields;
}

function linesOf(bytes: Uint8Array): Line[] {
  const lines: Line[] = [];
  let start = 0;
  while (start < bytes.length && lines.length < FIELDS_MAX) {
    const newline = bytes.indexOf(LF, start);
    const next = newline < 0 ? bytes.length : newline + 1;
    let end = newline < 0 ? bytes.length : newline;
    if (end > start && bytes[end - 1] === CR) end -= 1;
    lines.push({ start, end, next });
    start = next;
  }
  return lines;
}

function requestLineFields(head: Uint8Array, line: Line): WireField[] | null {
  const firstSpace = head.indexOf(SPACE, line.start);
  const lastSpace = head.lastIndexOf(SPACE, line.end - 1);
  if (firstSpace <= line.start || lastSpace <= firstSpace || lastSpace >= line.end) return null;
  if (!sliceText(head, lastSpace + 1, line.end).startsWith('HTTP/')) return null;
  return [
    part('line', 'line:method', 'method', head, line.start, firstSpace, 0),
    part('line', 'line:target', 'target', head, firstSpace + 1, lastSpace, 0),
    part('line', 'line:version', 'version', head, lastSpace + 1, line.end, 0),
  ];
}

function headerField(head: Uint8Array, line: Line, index: number): WireField {
  const colon = head.indexOf(COLON, line.start);
  const id = `header:${index}`;
  if (colon < 0 || colon >= line.end) return raw(id, 'bytes', head, line.start, line.end, 0);
  return {
    id,
    group: 'header',
    name: sliceText(head, line.start, colon),
    start: line.start,
    end: line.end,
    value: shorten(sliceText(head, colon + 1, line.end).trim()),
  };
}

function bodyFields(body: Uint8Array, offset: number): WireField[] {
  if (body.length === 0) return [];
  const node = readJson(body);
  if (node === null || node.kind !== 'object') {
    return [raw('raw:body', 'body', body, 0, body.length, offset)];
  }
  return node.members.map((member, index) => memberField(body, member, index, offset));
}

function memberField(body: Uint8Array, member: JsonMember, index: number, offset: number): WireField {
  return {
    id: `body:${index}`,
    group: 'body',
    name: member.name ?? '',
    start: offset + member.start,
    end: offset + member.value.end,
    value: shorten(sliceText(body, member.value.start, member.value.end)),
  };
}

function part(
  group: WireGroup,
  id: string,
  name: string,
  bytes: Uint8Array,
  start: number,
  end: number,
  offset: number,
): WireField {
  const value = shorten(sliceText(bytes, start, Math.min(end, start + VALUE_CHARACTERS_MAX * 4)));
  return { id, group, name, start: offset + start, end: offset + end, value };
}

function raw(
  id: string,
  name: string,
  bytes: Uint8Array,
  start: number,
  end: number,
  offset: number,
): WireField {
  return part('raw', id, name, bytes, start, end, offset);
}

function shorten(text: string): string {
  return text.length > VALUE_CHARACTERS_MAX ? `${text.slice(0, VALUE_CHARACTERS_MAX)}…` : text;
}
