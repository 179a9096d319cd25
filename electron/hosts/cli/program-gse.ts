/** The commands that speak GSE, their options and help. Nothing is done here. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { CONTENT_MODES, NOT_UTF8_WAYS } from '../../../shared/contract/dispatch-templates.ts';
import { ON_FAILURE } from '../../../shared/contract/dispatch.ts';
import { TIME_UNITS } from '../../../shared/contract/plugin.ts';
import { LIMITS } from '../../../shared/limits.ts';
import type { CommonFlags } from './common-flags.ts';

export interface SendFlags extends CommonFlags {
  readonly profile?: string;
  readonly url?: string;
  readonly appCode: string;
  readonly tenant: string;
  readonly slot?: string;
  readonly targets?: string;
  readonly targetsFile?: string;
  readonly template?: string;
  readonly messageId?: string;
  readonly content?: string;
  readonly contentFile?: string;
  readonly mode?: (typeof CONTENT_MODES)[number];
  readonly notUtf8?: (typeof NOT_UTF8_WAYS)[number];
  readonly variable?: readonly string[];
  readonly multi: boolean;
  readonly batch: number;
  readonly concurrency: number;
  readonly rolling: string;
  readonly delay: number;
  readonly onFailure: (typeof ON_FAILURE)[number];
  readonly replyTimeout: number;
  readonly replyMatch?: string;
  readonly confirmTargets?: number;
  readonly confirmProfile: string;
  readonly dryRun: boolean;
}
export interface TargetsFlags extends CommonFlags {
  readonly file?: string;
  readonly excludeFile?: string;
  readonly canary?: number;
  readonly running?: string;
}
export interface GseCallbackFlags extends CommonFlags {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly alwaysOk: boolean;
  readonly allow?: readonly string[];
  readonly hostName?: readonly string[];
}
export interface GsePluginFlags extends CommonFlags {
  readonly socket: string;
  readonly name: string;
  readonly pluginVersion: string;
  readonly echo: boolean;
  readonly reply?: string;
  readonly send?: string;
  readonly content?: string;
  readonly contentFile?: string;
  readonly mode: (typeof CONTENT_MODES)[number];
  readonly keepalive: number;
  readonly sdkExact: boolean;
  readonly timeout: number;
}
export interface GseReportFlags extends CommonFlags {
  readonly socket: string;
  readonly dataId: number;
  readonly content?: string;
  readonly contentFile?: string;
  readonly mode: (typeof CONTENT_MODES)[number];
  readonly rate: number;
  readonly count: number;
  readonly timeUnit: (typeof TIME_UNITS)[number];
  readonly keepalive: number;
  readonly sdkExact: boolean;
  readonly timeout: number;
}
export interface GseLabFlags extends CommonFlags {
  readonly socket: string;
  readonly reportSocket?: string;
  readonly agentId: string;
  readonly port: number;
  readonly slot: string;
  readonly name: string;
  readonly callback?: string;
  readonly appCode: string;
  readonly simulated: number;
  readonly fault?: readonly string[];
}
export interface GseActions {
  send(flags: SendFlags): Promise<void>;
  targets(words: readonly string[], flags: TargetsFlags): Promise<void>;
  gseCallback(flags: GseCallbackFlags): Promise<void>;
  gsePlugin(flags: GsePluginFlags): Promise<void>;
  gseReport(flags: GseReportFlags): Promise<void>;
  gseLab(flags: GseLabFlags): Promise<void>;
}

type MakeCommand = (program: Command, name: string, description: string) => Command;

const SEND_HELP = `
With --profile the running console sends: its profiles, secrets, safety rules and job list apply.
With --url this process sends; secrets come from the environment: SLOT_TOKEN, and APP_SECRET or ACCESS_TOKEN.`;

/** What `gse lab --fault` takes; read by gse-lab-faults.ts. */
export const LAB_FAULT_WORDS = [
  'refuse',
  'accept-and-close',
  'no-answers',
  'delay=MS',
  'malformed=HEX',
  'cut=BYTES',
  'byte-by-byte',
  'glue',
  'stop-reading',
  'http=STATUS[,CODE[,after]]',
  'latency=MS',
  'failing=PATTERN',
  'copies=N',
  'repeats=N',
  'out-of-order',
] as const;

