// Typed handles on the two test programs of libnotify: `driver` (the real shared library in a process of
// its own) and `parts` (its hidden functions). Used by the tests here and by the conformance runner.
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';

/** The plain build or one with sanitizers (`make asan`, `make tsan`). */
export type LibraryVariant = 'plain' | 'asan' | 'tsan';

/** A text argument of NotifyEvent: bytes, or null for the C null pointer. Bytes must not hold NUL. */
export type CText = Uint8Array | string | null;

/** NotifyReadSettings of spdk_go_notify_stats.h. `code` is -1 when the configuration is unusable. */
export interface LibrarySettings {
  readonly endpoint: Buffer | null;
  readonly method: Buffer | null;
  readonly source: Buffer | null;
  readonly file: string | null;
  readonly problem: string | null;
  readonly timeoutNs: bigint;
  readonly retry: number;
  readonly retryBackoffMs: number;
  readonly code: number;
}

/** NotifyReadStats of spdk_go_notify_stats.h. */
export interface LibraryStats {
  readonly accepted: number;
  readonly refused: number;
  readonly droppedFull: number;
  readonly droppedUnsendable: number;
  readonly delivered: number;
  readonly lost: number;
  readonly failedAttempts: number;
  readonly requests: number;
  readonly connections: number;
  readonly pending: number;
}

export interface DriverOptions {
  readonly variant?: LibraryVariant;
  /** Working directory of the process: where ./notify_config.json is looked for. */
  readonly cwd?: string;
  /** Added to the environment; undefined removes a name. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** How a driver process ended. `code` is null when a signal ended it. */
export interface DriverEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

const BUILD_FOLDER = fileURLToPath(new URL('../build/', import.meta.url));
/** ThreadSanitizer kills a child of a process with threads that starts one itself, unless told not to. */
const SANITIZER_ENV = {
  ASAN_OPTIONS: 'abort_on_error=0:exitcode=77:detect_leaks=1',
  UBSAN_OPTIONS: 'print_stacktrace=1',
  TSAN_OPTIONS: 'exitcode=77:die_after_fork=0',
};

/** Path of a program or library of the build, for example `driver` or `libspdk_go_notify.so`. */
export function libraryFile(name: string, variant: LibraryVariant = 'plain'): string {
  return `${BUILD_FOLDER}${variant === 'plain' ? '' : `${variant}/`}${name}`;
}

/** False when the variant was not built (no compiler, or one without that sanitizer). */
export function isBuilt(variant: LibraryVariant = 'plain'): boolean {
  return existsSync(libraryFile('driver', variant)) && existsSync(libraryFile('parts', variant));
}

/** The word that stands for a text in a command line of the test programs. */
function wordOf(text: CText): string {
  if (text === null) return 'null';
  const bytes = Buffer.from(text);
  return bytes.length === 0 ? '-' : bytes.toString('hex');
}

function bufferOf(hex: unknown): Buffer | null {
  return typeof hex === 'string' ? Buffer.from(hex, 'hex') : null;
}

function recordOf(line: string): Record<string, unknown> {
  const value: unknown = JSON.parse(line);
  if (typeof value !== 'object' || value === null) throw new Error(`no object: ${line}`);
  return { ...value };
}

/**
 * One process that answers one line per command line, in order. Always `end()` it; that is safe after any
 * failure.
 */
class LineProcess {
  private readonly child: ChildProcess;
  private readonly waiting: Array<{ resolve: (line: string) => void; reject: (error: Error) => void }> = [];
  private readonly ended: Promise<DriverEnd>;
  private stderr = '';

  constructor(file: string, options: DriverOptions) {
    const env = { ...process.env, MIMO_NOTIFY_CONFIG: undefined, ...SANITIZER_ENV, ...options.env };
    this.child = spawn(file, [], { cwd: options.cwd, env, stdio: ['pipe', 'pipe', 'pipe'] });
    const { stdout, stderr, stdin } = this.child;
    if (stdout === null || stderr === null || stdin === null) throw new Error('no pipes');
    createInterface({ input: stdout }).on('line', (line) => this.waiting.shift()?.resolve(line));
    stderr.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    // EPIPE when the process has gone; the caller learns that from the answer that does not come.
    stdin.on('error', () => {});
    this.ended = new Promise((resolve, reject) => {
      this.child.on('error', reject);
      this.child.on('close', (code, signal) => {
        for (const { reject } of this.waiting.splice(0))
          reject(new Error(`ended: ${code ?? signal} ${this.stderr}`));
        resolve({ code, signal, stderr: this.stderr });
      });
    });
    // Handled where it is awaited; until then a failed start must not bring the test process down.
    this.ended.catch(() => {});
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  ask(line: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      this.child.stdin?.write(`${line}\n`);
    });
  }

