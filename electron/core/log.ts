/**
 * The console's own log: one event one line of JSON, fields bounded, files bounded, secrets unreadable
 * (docs/THREATS.md, I2, I3).
 */
import { join } from 'node:path';
import { pino } from 'pino';
import { LIMITS } from '../../shared/limits.ts';
import { LogFile } from './log-file.ts';

export type LogFields = Readonly<Record<string, unknown>>;

export interface Log {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  /** Resolves when all lines are on disk. Idempotent. */
  close(): Promise<void>;
}

export const LOG_FILE_NAME = 'signalbox.log';
/** JSON leaves these alone; a terminal or a viewer would take them for a line end or a command. */
// eslint-disable-next-line no-control-regex
const UNSAFE = /[\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

function escapeUnsafe(line: string): string {
  return line.replace(UNSAFE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/**
 * A field as text of at most LIMITS.logFieldBytesMax bytes; numbers, booleans and null stay what they are.
 */
export function logField(value: unknown): string | number | boolean | null {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value;
  const text = typeof value === 'string' ? value : textOf(value);
  if (Buffer.byteLength(text) <= LIMITS.logFieldBytesMax) return text;
  const room = LIMITS.logFieldBytesMax - 16;
  const cut = Buffer.from(text.slice(0, room))
    .subarray(0, room)
    .toString('utf8')
    .replace(/\ufffd$/, '');
  return `${cut} …[cut]`;
}

function textOf(value: unknown): string {
  if (value instanceof Error) {
    const code = 'code' in value && typeof value.code === 'string' ? `${value.code} ` : '';
    const cause = value.cause instanceof Error ? `; cause: ${value.cause.message}` : '';
    return `${code}${value.stack ?? value.message}${cause}`;
  }
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    // Cycles and bigints: JSON.stringify throws TypeError for both.
    return '[not printable]';
  }
}

function logFields(fields: LogFields): Record<string, unknown> {
  const clipped: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields))
    if (value !== undefined) clipped[name] = logField(value);
  return clipped;
}

/** Opens `<folder>/signalbox.log`, made with mode 0600; one older file of about that size is kept. */
export function openLog(folder: string, fileBytesMax: number = LIMITS.logFileBytesMax): Log {
  const file = new LogFile(join(folder, LOG_FILE_NAME), fileBytesMax);
  const logger = pino(
    { base: null, timestamp: pino.stdTimeFunctions.isoTime, messageKey: 'event' },
    { write: (line: string) => file.write(escapeUnsafe(line)) },
  );
  return {
    info: (event, fields = {}) => logger.info(logFields(fields), event),
    warn: (event, fields = {}) => logger.warn(logFields(fields), event),
    error: (event, fields = {}) => logger.error(logFields(fields), event),
    close: () => file.close(),
  };
}
