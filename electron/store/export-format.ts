/** What an export file holds, line by line. For readers of these files: docs/EXPORT.md. */
import * as v from 'valibot';
import { OperatingError } from '../../shared/failure.ts';
import { eventRow, type EventRow } from '../../shared/model/event.ts';

/** The bytes of one event, when bodies are exported. */
export interface ExportBytes {
  readonly body: Uint8Array;
  readonly head: Uint8Array;
}

export interface ExportedEvent {
  readonly row: EventRow;
  readonly bytes: ExportBytes | null;
}

type Encoding = 'utf-8' | 'base64';

/** Valid JSON without them too, but a terminal, an editor or a line splitter may act on them. */
const JSON_STILL_ACTIVE = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu;
// oxlint-disable-next-line no-control-regex -- control characters are what is escaped here
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
// oxlint-disable-next-line no-control-regex -- control characters are what is escaped here
const CONTROL_OR_BACKSLASH = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\\]/g;
/**
 * Starts that make a spreadsheet run a cell (promise I4); the apostrophe itself, so that it can be taken off
 * again.
 */
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const CSV_ACTIVE_START = /^[=+\-@\t\r\n\u0000＝＋－＠']/;
const CSV_NEEDS_QUOTES = /[",\r\n]|^\s|\s$/;
const CSV_LINE_END = '\r\n';
const DATE_MS_MAX = 8.64e15;

const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function escapeUnits(text: string): string {
  let escaped = '';
  for (let index = 0; index < text.length; index++) {
    escaped += `\\u${text.charCodeAt(index).toString(16).padStart(4, '0')}`;
  }
  return escaped;
}

/** The text of valid UTF-8, or null. */
function decodeStrictly(bytes: Uint8Array): string | null {
  try {
    return strictDecoder.decode(bytes);
  } catch (error) {
    // TypeError is how TextDecoder says "not UTF-8".
    if (error instanceof TypeError) return null;
    throw error;
  }
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

function isoTime(ms: number): string {
  return Math.abs(ms) <= DATE_MS_MAX ? new Date(ms).toISOString() : '';
}

// JSON lines

/**
 * One event as one line of JSON with a line feed at its end. Members are those of EventRow plus `receivedAt`
 * (ISO, UTC) and, with bytes, `body`, `bodyEncoding`, `head`, `headEncoding`: text when the bytes are valid
 * UTF-8, else base64.
 */
export function jsonLine(row: EventRow, bytes: ExportBytes | null): string {
  const parts = bytes === null ? {} : { ...jsonBytes('body', bytes.body), ...jsonBytes('head', bytes.head) };
  const line = JSON.stringify({ receivedAt: isoTime(row.receivedAtMs), ...row, ...parts });
  return `${line.replace(JSON_STILL_ACTIVE, escapeUnits)}\n`;
}

function jsonBytes(name: 'body' | 'head', bytes: Uint8Array): Record<string, string> {
  const text = decodeStrictly(bytes);
  const encoding: Encoding = text === null ? 'base64' : 'utf-8';
  return { [name]: text ?? toBase64(bytes), [`${name}Encoding`]: encoding };
}

// CSV

const CSV_ROW_COLUMNS: readonly string[] = (
  'seq received_at received_ms source kind severity type host link peer id sent_s body_bytes preview ' +
  'simulated'
).split(' ');
const CSV_BYTES_COLUMNS = ['body', 'body_encoding', 'head', 'head_encoding'];

/** The first line of a CSV export. */
export function csvHeader(bodies: boolean): string {
  return csvRecord(bodies ? [...CSV_ROW_COLUMNS, ...CSV_BYTES_COLUMNS] : CSV_ROW_COLUMNS);
}

/** One event as one record, which is one line: no cell ever has a control character in it. */
export function csvLine(row: EventRow, bytes: ExportBytes | null): string {
  const cells = [
    String(row.seq),
    isoTime(row.receivedAtMs),
    String(row.receivedAtMs),
    row.source,
    row.kind,
    row.severity,
    ...[row.type, row.host, row.link, row.peer, row.id].map(escapeControls),
    row.sentAtS === null ? '' : String(row.sentAtS),
    String(row.bodyBytes),
    escapeControls(row.preview),
    row.simulated ? '1' : '0',
  ];
  if (bytes !== null) cells.push(...csvBytes(bytes.body), ...csvBytes(bytes.head));
  return csvRecord(cells);
}

/**
 * Bytes with controls go as base64, not as escaped text: a body stays usable as it is, or says that it is
 * not.
 */
function csvBytes(bytes: Uint8Array): [string, Encoding] {
  const text = decodeStrictly(bytes);
  return text === null || CONTROL.test(text) ? [toBase64(bytes), 'base64'] : [text, 'utf-8'];
}

/** The short texts of a row: `\` becomes `\\`, a control character `\u000a`. */
function escapeControls(text: string): string {
  return text.replace(CONTROL_OR_BACKSLASH, (found) => (found === '\\' ? '\\\\' : escapeUnits(found)));
}

/** One RFC 4180 record with CRLF; cells a spreadsheet would run get an apostrophe in front. */
export function csvRecord(cells: readonly string[]): string {
  return cells.map(csvCell).join(',') + CSV_LINE_END;
}

function csvCell(text: string): string {
  const inert = CSV_ACTIVE_START.test(text) ? `'${text}` : text;
  return CSV_NEEDS_QUOTES.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}

/**
 * Reads a whole CSV text as csvRecord writes it; apostrophes are taken off. Fails with E_INPUT and the
 * record's number.
 */
export function readCsv(text: string): string[][] {
  const records: string[][] = [];
  let cells: string[] = [];
  let at = 0;
  while (at < text.length) {
    const { cell, end } =
      text.charAt(at) === '"' ? readQuoted(text, at, records.length) : readPlain(text, at);
    cells.push(cell.startsWith("'") ? cell.slice(1) : cell);
    if (text.charAt(end) === ',') {
      at = end + 1;
      if (at === text.length) throw csvFault(records.length, 'the text ends after a comma');
    } else if (text.startsWith(CSV_LINE_END, end)) {
      at = end + CSV_LINE_END.length;
      records.push(cells);
      cells = [];
    } else throw csvFault(records.length, 'a cell ends neither at a comma nor at the end of a line');
  }
  return records;
}

function readQuoted(text: string, start: number, record: number): { cell: string; end: number } {
  let cell = '';
  let at = start + 1;
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote < 0) throw csvFault(record, 'a quotation mark has no partner');
    cell += text.slice(at, quote);
    if (text.charAt(quote + 1) !== '"') return { cell, end: quote + 1 };
    cell += '"';
    at = quote + 2;
  }
}

function readPlain(text: string, start: number): { cell: string; end: number } {
  let end = start;
  while (end < text.length && !',\r\n"'.includes(text.charAt(end))) end++;
  return { cell: text.slice(start, end), end };
}

function csvFault(record: number, why: string): OperatingError {
  return new OperatingError('E_INPUT', `record ${record + 1} of the CSV text is damaged: ${why}`, {
    fix: 'Export it again.',
  });
}

/** Reads a CSV export back, header included. Fails with E_INPUT. */
export function readCsvExport(text: string): ExportedEvent[] {
  const [header, ...records] = readCsv(text);
  const hasBytes = header?.length === CSV_ROW_COLUMNS.length + CSV_BYTES_COLUMNS.length;
  const columns = hasBytes ? [...CSV_ROW_COLUMNS, ...CSV_BYTES_COLUMNS] : CSV_ROW_COLUMNS;
  if (header?.join() !== columns.join()) throw csvFault(0, 'the columns are not those of an export');
  return records.map((cells, index) => {
    if (cells.length !== columns.length)
      throw csvFault(index + 1, 'it has another number of cells than the header');
    const named = new Map(columns.map((name, column) => [name, cells[column] ?? '']));
    return eventOfCells((name) => named.get(name) ?? '', hasBytes, index + 1);
  });
}

function eventOfCells(cell: (name: string) => string, hasBytes: boolean, record: number): ExportedEvent {
  const row = v.safeParse(eventRow, {
    seq: Number(cell('seq')),
    receivedAtMs: Number(cell('received_ms')),
    source: cell('source'),
    kind: cell('kind'),
    severity: cell('severity'),
    type: unescapeControls(cell('type')),
    host: unescapeControls(cell('host')),
    link: unescapeControls(cell('link')),
    peer: unescapeControls(cell('peer')),
    id: unescapeControls(cell('id')),
    sentAtS: cell('sent_s') === '' ? null : Number(cell('sent_s')),
    bodyBytes: Number(cell('body_bytes')),
    preview: unescapeControls(cell('preview')),
    simulated: cell('simulated') === '1',
  });
  if (!row.success) throw csvFault(record, v.summarize(row.issues));
  const bytesOf = (name: 'body' | 'head'): Uint8Array =>
    Uint8Array.from(Buffer.from(cell(name), cell(`${name}_encoding`) === 'base64' ? 'base64' : 'utf-8'));
  return { row: row.output, bytes: hasBytes ? { body: bytesOf('body'), head: bytesOf('head') } : null };
}

function unescapeControls(text: string): string {
  return text.replace(/\\(?:\\|u([0-9a-f]{4}))/g, (_, hex: string | undefined) =>
    hex === undefined ? '\\' : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