  send(line: string): void {
    this.child.stdin?.write(`${line}\n`);
  }

  /** Ends the input, so that the process calls exit(), and waits for it. */
  end(): Promise<DriverEnd> {
    this.child.stdin?.end();
    return this.ended;
  }

  async kill(signal: NodeJS.Signals): Promise<DriverEnd> {
    this.child.kill(signal);
    return this.ended;
  }
}

/** A process that uses the real library. */
export class Driver {
  private readonly process: LineProcess;

  constructor(options: DriverOptions = {}) {
    this.process = new LineProcess(libraryFile('driver', options.variant), options);
  }

  get pid(): number {
    return this.process.pid;
  }

  /** NotifyEvent; its return code, or -99 when it changed errno. */
  async call(event: CText, payload: CText = null): Promise<number> {
    return Number(await this.process.ask(`call ${wordOf(event)} ${wordOf(payload)}`));
  }

  /** The same call `count` times in a row: how many returned 0 and how many did not. */
  async repeat(
    count: number,
    event: CText,
    payload: CText = null,
  ): Promise<{ accepted: number; refused: number }> {
    const answer = await this.process.ask(`repeat ${count} ${wordOf(event)} ${wordOf(payload)}`);
    const [accepted = Number.NaN, refused = Number.NaN] = answer.split(' ').map(Number);
    return { accepted, refused };
  }

  /**
   * `calls` calls from each of `count` (at most 32) threads at once; how many returned 0. Event `t`,
   * payload {t, i}.
   */
  async threads(count: number, calls: number): Promise<number> {
    return Number(await this.process.ask(`threads ${count} ${calls}`));
  }

  /** NotifyEvent in a forked child that then exits: the return code and the wait status of the child. */
  async forkCall(event: CText, payload: CText = null): Promise<{ code: number; status: number }> {
    const answer = await this.process.ask(`fork-call ${wordOf(event)} ${wordOf(payload)}`);
    const [code = Number.NaN, status = Number.NaN] = answer.split(' ').map(Number);
    return { code, status };
  }

  async setEnvironment(name: string, value: string): Promise<void> {
    await this.process.ask(`setenv ${name} ${wordOf(value)}`);
  }

  async changeFolder(path: string): Promise<void> {
    await this.process.ask(`chdir ${wordOf(path)}`);
  }

  async sleep(durationMs: number): Promise<void> {
    await this.process.ask(`sleep ${durationMs}`);
  }

  async settings(): Promise<LibrarySettings> {
    const record = recordOf(await this.process.ask('settings'));
    return {
      endpoint: bufferOf(record['endpointHex']),
      method: bufferOf(record['methodHex']),
      source: bufferOf(record['sourceHex']),
      file: bufferOf(record['fileHex'])?.toString() ?? null,
      problem: bufferOf(record['problemHex'])?.toString() ?? null,
      timeoutNs: BigInt(String(record['timeoutNs'])),
      retry: Number(record['retry']),
      retryBackoffMs: Number(record['retryBackoffMs']),
      code: Number(record['code']),
    };
  }

  async stats(): Promise<LibraryStats> {
    const record = recordOf(await this.process.ask('stats'));
    const read = (name: keyof LibraryStats): number => Number(record[name]);
    return {
      accepted: read('accepted'),
      refused: read('refused'),
      droppedFull: read('droppedFull'),
      droppedUnsendable: read('droppedUnsendable'),
      delivered: read('delivered'),
      lost: read('lost'),
      failedAttempts: read('failedAttempts'),
      requests: read('requests'),
      connections: read('connections'),
      pending: read('pending'),
    };
  }

