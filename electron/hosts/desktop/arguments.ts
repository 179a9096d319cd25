/** What the desktop host is told on its command line; unknown arguments are Chromium's and are left alone. */
import { parseArgs } from 'node:util';
import { missingOf } from '../serve/missing-parts.ts';

export interface DesktopArguments {
  /** Null: the user-data folder of the system. */
  readonly dataFolder: string | null;
  readonly lab: boolean;
  readonly reason: string;
  readonly profile: string;
  readonly mimoPorts: readonly number[] | null;
  readonly missing: ReturnType<typeof missingOf>;
}

export function desktopArguments(argv: readonly string[]): DesktopArguments {
  const { values } = parseArgs({
    args: [...argv],
    strict: false,
    options: {
      data: { type: 'string' },
      lab: { type: 'boolean' },
      reason: { type: 'string' },
      profile: { type: 'string' },
      'mimo-port': { type: 'string', multiple: true },
      missing: { type: 'string' },
    },
  });
  const textOf = (value: unknown, otherwise: string): string => (typeof value === 'string' ? value : otherwise);
  const ports = Array.isArray(values['mimo-port']) ? values['mimo-port'].map(Number).filter(isPort) : null;
  return {
    dataFolder: typeof values.data === 'string' ? values.data : null,
    lab: values.lab === true,
    reason: textOf(values.reason, 'the desktop console was started'),
    profile: textOf(values.profile, 'local'),
    mimoPorts: ports,
    missing: missingOf(textOf(values.missing, '[]')),
  };
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 0 && port <= 65_535;
}
