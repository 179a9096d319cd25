/** The faults of `signalbox gse lab` as words of its command line: docs/protocols/gse.md section 10, "Fault switches". */
import { OperatingError } from '../../../shared/failure.ts';
import type { AgentFault } from '../../lab/gse/agent-faults.ts';
import { SERVER_FAULTS_NONE, type ServerFaults } from '../../lab/gse/gse-server.ts';
import { UPLINK_FAULTS_NONE, type UplinkFaults } from '../../lab/gse/uplinks.ts';
import { LAB_FAULT_WORDS } from './program-gse.ts';

export interface LabFaults {
  readonly agent: AgentFault | null;
  readonly server: ServerFaults;
  readonly uplinks: UplinkFaults;
}

export const LAB_FAULTS_NONE: LabFaults = {
  agent: null,
  server: SERVER_FAULTS_NONE,
  uplinks: UPLINK_FAULTS_NONE,
};

const AGENT_FAULTS: Readonly<Record<string, (value: string) => AgentFault | null>> = {
  refuse: plain({ kind: 'refuse' }),
  'accept-and-close': plain({ kind: 'accept_and_close' }),
  'no-answers': plain({ kind: 'no_keepalive_answers' }),
  'byte-by-byte': plain({ kind: 'byte_by_byte' }),
  glue: plain({ kind: 'glue' }),
  'stop-reading': plain({ kind: 'stop_reading' }),
  delay: (value) => withNumber(value, (ms) => ({ kind: 'delay', ms })),
  cut: (value) => withNumber(value, (atByte) => ({ kind: 'cut', atByte })),
  malformed: (value) =>
    /^(?:[0-9a-f]{2})+$/i.test(value) ? { kind: 'malformed', bytes: Buffer.from(value, 'hex') } : null,
};

const SERVER_FAULTS: Readonly<Record<string, (value: string) => Partial<ServerFaults> | null>> = {
  latency: (value) => withNumber(value, (latencyMs) => ({ latencyMs })),
  failing: (value) => {
    const failing = patternOf(value);
    return failing === null ? null : { failing };
  },
  http: (value) => {
    const [, status, code = '1650000', after] = /^([3-5]\d\d)(?:,(\d{1,9}))?(,after)?$/.exec(value) ?? [];
    if (status === undefined) return null;
    const when = after === undefined ? 'before' : 'after';
    return { gateway: { status: Number(status), code: Number(code), when } };
  },
};

const UPLINK_FAULTS: Readonly<Record<string, (value: string) => Partial<UplinkFaults> | null>> = {
  copies: (value) => withNumber(value, (copies) => ({ copies })),
  repeats: (value) => withNumber(value, (repeats) => ({ repeats })),
  'out-of-order': (value) => (value === '' ? { outOfOrder: true } : null),
};

/** Each word a fault, such as `delay=500`; of several at the agent the last counts. Fails with E_INPUT. */
export function labFaults(words: readonly string[]): LabFaults {
  let faults = LAB_FAULTS_NONE;
  for (const word of words) {
    const [, name = '', value = ''] = /^([a-z-]+)(?:=(.*))?$/s.exec(word) ?? [];
    const agent = own(AGENT_FAULTS, name)?.(value) ?? null;
    const server = own(SERVER_FAULTS, name)?.(value) ?? null;
    const uplinks = own(UPLINK_FAULTS, name)?.(value) ?? null;
    if (agent === null && server === null && uplinks === null) {
      const fix = `Use one of: ${LAB_FAULT_WORDS.join(' ')}.`;
      throw new OperatingError('E_INPUT', `${word} is no fault of the lab`, { fix });
    }
    faults = {
      agent: agent ?? faults.agent,
      server: { ...faults.server, ...server },
      uplinks: { ...faults.uplinks, ...uplinks },
    };
  }
  return faults;
}

function plain(fault: AgentFault): (value: string) => AgentFault | null {
  return (value) => (value === '' ? fault : null);
}

function withNumber<T>(value: string, make: (number: number) => T): T | null {
  return /^\d{1,6}$/.test(value) ? make(Number(value)) : null;
}

function patternOf(text: string): RegExp | null {
  try {
    return text === '' ? null : new RegExp(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return null;
  }
}

function own<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
