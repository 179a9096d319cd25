/**
 * What the command line writes. Everything a peer said is made harmless for a terminal first
 * (docs/THREATS.md, I3).
 */
import type { Failure } from '../../../shared/failure.ts';
import { terminalSafe } from '../../../shared/text.ts';
import { exitCodeOf } from './exit-codes.ts';
import { sentences } from './filter-argument.ts';
import type { ExitCode } from './exit-codes.ts';

/** JSON leaves these as they are; a terminal or a line reader would act on them. */
const UNSAFE_IN_JSON = /[\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** One JSON value on one line that is still the same value for every JSON parser. */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value).replace(
    UNSAFE_IN_JSON,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

export interface Output {
  readonly isJson: boolean;
  /** One line for people; nothing when JSON was asked for. The text is made harmless. */
  line(text: string): void;
  /** One line for programs; nothing otherwise. */
  json(value: unknown): void;
  /** Says on stderr what is going on. */
  note(text: string): void;
  /** Says on stderr what failed, and gives the code to end with. */
  failure(failure: Failure): ExitCode;
  /** Resolves when stdout takes more; at once while it does. */
  room(): Promise<void>;
}

export function makeOutput(isJson: boolean): Output {
  return {
    isJson,
    line: (text) => {
      if (!isJson) process.stdout.write(`${terminalSafe(text)}\n`);
    },
    json: (value) => {
      if (isJson) process.stdout.write(`${jsonLine(value)}\n`);
    },
    note: (text) => {
      process.stderr.write(`${terminalSafe(text)}\n`);
    },
    failure: (failure) => {
      const text = isJson ? jsonLine({ failure }) : terminalSafe(failureText(failure));
      process.stderr.write(`${text}\n`);
      return exitCodeOf(failure.code);
    },
    room: () => {
      if (!process.stdout.writableNeedDrain) return Promise.resolve();
      return new Promise((resolve) => process.stdout.once('drain', resolve));
    },
  };
}

function failureText({ code, message, fix }: Failure): string {
  if (fix === undefined || fix === '') return `${code}: ${message}`;
  return `${code}: ${sentences(message, fix)}`;
}
