/**
 * The commands, their options and help. Nothing is done here: each action hands typed options to its command.
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import { productVersion } from '../serve/product.ts';
import { DATA_VARIABLE } from './data-folder.ts';
import type { CommonFlags } from './common-flags.ts';
import { addGse, type GseActions } from './program-gse.ts';
import { readTime } from './time-argument.ts';

export interface ServeFlags extends CommonFlags {
  readonly port: number;
  readonly mimoPort?: readonly number[];
  readonly profile: string;
  readonly lab: boolean;
  readonly window: boolean;
}
export interface LabFlags extends CommonFlags {
  readonly endpoint: string;
  readonly rate: number;
  readonly bursts: boolean;
  readonly seconds?: number;
}
export interface TailFlags extends CommonFlags {
  readonly lines: number;
  readonly follow: boolean;
}
export interface NotifyFlags extends CommonFlags {
  readonly endpoint?: string;
}
export interface ExportFlags extends CommonFlags {
  readonly format: 'jsonl' | 'csv';
  readonly bodies: boolean;
  readonly from?: number;
  readonly to?: number;
  readonly out?: string;
}
export interface DoctorFlags extends CommonFlags {
  readonly limits: boolean;
}

export interface EndpointWords extends CommonFlags {
  readonly run?: string;
  readonly service: string;
  readonly tokenFile?: string;
  readonly transport: 'auto' | 'socket' | 'shm';
}
export interface SnapshotDiffFlags extends EndpointWords {
  readonly seconds: number;
}
export interface SnapshotWatchFlags extends EndpointWords {
  readonly interval: number;
}
export interface SnapshotLookupFlags extends EndpointWords {
  readonly hash?: number;
  readonly path?: readonly string[];
  readonly pid?: readonly number[];
}
export interface NetipcServeFlags extends EndpointWords {
  readonly simulated: boolean;
  readonly testServices: boolean;
}

export interface Actions extends GseActions {
  serve(flags: ServeFlags): Promise<void>;
  lab(flags: LabFlags): Promise<void>;
  tail(words: readonly string[], flags: TailFlags): Promise<void>;
  notify(event: string, payload: string | undefined, flags: NotifyFlags): Promise<void>;
  export(words: readonly string[], flags: ExportFlags): Promise<void>;
  doctor(flags: DoctorFlags): Promise<void>;
  snapshotGet(words: readonly string[], flags: EndpointWords): Promise<void>;
  snapshotDiff(flags: SnapshotDiffFlags): Promise<void>;
  snapshotLookup(names: readonly string[], flags: SnapshotLookupFlags): Promise<void>;
  snapshotWatch(flags: SnapshotWatchFlags): Promise<void>;
  netipcServe(flags: NetipcServeFlags): Promise<void>;
  netipcCall(method: string, values: readonly string[], flags: EndpointWords): Promise<void>;
}

const FILTER_HELP = `
Filter: src:mimo sev>=warn type:bdev_* -type:machine_info body.size>1e9 "text"
        A filter that begins with - goes after --:  signalbox tail -- -type:bdev_ready`;
const EXIT_HELP = `
Exit codes: 0 done · 1 did not succeed · 2 wrong arguments, filter or input
            3 another process has the data folder · 4 nobody answers`;

/** Usage errors throw CommanderError with exitCode; the caller ends with 2. */
export function makeProgram(actions: Actions): Command {
  const program = new Command('signalbox')
    .description(
      'Operator console for storage, agent and GPU hosts: receives, stores and shows their events.',
    )
    .version(productVersion())
    .exitOverride()
    .showHelpAfterError('Try: signalbox --help')
    .addHelpText('after', EXIT_HELP);
  addServe(program, actions);
  addLab(program, actions);
  addTail(program, actions);
  addNotify(program, actions);
  addExport(program, actions);
  addDoctor(program, actions);
  addSnapshot(program, actions);
  addNetipc(program, actions);
  addGse(program, actions, command);
  return program;
}

function command(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .exitOverride()
    .option(
      '--data <folder>',
      `data folder (default: ${DATA_VARIABLE}, or .signalbox/data of a checkout, or ~/.local/share/signalbox/data)`,
    )
    .option('--json', 'one JSON value a line on stdout', false)
    .addHelpText('after', EXIT_HELP);
}

function addServe(program: Command, actions: Actions): void {
  command(program, 'serve', 'run the console; its page opens in a browser of this machine')
    .option('--port <port>', 'port of the page, 0 = any free one', portOrZero, 0)
    .option('--mimo-port <port>', "port for events instead of the settings', repeatable", collectPort)
    .option('--profile <name>', 'profile shown in the frame', 'local')
    .option('--lab', 'start the lab with it', false)
    .option('--no-window', 'print the link instead of opening a window')
    .action((flags: ServeFlags) => actions.serve(flags));
}

function addLab(program: Command, actions: Actions): void {
  command(program, 'lab', 'emit the events real programs emit, without a console')
    .option('--endpoint <url>', 'where to', 'http://127.0.0.1:9988/mimo/events')
    .option('--rate <events>', 'events a second', numberIn(0, 50_000), 5)
    .option('--no-bursts', 'no error bursts')
    .option('--seconds <seconds>', 'stop after so long (default: until Ctrl-C)', numberIn(0, 1e6))
    .action((flags: LabFlags) => actions.lab(flags));
}

function addTail(program: Command, actions: Actions): void {
  command(program, 'tail', 'print the newest events, then what comes')
    .argument('[filter...]', 'filter, as in the window')
    .option('-n, --lines <count>', 'events to begin with', wholeIn(0, 1e6), 10)
    .option('--no-follow', 'print what is there and end')
    .addHelpText('after', FILTER_HELP)
    .action((words: string[], flags: TailFlags) => actions.tail(words, flags));
}

