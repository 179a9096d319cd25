/** `signalbox netipc serve|call`: a provider without a console, and the two methods that exist for tests. */
import type { NativeAddon } from '../../../native/index.ts';
import { OperatingError } from '../../../shared/failure.ts';
import { HostProvider } from '../../core/netipc/host-provider.ts';
import { prepareRunFolder } from '../../core/netipc/run-folder.ts';
import { NetipcLab } from '../../lab/netipc-lab.ts';
import { METHOD, type Method } from '../../protocols/netipc/envelope.ts';
import { NetipcServer, type ServiceHandler } from '../../protocols/netipc/server.ts';
import {
  decodeIncrement,
  decodeStringReverse,
  encodeIncrement,
  encodeStringReverse,
} from '../../protocols/netipc/simple-methods.ts';
import { SYSTEM_CLOCK } from '../../net/system-clock.ts';
import { EXIT } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';
import {
  connectTo,
  needAddon,
  profilesOf,
  runFolderOf,
  tokenOf,
  type EndpointFlags,
} from './netipc-endpoint.ts';
import type { Output } from './output.ts';

export interface NetipcServeOptions extends EndpointFlags {
  /** Simulated cgroups instead of this host's. */
  readonly isSimulated: boolean;
  /** Also `increment` and `string-reverse`. */
  readonly hasTestServices: boolean;
  readonly output: Output;
  readonly signal: AbortSignal;
}

interface Closable {
  close(): void;
}

/** Runs until the signal. Fails E_ADDRESS_IN_USE, E_PATH_TOO_LONG, E_PERMISSION. */
export async function serve(options: NetipcServeOptions): Promise<ExitCode> {
  const native = needAddon();
  const runFolder = runFolderOf(options);
  if (options.runFolder === null) prepareRunFolder(runFolder);
  const onHandlerBug = (error: unknown): void => options.output.note(`bug in a handler: ${String(error)}`);
  const open: Closable[] = [];
  try {
    const authToken = tokenOf(options.tokenFile);
    const common = { native, runFolder, authToken, onHandlerBug };
    open.push(
      options.isSimulated
        ? new NetipcLab({ ...common, random: Math.random })
        : new HostProvider({ ...common, clock: SYSTEM_CLOCK, transport: profilesOf(options.transport) }),
    );
    if (options.hasTestServices) open.push(...testServices(native, runFolder, options, authToken));
    options.output.json({ pid: process.pid, runFolder });
    options.output.line(`serving in ${runFolder}; Ctrl-C stops`);
    await new Promise<void>((resolve) => {
      if (options.signal.aborted) resolve();
      options.signal.addEventListener('abort', () => resolve());
    });
    return EXIT.ok;
  } finally {
    for (const one of open) one.close();
  }
}

const increment: ServiceHandler = (payload) =>
  encodeIncrement(BigInt.asUintN(64, decodeIncrement(payload) + 1n));
const reverse: ServiceHandler = (payload) => encodeStringReverse(decodeStringReverse(payload).toReversed());

function testServices(
  native: NativeAddon,
  runFolder: string,
  options: NetipcServeOptions,
  authToken: bigint,
): NetipcServer[] {
  const { supported, preferred } = profilesOf(options.transport);
  const common = {
    native,
    runFolder,
    authToken,
    supportedProfiles: supported,
    preferredProfiles: preferred,
    requestPayloadBytesMax: 1 << 20,
    responsePayloadBytesMax: 1 << 20,
    ownerGeneration: process.pid,
    onHandlerBug: (error: unknown) => options.output.note(`bug in a handler: ${String(error)}`),
  };
  const first = new NetipcServer({
    ...common,
    service: 'increment',
    method: METHOD.INCREMENT,
    handler: increment,
  });
  try {
    const service = 'string-reverse';
    return [first, new NetipcServer({ ...common, service, method: METHOD.STRING_REVERSE, handler: reverse })];
  } catch (error) {
    first.close();
    throw error;
  }
}

export interface NetipcCallOptions extends EndpointFlags {
  readonly method: 'increment' | 'string-reverse';
  readonly service: string;
  /** Several go as one batch. */
  readonly values: readonly string[];
  readonly output: Output;
}

interface TestMethod {
  readonly code: Method;
  readonly encode: (value: string) => Uint8Array;
  readonly decode: (answer: Uint8Array) => string;
}

const TEST_METHODS: Readonly<Record<NetipcCallOptions['method'], TestMethod>> = {
  increment: {
    code: METHOD.INCREMENT,
    encode: (value) => encodeIncrement(BigInt(value)),
    decode: (answer) => String(decodeIncrement(answer)),
  },
  'string-reverse': {
    code: METHOD.STRING_REVERSE,
    encode: (value) => encodeStringReverse(new TextEncoder().encode(value)),
    decode: (answer) => Buffer.from(decodeStringReverse(answer)).toString('utf8'),
  },
};

function isWhole64(value: string): boolean {
  return /^\d{1,20}$/.test(value) && BigInt(value) <= 0xffff_ffff_ffff_ffffn;
}

/** One line an answer, in the order of the values. Fails E_INPUT for a value the method does not take. */
export async function call(options: NetipcCallOptions): Promise<ExitCode> {
  const { method, values, output } = options;
  if (method === 'increment' && !values.every(isWhole64))
    throw new OperatingError('E_INPUT', 'increment takes a whole number below 2^64');
  const { code, encode, decode } = TEST_METHODS[method];
  const client = await connectTo(options, options.service, code);
  try {
    for (const answer of await client.callBatch(values.map(encode))) {
      const value = decode(answer);
      output.json({ value, transport: client.status().transport });
      output.line(value);
    }
    return EXIT.ok;
  } finally {
    client.close();
  }
}
