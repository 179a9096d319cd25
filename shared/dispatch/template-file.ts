/**
 * Templates as plain text: some lines `name: value`, a line `---`, then the content as it is. Made to be read, diffed and kept in a
 * version control system.
 */
import * as v from 'valibot';
import { template as templateSchema, type Template } from '../contract/dispatch-templates.ts';
import { OperatingError } from '../failure.ts';
import { jsonValueOf } from '../json-text.ts';

const FIRST_LINE = 'signalbox-template: 1';
const END_OF_HEAD = '---';

/** One line break at the end of the file belongs to the file, not to the content. Values hold no line breaks: they are JSON strings if they must. */
export function writeTemplate({ title, slotId, messageId, content, variables }: Template): string {
  const lines = [
    FIRST_LINE,
    `title: ${headValue(title)}`,
    `slot: ${slotId}`,
    `message-id: ${headValue(messageId)}`,
    `content: ${content.mode}`,
    `not-utf8: ${content.notUtf8}`,
    ...variables.map(({ name, type, value }) => `variable: ${name} ${type} ${headValue(value)}`),
    END_OF_HEAD,
  ];
  return `${lines.join('\n')}\n${content.text}\n`;
}

/** Fails with E_UNSUPPORTED for a newer version, E_CONFIG for anything else that is no template; both say the line. */
export function readTemplate(text: string): Template {
  const unix = text.startsWith('\ufeff') ? text.slice(1) : text;
  const lines = unix.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
  const version = /^signalbox-template: (\d+)$/.exec(lines[0] ?? '')?.[1];
  if (version === undefined) throw fault(1, `it does not begin with "${FIRST_LINE}"`);
  if (version !== '1')
    throw new OperatingError('E_UNSUPPORTED', `line 1: version ${version} was written by a newer console`);
  const end = lines.indexOf(END_OF_HEAD);
  if (end < 0) throw fault(lines.length, `there is no line "${END_OF_HEAD}" between head and content`);
  const head = readHead(lines.slice(1, end));
  // The content as written, its own line ends included.
  const start = unix.split('\n', end + 1).reduce((sum, line) => sum + line.length + 1, 0);
  // A carriage return at the end belongs to the content, unless the whole file is written that way.
  const body = unix.slice(start).replace(unix.startsWith(`${FIRST_LINE}\r\n`) ? /\r?\n$/ : /\n$/, '');
  const parsed = v.safeParse(templateSchema, {
    title: head.title,
    slotId: head.slot,
    messageId: head['message-id'],
    content: { mode: head.content, text: body, notUtf8: head['not-utf8'] },
    variables: head.variables,
  });
  if (parsed.success) return parsed.output;
  throw new OperatingError('E_CONFIG', v.summarize(parsed.issues));
}

interface Head {
  title: string;
  slot: string;
  'message-id': string;
  content: string;
  'not-utf8': string;
  variables: { name: string; type: string; value: string }[];
}

function readHead(lines: readonly string[]): Head {
  const head: Head = {
    title: '',
    slot: '',
    'message-id': '',
    content: 'text',
    'not-utf8': 'refuse',
    variables: [],
  };
  for (const [index, line] of lines.entries()) {
    const [, key = '', value = ''] = /^([a-z0-9-]+): ?(.*)$/s.exec(line) ?? [];
    if (key === 'variable') head.variables.push(readVariable(value, index + 2));
    else if (key === 'title' || key === 'message-id') head[key] = plainValue(value, index + 2);
    else if (key === 'slot' || key === 'content' || key === 'not-utf8') head[key] = value;
    else throw fault(index + 2, `"${line.slice(0, 60)}" is no line of the head`);
  }
  return head;
}

function readVariable(text: string, line: number): Head['variables'][number] {
  const [, name, type, value] = /^(\S+) (\S+) ?(.*)$/s.exec(text) ?? [];
  if (name === undefined || type === undefined) throw fault(line, 'a variable is "name type value"');
  return { name, type, value: plainValue(value ?? '', line) };
}

/** As it is where that is not mistaken for something else, else as a JSON string. */
function headValue(value: string): string {
  const isPlain =
    !/[\u0000-\u001f\u007f\u0085\u2028\u2029]/.test(value) &&
    !value.startsWith('"') &&
    value === value.trim();
  return isPlain ? value : JSON.stringify(value);
}

function plainValue(value: string, line: number): string {
  if (!value.startsWith('"')) return value;
  const text = jsonValueOf(value);
  if (typeof text === 'string') return text;
  throw fault(line, 'a value in quotes must be a JSON string');
}

function fault(line: number, text: string): OperatingError {
  return new OperatingError('E_CONFIG', `line ${line}: ${text}`);
}
