/** The members of a JSON object in the order written, duplicates included: what JSON.parse cannot tell. */

export interface JsonMember {
  /** Quoted, as written. */
  readonly name: Uint8Array;
  /** As written, without white space around it. */
  readonly value: Uint8Array;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** `json` must be one valid JSON object (see shared/json-scan.ts). */
export function membersOf(json: Uint8Array): JsonMember[] {
  const members: JsonMember[] = [];
  let offset = skipSpace(json, skipSpace(json, 0) + 1);
  while (json[offset] === QUOTE) {
    const nameEnd = skipString(json, offset);
    const valueStart = skipSpace(json, skipSpace(json, nameEnd) + 1);
    const valueEnd = skipValue(json, valueStart);
    members.push({ name: json.subarray(offset, nameEnd), value: json.subarray(valueStart, valueEnd) });
    // Over the comma; behind a closing brace there is no further quote, because the text ends.
    offset = skipSpace(json, skipSpace(json, valueEnd) + 1);
  }
  return members;
}

function skipSpace(json: Uint8Array, start: number): number {
  let offset = start;
  while (isSpace(json[offset])) offset += 1;
  return offset;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function skipString(json: Uint8Array, start: number): number {
  let offset = start + 1;
  while (json[offset] !== QUOTE) offset += json[offset] === BACKSLASH ? 2 : 1;
  return offset + 1;
}

function skipValue(json: Uint8Array, start: number): number {
  let depth = 0;
  let offset = start;
  while (offset < json.length) {
    const byte = json[offset];
    if (byte === QUOTE) {
      offset = skipString(json, offset);
      if (depth === 0) return offset;
      continue;
    }
    const closes = byte === 0x7d || byte === 0x5d;
    // A number or literal ends before a comma, a brace of the object around it, or white space.
    if (depth === 0 && (closes || byte === 0x2c || isSpace(byte))) return offset;
    if (byte === 0x7b || byte === 0x5b) depth += 1;
    if (closes) depth -= 1;
    offset += 1;
    if (closes && depth === 0) return offset;
  }
  return offset;
}
