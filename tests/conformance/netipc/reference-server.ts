/** The test server behind the recorded replies, rebuilt on our server: data sets of tests/vectors/netipc/README.md. */
import {
  APP_CGROUP_STATUS,
  UID_UNSET,
  decodeAppLookupRequest,
  encodeAppLookupItem,
} from '../../../electron/protocols/netipc/apps-lookup.ts';
import {
  decodeCgroupLookupRequest,
  encodeCgroupLookupItem,
} from '../../../electron/protocols/netipc/cgroups-lookup.ts';
import {
  decodeSnapshotRequest,
  encodeSnapshot,
} from '../../../electron/protocols/netipc/cgroups-snapshot.ts';
import { METHOD, type Method } from '../../../electron/protocols/netipc/envelope.ts';
import { fitAppLookup, fitCgroupLookup } from '../../../electron/protocols/netipc/lookup-budget.ts';
import type { Label } from '../../../electron/protocols/netipc/lookup-layout.ts';
import {
  HandlerRefusal,
  NetipcServer,
  type ServiceHandler,
} from '../../../electron/protocols/netipc/server.ts';
import {
  decodeIncrement,
  decodeStringReverse,
  encodeIncrement,
  encodeStringReverse,
} from '../../../electron/protocols/netipc/simple-methods.ts';
import { addon } from '../../kit/netipc-raw.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const NOTHING = new Uint8Array(0);
/** What the reference proposes where nothing else is said: the kernel's SO_SNDBUF on the recording machine. */
export const REFERENCE_PACKET_BYTES = 212_992;
const GENERATION_DEFAULT = '42';

/** `--name value` pairs and the rest, in order. Every option is a whole number; one that nobody here knows is an error. */
export interface ProgramArguments {
  readonly program: string;
  option(name: string, fallback: string): string;
  readonly rest: readonly string[];
}

const OPTIONS = new Set([
  '--items',
  '--gen',
  '--gen-step',
  '--fail-every',
  '--max-req',
  '--max-resp',
  '--packet-size',
  '--batch',
  '--count',
]);

export function readProgram(line: string): ProgramArguments {
  const [program = '', ...words] = line.split(' ').filter((word) => word !== '');
  const options = new Map<string, string>();
  const rest: string[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (!word.startsWith('--')) {
      rest.push(word);
      continue;
    }
    index += 1;
    const value = words[index] ?? '';
    if (!OPTIONS.has(word) || !/^\d+$/.test(value))
      throw new TypeError(`option not understood: ${word} ${value}`);
    options.set(word, value);
  }
  return { program, rest, option: (name, fallback) => options.get(name) ?? fallback };
}

/** Called when a request was decoded: every n-th is refused. */
type Admission = () => void;

function admission(program: ProgramArguments): Admission {
  const failEvery = Number(program.option('--fail-every', '0'));
  let calls = 0;
  return () => {
    calls += 1;
    if (failEvery > 0 && calls % failEvery === 0) throw new HandlerRefusal('told to fail');
  };
}

function snapshotHandler(program: ProgramArguments, admit: Admission): ServiceHandler {
  const itemCount = Number(program.option('--items', '16'));
  const step = BigInt(program.option('--gen-step', '0'));
  let generation = BigInt(program.option('--gen', GENERATION_DEFAULT));
  const items = Array.from({ length: itemCount }, (_, i) => ({
    hash: 1_000 + i,
    options: 0,
    enabled: i % 2,
    name: text(`cgroup-${i}`),
    path: text(`/sys/fs/cgroup/bench/cg-${i}`),
  }));
  return (payload, budgetBytes) => {
    decodeSnapshotRequest(payload);
    admit();
    const answer = encodeSnapshot({ generation, systemdEnabled: 1 }, items, budgetBytes);
    generation += step;
    return answer;
  };
}

function cgroupAnswer(path: Uint8Array): Uint8Array {
  const name = Buffer.from(path).toString('latin1');
  const isRetry = name.endsWith('?R');
  if (isRetry || name.endsWith('?P')) {
    return encodeCgroupLookupItem({
      status: isRetry ? 1 : 2,
      orchestrator: 0,
      path,
      name: NOTHING,
      labels: [],
    });
  }
  const labels: Label[] = [
    { key: text('namespace'), value: text('bench') },
    { key: text('image'), value: NOTHING },
  ];
  return encodeCgroupLookupItem({
    status: 0,
    orchestrator: 3,
    path,
    name: text('pod'),
    labels: path.length % 3 === 0 ? [] : labels,
  });
}

interface AppFacts {
  readonly status: number;
  readonly cgroupStatus: number;
  readonly orchestrator: number;
  readonly ppid: number;
  readonly uid: number;
  readonly comm: string;
  readonly path: string;
  readonly name: string;
}

