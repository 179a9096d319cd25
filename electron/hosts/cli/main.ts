/** `signalbox`: the same verbs as the window, for terminals and scripts. Exit codes: docs/CLI.md. */
import { join } from 'node:path';
import { CommanderError } from 'commander';
import type { Command } from 'commander';
import { OperatingError, failureOf } from '../../../shared/failure.ts';
import { ROOT, productVersion } from '../serve/product.ts';
import type { RunningHost } from '../serve/run-serve.ts';
import { dataFolderOf } from './data-folder.ts';
import { EXIT } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';
import { readFilter } from './filter-argument.ts';
import { makeOutput } from './output.ts';
import type { Output } from './output.ts';
import type { GseReportFlags } from './program-gse.ts';
import { makeProgram } from './program.ts';
import { slotNumber } from './slot-number.ts';
import type { EndpointFlags } from './netipc-endpoint.ts';
import type { CommonFlags } from './common-flags.ts';
import type { Actions, EndpointWords, ServeFlags } from './program.ts';

const SECOND_SIGNAL_EXIT = 130;
let exitCode: ExitCode = EXIT.ok;

/** Runs one command to its end; every failure becomes a line on stderr and an exit code. */
async function run(
  flags: CommonFlags,
  work: (output: Output, signal: AbortSignal) => Promise<ExitCode>,
): Promise<void> {
  const output = makeOutput(flags.json === true);
  const abort = new AbortController();
  const onSignal = (): void => {
    if (abort.signal.aborted) process.exit(SECOND_SIGNAL_EXIT);
    abort.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    exitCode = await work(output, abort.signal);
  } catch (error) {
    // Operating errors have a code; anything else is a bug and shows where it happened.
    const failure = failureOf(error);
    exitCode = output.failure(failure);
    if (failure.code === 'E_INTERNAL' && error instanceof Error)
      process.stderr.write(`${error.stack ?? error.message}\n`);
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}

async function runFiltered(
  words: readonly string[],
  flags: CommonFlags,
  work: (filter: string, output: Output, signal: AbortSignal) => Promise<ExitCode>,
): Promise<void> {
  const filter = readFilter(words);
  if (filter.ok) return run(flags, (output, signal) => work(filter.text, output, signal));
  if (flags.json === true) {
    exitCode = makeOutput(true).failure(filter.failure);
    return;
  }
  // Each line was made harmless where it was built; the line breaks between them are ours.
  process.stderr.write(`${filter.report}\n`);
  exitCode = EXIT.usage;
}

/** Each command loads what it needs when it is called: `--help` should not wait for a database. */
const actions: Actions = {
  serve,
  lab: async ({ endpoint, rate, bursts, seconds, ...flags }) => {
    const { lab } = await import('./command-lab.ts');
    const durationMs = seconds === undefined ? null : seconds * 1_000;
    await run(flags, (output, signal) =>
      lab({ endpoint, ratePerSecond: rate, bursts, durationMs, output, signal }),
    );
  },
  tail: async (words, { lines, follow, ...flags }) => {
    const { tail } = await import('./command-tail.ts');
    const dataFolder = dataFolderOf(flags.data);
    await runFiltered(words, flags, (filter, output, signal) =>
      tail({ dataFolder, filter, lines, follow, output, signal }),
    );
  },
  notify: async (event, payload, { endpoint, ...flags }) => {
    const { notify } = await import('./command-notify.ts');
    await run(flags, (output) =>
      notify({ event, payload: payload ?? null, endpoint: endpoint ?? null, output }),
    );
  },
  export: async (words, { format, bodies, from, to, out, ...flags }) => {
    const { exportEvents } = await import('./command-export.ts');
    const dataFolder = dataFolderOf(flags.data);
    const range = { fromMs: from ?? null, toMs: to ?? null };
    await runFiltered(words, flags, async (filter, output, signal) => {
      if (from !== undefined && to !== undefined && from >= to)
        throw new OperatingError('E_INPUT', '--from is not before --to: nothing can lie between them', {
          fix: 'Exchange them. 30m is further back than 15m.',
        });
      return exportEvents({ dataFolder, filter, range, format, bodies, file: out ?? null, output, signal });
    });
  },
  doctor: async ({ limits, ...flags }) => {
    const { doctor } = await import('./command-doctor.ts');
    await run(flags, (output) => doctor({ dataFolder: dataFolderOf(flags.data), limits, output }));
  },
  snapshotGet: async (words, flags) => {
    const { get } = await import('./command-snapshot.ts');
    await runFiltered(words, flags, (filter, output, signal) =>
      get({ ...endpointOf(flags), filter, output, signal }),
    );
  },
  snapshotDiff: async ({ seconds, ...flags }) => {
    const { diff } = await import('./command-snapshot.ts');
    await run(flags, (output, signal) => diff({ ...endpointOf(flags), seconds, output, signal }));
  },
  snapshotLookup: async (names, { hash, path, pid, ...flags }) => {
    const { lookup } = await import('./command-snapshot.ts');
    const wanted = { names, hash: hash ?? null, paths: path ?? [], pids: pid ?? [] };
    await run(flags, (output, signal) => lookup({ ...endpointOf(flags), ...wanted, output, signal }));
  },
  snapshotWatch: async ({ interval, ...flags }) => {
    const { watch } = await import('./command-snapshot.ts');
    const intervalMs = interval * 1_000;
    await run(flags, (output, signal) => watch({ ...endpointOf(flags), intervalMs, output, signal }));
  },
  netipcServe: async ({ simulated, testServices, ...flags }) => {
    const { serve: serveNetipc } = await import('./command-netipc.ts');
    const what = { isSimulated: simulated, hasTestServices: testServices };
    await run(flags, (output, signal) => serveNetipc({ ...endpointOf(flags), ...what, output, signal }));
  },
  send: async (flags) => {
    const { send } = await import('./command-send.ts');
    const dataFolder = dataFolderOf(flags.data);
    await run(flags, (output, signal) => send({ flags, dataFolder, output, signal }));
  },
  targets: async (words, { file, excludeFile, canary, running, ...flags }) => {
    const { targets } = await import('./command-targets.ts');
    const from = { file: file ?? null, excludeFile: excludeFile ?? null };
    const which = { canary: canary ?? null, running: running ?? null };
    const dataFolder = dataFolderOf(flags.data);
    await run(flags, (output) => targets({ words, ...from, ...which, dataFolder, output }));
  },
  gseCallback: async ({ host, port, path, alwaysOk, allow: allowedPeers = [], ...flags }) => {
    const { gseCallback } = await import('./command-gse-watch.ts');
    const place = { host, port, path, alwaysOk, allowedPeers, hostNames: flags.hostName ?? [] };
    await run(flags, (output, signal) => gseCallback({ ...place, output, signal }));
  },
  gsePlugin: async ({ socket, name: pluginName, pluginVersion, echo, reply, send, ...flags }) => {
    const { gsePlugin } = await import('./command-gse-plugin.ts');
    const fixed = reply === undefined ? 'off' : 'text';
    const answer = { mode: echo ? 'echo' : fixed, text: reply ?? '' } as const;
    await run(flags, async (output, signal) => {
      const uplink = send === undefined ? null : { messageId: send, content: await contentOf(flags) };
      const plugin = { place: socket, pluginName, pluginVersion, answer, uplink, ...mannerOf(flags) };
      return gsePlugin({ ...plugin, output, signal });
    });
  },
  gseReport: async ({ socket, dataId, rate, count, timeUnit, ...flags }) => {
    const { gseReport } = await import('./command-gse-plugin.ts');
    await run(flags, async (output, signal) => {
      const report = { place: socket, dataId, perSecond: rate, total: count, timeUnit, ...mannerOf(flags) };
      return gseReport({ ...report, content: await contentOf(flags), output, signal });
    });
  },
  gseLab: async ({ socket, reportSocket, agentId, port, slot, name: pluginName, callback, ...flags }) => {
    const { gseLab } = await import('./command-gse-lab.ts');
    const { SLOT_TOKEN: token = '', APP_SECRET: appSecret = '' } = process.env;
    const { labFaults } = await import('./gse-lab-faults.ts');
    const { appCode, simulated: simulatedCount } = flags;
    const agent = { messagePlace: socket, reportPlace: reportSocket ?? null, agentId, simulatedCount };
    const server = { port, token, pluginName, callbackUrl: callback ?? null, appCode, appSecret };
    await run(flags, (output, signal) => {
      const faults = labFaults(flags.fault ?? []);
      return gseLab({ ...agent, ...server, slotId: slotNumber(slot), faults, output, signal });
    });
  },
  netipcCall: async (method, values, flags) => {
    const { call } = await import('./command-netipc.ts');
    await run(flags, (output) => {
      if (method !== 'increment' && method !== 'string-reverse')
        throw new OperatingError('E_INPUT', 'the method is increment or string-reverse');
      const service = flags.service === '' ? method : flags.service;
      return call({ ...endpointOf(flags), service, method, values, output });
    });
  },
};

function mannerOf({
  keepalive,
  sdkExact,
  timeout,
}: Pick<GseReportFlags, 'keepalive' | 'sdkExact' | 'timeout'>): {
  readonly keepaliveMs: number;
  readonly sdkExact: boolean;
  readonly launchTimeoutMs: number;
} {
  return { keepaliveMs: keepalive * 1_000, sdkExact, launchTimeoutMs: timeout * 1_000 };
}

/** Fails with E_INPUT. */
async function contentOf({
  content,
  contentFile,
  mode,
}: Pick<GseReportFlags, 'content' | 'contentFile' | 'mode'>): Promise<Uint8Array> {
  const { readInput } = await import('./send-input.ts');
  const { contentBytes } = await import('../../core/gse/plugin-preview.ts');
  const text = contentFile === undefined ? (content ?? '') : await readInput(contentFile);
  return contentBytes({ text, mode });
}

function endpointOf({ data, run: folder, service, tokenFile, transport }: EndpointWords): EndpointFlags & {
  readonly service: string;
} {
  const dataFolder = dataFolderOf(data);
  return { dataFolder, runFolder: folder ?? null, service, tokenFile: tokenFile ?? null, transport };
}

/** Runs until a signal; the process ends inside. */
async function serve({ port, mimoPort, profile, lab: withLab, window, ...flags }: ServeFlags): Promise<void> {
  const output = makeOutput(flags.json === true);
  const say = (text: string): void => (output.isJson ? output.note(text) : output.line(text));
  const dataFolder = dataFolderOf(flags.data);
  const { runServe } = await import('../serve/run-serve.ts');
  const { stopOnSignals } = await import('../serve/stop-on-signals.ts');
  const { readControlFile } = await import('../../core/control-file.ts');
  let host: RunningHost | null = null;
  const stop = stopOnSignals(async () => host?.close(), say);
  try {
    host = await runServe({
      dataFolder,
      version: productVersion(),
      profile,
      lab: withLab,
      hostReason: 'started with signalbox serve',
      missing: [],
      port,
      ...(mimoPort === undefined ? {} : { mimoPorts: mimoPort }),
      pageFolder: join(ROOT, 'dist', 'renderer'),
      window: window ? 'auto' : 'never',
      print: say,
      onWindowClosed: () => {
        say('the window was closed: stopping');
        void stop();
      },
    });
    output.json({
      pid: process.pid,
      port: host.port,
      link: host.link(),
      dataFolder,
      control: (await readControlFile(dataFolder))?.socket ?? null,
    });
  } catch (error) {
    // What the core and the page may fail with: locked folder, no page built, address taken.
    process.exit(output.failure(failureOf(error)));
  }
}

/** Commander finds out too late: it may fail before it has read the option. */
function asksForJson(): boolean {
  const end = process.argv.indexOf('--');
  return process.argv.slice(2, end === -1 ? undefined : end).includes('--json');
}

/** Failures are one JSON line on stderr then; help stays text. */
function sayNothingInWords(program: Command): void {
  program.configureOutput({ writeErr: () => undefined });
  for (const command of program.commands) sayNothingInWords(command);
}

const FILTER_AFTER_DASHES = 'A filter that begins with - goes after --: signalbox tail -- -type:bdev_ready';

/** `-type:x` is a filter for people and an option for commander. */
function isFilterTerm({ code, message }: CommanderError): boolean {
  return code === 'commander.unknownOption' && /'-[^-'][^']*[:<>=!~]/.test(message);
}

async function main(): Promise<void> {
  // `signalbox tail | head` ends us in good order.
  process.stdout.on('error', (error: NodeJS.ErrnoException) =>
    process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.failed),
  );
  try {
    const program = makeProgram(actions);
    if (asksForJson()) sayNothingInWords(program);
    await program.parseAsync();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help and version end with 0; everything else commander refuses is a usage error, and it has said why unless JSON was asked for.
    exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const fix = isFilterTerm(error) ? FILTER_AFTER_DASHES : 'Try: signalbox --help';
    if (isFilterTerm(error) && !asksForJson()) process.stderr.write(`${FILTER_AFTER_DASHES}\n`);
    if (asksForJson() && exitCode === EXIT.usage) {
      const message = error.message.replace(/^error: /, '');
      makeOutput(true).failure({ code: 'E_INPUT', message, fix });
    }
  }
  process.exitCode = exitCode;
}

await main();