const LAB_HELP = `
The token of the slot comes from the environment, SLOT_TOKEN, or is made up and shown; so does APP_SECRET, which goes
with --app-code. An agent of the original listens on /var/run/gse2/agent/ipc.state.message and ipc.state.report.

Faults: ${LAB_FAULT_WORDS.join(', ')}.`;

export function addGse(program: Command, actions: GseActions, command: MakeCommand): void {
  addSend(program, actions, command);
  command(program, 'targets', 'agent ids in any text: each once, what is none on stderr')
    .argument('[text...]', 'text with agent ids; without it and without --file standard input is read')
    .option('--file <file>', 'read them from a file, - = standard input')
    .option('--exclude-file <file>', 'leave out the ids of this file')
    .option('--canary <n>', 'only so many of them, at random', whole(1, 1_000_000))
    .option(
      '--running <profile>',
      'only those whose agent runs, as the GSE server of this profile of the running console says',
    )
    .action((words: string[], flags: TargetsFlags) => actions.targets(words, flags));
  const gse = program.command('gse').description('take part in GSE from a terminal').exitOverride();
  command(gse, 'callback', 'take uplinks and print them until Ctrl-C')
    .option('--host <address>', 'where to listen; 0.0.0.0 = on every address', '127.0.0.1')
    .option('--port <port>', '0 = any free one', whole(0, 65_535), 0)
    .option(
      '--path <path>',
      'path of the registered URL (default: /gse/callback; beyond this machine a secret one)',
      '',
    )
    .option('--allow <address>', 'who may post here, repeatable (default: everybody)', collect)
    .option('--host-name <name>', 'a name senders or a proxy call this machine by; repeatable', collect)
    .option('--always-ok', 'answer 200 to what cannot be read too', false)
    .action((flags: GseCallbackFlags) => actions.gseCallback(flags));
  command(gse, 'plugin', 'be a plugin on the socket of an agent: print what comes until Ctrl-C')
    .requiredOption('--socket <path>', "the agent's message socket, or its port of 127.0.0.1")
    .requiredOption('--name <plugin>', 'registered name of the plugin')
    .option('--plugin-version <text>', 'version to tell the agent', 'signalbox')
    .option('--echo', 'send every message back under its id', false)
    .option('--reply <text>', 'answer every message with this under its id')
    .option('--send <message id>', 'send one uplink and end')
    .option('--content <text>', 'with --send: the uplink')
    .option('--content-file <file>', 'with --send: the uplink, - = standard input')
    .addOption(new Option('--mode <mode>', 'what the content is').choices(CONTENT_MODES).default('text'))
    .option('--keepalive <seconds>', 'between two keepalives', seconds, 3)
    .option('--sdk-exact', 'life cycle exactly as the original SDK', false)
    .option('--timeout <seconds>', 'how long the first connection may take', seconds, 10)
    .action((flags: GsePluginFlags) => actions.gsePlugin(flags));
  addReport(gse, actions, command);
  addLab(gse, actions, command);
}

function addLab(gse: Command, actions: GseActions, command: MakeCommand): void {
  command(gse, 'lab', 'a simulated agent and GSE server for programs made with the SDK, until Ctrl-C')
    .requiredOption(
      '--socket <path>',
      'where plugins connect, a port of 127.0.0.1 or a path whose folder is yours alone',
    )
    .option('--report-socket <path>', 'where programs hand over data, likewise')
    .option('--agent-id <id>', 'of the agent', '0:127.0.0.1')
    .option('--port <port>', 'of the dispatch API, 0 = any free one', whole(0, 65_535), 0)
    .option('--slot <id>', 'number of the slot', '10')
    .requiredOption('--name <plugin>', 'plugin of the slot')
    .option('--callback <url>', 'where its uplinks are posted')
    .option('--app-code <code>', 'refuse requests of anyone else', '')
    .option('--simulated <n>', 'further agents, without sockets', whole(0, 1_000_000), 0)
    .option('--fault <fault>', 'what is to go wrong; repeatable', collect)
    .addHelpText('after', LAB_HELP)
    .action((flags: GseLabFlags) => actions.gseLab(flags));
}