const UNKNOWN: AppFacts = {
  status: 1,
  cgroupStatus: 0,
  orchestrator: 0,
  ppid: 0,
  uid: UID_UNSET,
  comm: '',
  path: '',
  name: '',
};
const KNOWN: AppFacts = { ...UNKNOWN, status: 0, ppid: 1, uid: 1_000 };
const BY_REMAINDER: readonly AppFacts[] = [
  UNKNOWN,
  { ...KNOWN, cgroupStatus: APP_CGROUP_STATUS.HOST_ROOT, uid: 0, comm: 'init' },
  { ...KNOWN, cgroupStatus: APP_CGROUP_STATUS.UNKNOWN_RETRY_LATER, comm: 'retry' },
  { ...KNOWN, cgroupStatus: APP_CGROUP_STATUS.UNKNOWN_PERMANENT, comm: 'perm', path: '/perm' },
  { ...KNOWN, orchestrator: 2, comm: 'worker', path: '/docker/x', name: 'box' },
];

function appAnswer(pid: number): Uint8Array {
  const facts = BY_REMAINDER[pid % 5] ?? UNKNOWN;
  return encodeAppLookupItem({
    status: facts.status,
    orchestrator: facts.orchestrator,
    cgroupStatus: facts.cgroupStatus,
    pid,
    ppid: facts.ppid,
    uid: facts.uid,
    startTime: facts.status === 0 ? BigInt(pid) * 10n : 0n,
    comm: text(facts.comm),
    cgroupPath: text(facts.path),
    cgroupName: text(facts.name),
    labels: facts.name === '' ? [] : [{ key: text('image'), value: text('bench:latest') }],
  });
}

interface Service {
  readonly method: Method;
  readonly responseBytes: string;
  readonly batches: 'split-from-two' | 'whole';
  handler(program: ProgramArguments, admit: Admission): ServiceHandler;
}

const generationOf = (program: ProgramArguments): bigint =>
  BigInt(program.option('--gen', GENERATION_DEFAULT));

const SERVICES: Readonly<Record<string, Service>> = {
  'snapshot-server': {
    method: METHOD.CGROUPS_SNAPSHOT,
    responseBytes: '65536',
    batches: 'whole',
    handler: snapshotHandler,
  },
  'increment-server': {
    method: METHOD.INCREMENT,
    responseBytes: '1024',
    batches: 'split-from-two',
    handler: (_program, admit) => (payload) => {
      const value = decodeIncrement(payload);
      admit();
      return encodeIncrement(BigInt.asUintN(64, value + 1n));
    },
  },
  'reverse-server': {
    method: METHOD.STRING_REVERSE,
    responseBytes: '1024',
    batches: 'split-from-two',
    handler: (_program, admit) => (payload) => {
      const value = decodeStringReverse(payload);
      admit();
      return encodeStringReverse(value.toReversed());
    },
  },
  'cgroups-lookup-server': {
    method: METHOD.CGROUPS_LOOKUP,
    responseBytes: '65536',
    batches: 'whole',
    handler: (program, admit) => (payload, budgetBytes) => {
      const paths = decodeCgroupLookupRequest(payload);
      admit();
      return fitCgroupLookup(paths, paths.map(cgroupAnswer), generationOf(program), budgetBytes, 'reference');
    },
  },
  'apps-lookup-server': {
    method: METHOD.APPS_LOOKUP,
    responseBytes: '65536',
    batches: 'whole',
    handler: (program, admit) => (payload, budgetBytes) => {
      const pids = decodeAppLookupRequest(payload);
      admit();
      return fitAppLookup(pids, pids.map(appAnswer), generationOf(program), budgetBytes, 'reference');
    },
  },
};

/** `line` as in the files: program and options, such as `snapshot-server --items 3`. */
export function startReferenceServer(line: string, runFolder: string, authToken: bigint): NetipcServer {
  const program = readProgram(line);
  const service = SERVICES[program.program];
  if (service === undefined) throw new TypeError(`no such test server: ${program.program}`);
  return new NetipcServer({
    native: addon(),
    runFolder,
    service: 'vec',
    method: service.method,
    handler: service.handler(program, admission(program)),
    authToken,
    supportedProfiles: 1,
    preferredProfiles: 0,
    requestPayloadBytesMax: Number(program.option('--max-req', '1024')),
    responsePayloadBytesMax: Number(program.option('--max-resp', service.responseBytes)),
    packetBytes: Number(program.option('--packet-size', String(REFERENCE_PACKET_BYTES))),
    batches: service.batches,
    ownerGeneration: 1,
    onHandlerBug: (error) => {
      throw error;
    },
  });
}