  /** Waits until nothing is pending; rejects after `timeoutMs`. */
  async drained(timeoutMs = 30_000): Promise<LibraryStats> {
    const endMs = performance.now() + timeoutMs;
    for (;;) {
      const stats = await this.stats();
      if (stats.pending === 0) return stats;
      if (performance.now() > endMs) throw new Error(`still pending: ${JSON.stringify(stats)}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** Resident memory in kB and number of threads of the process. */
  async memory(): Promise<{ residentKb: number; threads: number }> {
    const [residentKb = Number.NaN, threads = Number.NaN] = (await this.process.ask('memory'))
      .split(' ')
      .map(Number);
    return { residentKb, threads };
  }

  /** Bit mask of the signals that threads other than the first would take. */
  async openSignals(): Promise<bigint> {
    return BigInt(`0x${await this.process.ask('signals')}`);
  }

  /** exit(code) without waiting for anything before it. */
  exit(code = 0): Promise<DriverEnd> {
    this.process.send(`exit ${code}`);
    return this.process.end();
  }

  /** Ends the process the orderly way, if it still runs. */
  end(): Promise<DriverEnd> {
    return this.process.end();
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<DriverEnd> {
    return this.process.kill(signal);
  }
}

/** What url_parse made of an address. */
export interface ParsedUrl {
  readonly authority: string;
  readonly host: string;
  readonly port: string;
  readonly requestPath: string;
  readonly authorization: string | null;
}

/** One response as the reader saw it. */
export interface ReadResponse {
  readonly status: number;
  readonly closes: boolean;
  readonly location: string | null;
}

function textOf(word: string): string | null {
  return word === '-' ? null : Buffer.from(word, 'hex').toString('latin1');
}

function parsedUrl(answer: string): ParsedUrl | string {
  const words = answer.split(' ');
  if (words.length !== 5) return answer;
  const [authority, host, port, requestPath, authorization] = words.map(textOf);
  return {
    authority: authority ?? '',
    host: host ?? '',
    port: port ?? '',
    requestPath: requestPath ?? '',
    authorization: authorization ?? null,
  };
}

/** The library's hidden functions. */
export class Parts {
  private readonly process: LineProcess;

  constructor(variant: LibraryVariant = 'plain') {
    this.process = new LineProcess(libraryFile('parts', variant), {});
  }

  /** Nanoseconds, or null when the text is no Go duration. */
  async duration(text: string): Promise<bigint | null> {
    const answer = await this.process.ask(`duration ${wordOf(text)}`);
    return answer === 'error' ? null : BigInt(answer);
  }

  /** The compacted JSON, or null when the text is not JSON. */
  async compact(text: Uint8Array | string): Promise<Buffer | null> {
    const answer = await this.process.ask(`compact ${wordOf(text)}`);
    if (answer === 'error') return null;
    if (!/^[0-9a-f]+$/.test(answer)) throw new Error(`not consistent: ${answer}`);
    return Buffer.from(answer, 'hex');
  }

  /** The parsed address, or `unusable` or `tls`. */
  async url(text: string): Promise<ParsedUrl | string> {
    return parsedUrl(await this.process.ask(`url ${wordOf(text)}`));
  }

  async resolve(base: string, location: string): Promise<ParsedUrl | string> {
    return parsedUrl(await this.process.ask(`resolve ${wordOf(base)} ${wordOf(location)}`));
  }

  /**
   * Responses read from `bytes` given in pieces of `cutBytes` (0 = all at once) and then the end of the
   * connection.
   */
  async responses(
    bytes: Uint8Array | string,
    cutBytes = 0,
  ): Promise<{ responses: ReadResponse[]; broken: boolean }> {
    const answer = await this.process.ask(`response ${cutBytes} ${wordOf(bytes)}`);
    const parts = answer === '' ? [] : answer.split(';');
    const broken = parts.at(-1) === 'broken';
    const responses = parts.slice(0, broken ? -1 : undefined).map((part) => {
      const [status = '', closes = '', location = '-'] = part.split(' ');
      return { status: Number(status), closes: closes === '1', location: textOf(location) };
    });
    return { responses, broken };
  }

  end(): Promise<DriverEnd> {
    return this.process.end();
  }
}