function addReport(gse: Command, actions: GseActions, command: MakeCommand): void {
  command(gse, 'report', 'hand data reports to an agent; nobody acknowledges them')
    .requiredOption('--socket <path>', "the agent's report socket, or its port of 127.0.0.1")
    .requiredOption('--data-id <n>', 'channel id', whole(0, 4_294_967_295))
    .option('--content <text>', 'the report', '')
    .option('--content-file <file>', 'the report, - = standard input')
    .addOption(new Option('--mode <mode>', 'what the content is').choices(CONTENT_MODES).default('text'))
    .option('--rate <n>', 'reports a second', whole(1, LIMITS.gsePluginReportsPerSecondMax), 1)
    .option('--count <n>', 'how many; 0 = until Ctrl-C', whole(0, 999_999_999), 1)
    .addOption(
      new Option('--time-unit <unit>', 'what the time field holds')
        .choices(TIME_UNITS)
        .default('milliseconds'),
    )
    .option('--keepalive <seconds>', 'between two sync requests', seconds, 3)
    .option('--sdk-exact', 'life cycle exactly as the original SDK', false)
    .option('--timeout <seconds>', 'how long the first connection may take', seconds, 10)
    .action((flags: GseReportFlags) => actions.gseReport(flags));
}

function addSend(program: Command, actions: GseActions, command: MakeCommand): void {
  command(program, 'send', 'dispatch a message to agents; ends by what became of every one')
    .option('--profile <id>', 'a profile of the running console')
    .option('--url <base url>', 'a gateway, without a console')
    .option('--app-code <code>', 'with --url', '')
    .option('--tenant <id>', 'with --url', '')
    .option('--slot <id>', 'slot to send as (default: the first of the profile, or the one of the template)')
    .option('--targets <ids>', 'agent ids between commas or spaces')
    .option('--targets-file <file>', 'agent ids in any text, - = standard input')
    .option('--template <file>', 'a template file: message id, content and variables')
    .option(
      '--message-id <text>',
      'may hold {{uuid}}, {{now}}, {{agent_id}} and variables (default: {{uuid}})',
    )
    .option('--content <text>', 'the message')
    .option('--content-file <file>', 'the message, - = standard input')
    .addOption(new Option('--mode <mode>', 'what the content is').choices(CONTENT_MODES))
    .addOption(new Option('--not-utf8 <way>', 'for bytes that are not UTF-8').choices(NOT_UTF8_WAYS))
    .option('--variable <name:type=value>', 'type is text, number or boolean; repeatable', collect)
    .option('--multi', 'experimental: contents that differ by {{agent_id}} go out many in a request', false)
    .option('--batch <n>', 'targets a request', whole(1, 10_000), 1_000)
    .option('--concurrency <n>', 'requests at the same time', whole(1, 16), 4)
    .option('--rolling <expression>', 'sizes of steps: 10, 10%, +10, *2, several in a row', '')
    .option('--delay <seconds>', 'between two steps', seconds, 0)
    .addOption(new Option('--on-failure <what>', 'after a failure').choices(ON_FAILURE).default('continue'))
    .option(
      '--reply-timeout <seconds>',
      'an accepted target without a reply by then is silent; 0 = none awaited',
      seconds,
      0,
    )
    .option(
      '--reply-match <rule>',
      'with --profile: what counts as a reply: contains:TEXT, or member:NAME=VALUE of a JSON content',
    )
    .option(
      '--confirm-targets <n>',
      'the number of targets, where the profile asks for it',
      whole(0, 1_000_000),
    )
    .option('--confirm-profile <label>', 'the label of a production profile', '')
    .option('--dry-run', 'show the first request and send nothing', false)
    .addHelpText('after', SEND_HELP)
    .action((flags: SendFlags) => actions.send(flags));
}

function collect(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text];
}

function whole(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (Number.isNaN(value) || value < min || value > max)
      throw new InvalidArgumentError(`It is a whole number from ${min} to ${max}.`);
    return value;
  };
}

function seconds(text: string): number {
  const value = /^\d{1,6}(?:\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value)) throw new InvalidArgumentError('It is a number of seconds.');
  return value;
}