function addNotify(program: Command, actions: Actions): void {
  command(program, 'notify', 'send one MIMO event as a program with the library does')
    .argument('<event>', 'name of the event')
    .argument('[json]', 'payload, any JSON value')
    .option(
      '--endpoint <url>',
      'instead of the configured one (MIMO_NOTIFY_CONFIG, /etc/mimo/notify_config.json, …)',
    )
    .action((event: string, payload: string | undefined, flags: NotifyFlags) =>
      actions.notify(event, payload, flags),
    );
}

function addExport(program: Command, actions: Actions): void {
  command(program, 'export', 'write stored events as JSONL or CSV')
    .argument('[filter...]', 'filter, as in the window')
    .addOption(new Option('--format <format>', 'text format').choices(['jsonl', 'csv']).default('jsonl'))
    .option('--bodies', 'with the whole bodies', false)
    .option('--from <time>', 'received since: 15m, 2h, 3d ago, or 2026-11-20T16:00:00Z', time)
    .option('--to <time>', 'received before', time)
    .option('-o, --out <file>', 'file (default: stdout)')
    .addHelpText('after', FILTER_HELP)
    .action((words: string[], flags: ExportFlags) => actions.export(words, flags));
}

function addDoctor(program: Command, actions: Actions): void {
  command(program, 'doctor', 'check this installation and the data folder; say what to do')
    .option('--no-limits', 'leave out the table of limits')
    .action((flags: DoctorFlags) => actions.doctor(flags));
}

/** Options of everything that speaks netipc. */
function endpoint(made: Command, service: string): Command {
  return made
    .option('--run <folder>', "run folder of the provider (default: that of this data folder's console)")
    .option('--service <name>', 'service name', service)
    .option('--token-file <file>', 'private file with the token (default: SIGNALBOX_NETIPC_TOKEN, or 0)')
    .addOption(
      new Option('--transport <kind>', 'what to offer').choices(['auto', 'socket', 'shm']).default('auto'),
    );
}

function addSnapshot(program: Command, actions: Actions): void {
  const group = program.command('snapshot').description('ask a netipc provider for its cgroups');
  const service = 'cgroups-snapshot';
  endpoint(command(group, 'get', 'one snapshot, a line a cgroup'), service)
    .argument('[filter...]', 'filter: bare text, type: is the name, id: the path, body.enabled=1, …')
    .action((words: string[], flags: EndpointWords) => actions.snapshotGet(words, flags));
  endpoint(command(group, 'diff', 'what changes between two snapshots'), service)
    .option('--seconds <seconds>', 'time between them', numberIn(0, 86_400), 5)
    .action((flags: SnapshotDiffFlags) => actions.snapshotDiff(flags));
  endpoint(command(group, 'lookup', 'find cgroups by name, and ask for paths and pids'), service)
    .argument('[name...]', 'names in the snapshot')
    .option('--hash <number>', 'hash of the name (default: FNV-1a of it, else any)', numberIn(0, 0xffff_ffff))
    .option('--path <path>', 'ask cgroups-lookup for this path, repeatable', collectText)
    .option('--pid <pid>', 'ask apps-lookup for this process, repeatable', collectPid)
    .action((names: string[], flags: SnapshotLookupFlags) => actions.snapshotLookup(names, flags));
  endpoint(command(group, 'watch', 'print what changes, until Ctrl-C'), service)
    .option('--interval <seconds>', 'time between snapshots', numberIn(0.1, 86_400), 1)
    .action((flags: SnapshotWatchFlags) => actions.snapshotWatch(flags));
}

function addNetipc(program: Command, actions: Actions): void {
  const group = program.command('netipc').description('a netipc provider without a console');
  endpoint(command(group, 'serve', "serve this host's cgroups until Ctrl-C"), 'cgroups-snapshot')
    .option('--simulated', 'five thousand simulated cgroups instead', false)
    .option('--test-services', 'increment and string-reverse too', false)
    .action((flags: NetipcServeFlags) => actions.netipcServe(flags));
  endpoint(command(group, 'call', 'call a test service: increment or string-reverse'), '')
    .argument('<method>', 'increment or string-reverse')
    .argument('<value...>', 'a number, or a text; several go as one batch')
    .action((method: string, values: string[], flags: EndpointWords) =>
      actions.netipcCall(method, values, flags),
    );
}

function collectText(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text];
}

function collectPid(text: string, before: readonly number[] | undefined): readonly number[] {
  return [...(before ?? []), numberIn(0, 0xffff_ffff)(text)];
}

function numberIn(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (Number.isNaN(value) || value < min || value > max) {
      throw new InvalidArgumentError(`It is a number from ${min} to ${max}.`);
    }
    return value;
  };
}

function wholeIn(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = numberIn(min, max)(text);
    if (!Number.isInteger(value)) throw new InvalidArgumentError('It is a whole number.');
    return value;
  };
}

function portOrZero(text: string): number {
  return wholeIn(0, 65_535)(text);
}

function collectPort(text: string, before: readonly number[] | undefined): readonly number[] {
  const ports = [...(before ?? []), portOrZero(text)];
  if (ports.length > 8) throw new InvalidArgumentError('At most 8 ports.');
  return ports;
}

function time(text: string): number {
  const ms = readTime(text, Date.now());
  if (ms === null) throw new InvalidArgumentError('Write it as 15m, 2h, 3d, or 2026-11-20T16:00:00Z.');
  return ms;
}
