// Launch, terminate, and what each state refuses: docs/protocols/gse.md sections 7 and 8.
import { ContextDoneError } from '../../../electron/protocols/gse/errors.ts';
import { encodeKeepaliveAnswer } from '../../../electron/protocols/gse/socket-messages.ts';
import { createAgentMessage, createAgentReport } from '../../../electron/protocols/gse/services.ts';
import { expectSame, expectThat } from '../case-run.ts';
import { until } from '../../kit/raw-agent.ts';
import type { LifecycleRow } from './lifecycle.ts';
import { framesOf, pause, SETTLES_MS, textOfError, timed, WAIT_MS, withPeer } from './lifecycle-peer.ts';

const DEADLINE_MS = 300;

export function launchTimeout(row: LifecycleRow): Promise<void> {
  return withPeer({ listening: false }, async ({ client }) => {
    let error: string | null = null;
    const tookMs = await timed(async () => {
      error = await textOfError(() => client.launch({ timeoutMs: DEADLINE_MS }));
    });
    expectSame('launch error', row['launch_error'], error);
    // Product, item 1: the current sleep is not waited for.
    expectThat(tookMs < DEADLINE_MS + SETTLES_MS, `an end soon after ${DEADLINE_MS} ms`, `${tookMs} ms`);
    expectSame(
      'send afterwards',
      row['send_afterwards'],
      await textOfError(() => client.sendMessage('x', Buffer.alloc(1))),
    );
    expectSame(
      'terminate afterwards',
      row['terminate_afterwards'],
      await textOfError(() => client.terminate()),
    );
  });
}

export function relaunch(row: LifecycleRow): Promise<void> {
  return withPeer({ listening: false }, async ({ agent, client }) => {
    await textOfError(() => client.launch({ timeoutMs: 50 }));
    await agent.listen();
    expectSame(
      'launch error',
      row['launch_error'],
      await textOfError(() => client.launch({ timeoutMs: WAIT_MS })),
    );
    const connection = await agent.connection(1);
    await until(() => framesOf(connection).length > 0, WAIT_MS, 'the first frame');
    expectSame('first frame', row['first_frame_type'], `0x${framesOf(connection)[0]?.type.toString(16)}`);
  });
}

export function stateErrors(row: LifecycleRow): Promise<void> {
  return withPeer({}, async ({ client }) => {
    const errors = {
      send_before_launch: await textOfError(() => client.sendMessage('x', Buffer.alloc(1))),
      terminate_before_launch: await textOfError(() => client.terminate()),
      info_before_launch: await textOfError(() => client.agentInfo()),
      launch_twice: (await textOfError(() => client.launch())) ?? (await textOfError(() => client.launch())),
    };
    for (const [name, text] of Object.entries(errors)) expectSame(name, row[name], text);
  });
}

export function terminates(row: LifecycleRow): Promise<void> {
  return withPeer({}, async ({ agent, client }) => {
    await client.launch({ timeoutMs: WAIT_MS });
    const connection = await agent.connection(1);
    let error: string | null = null;
    const tookMs = await timed(async () => {
      error = await textOfError(() => client.terminate());
    });
    expectSame('error', row['error'], error);
    // Product, item 1.
    expectThat(tookMs < SETTLES_MS, 'terminate to settle at once', `${tookMs} ms`);
    if (row['socket_closed'] === true)
      await until(() => connection.closedAtMs !== null, WAIT_MS, 'the end of the connection');
    else await pause(SETTLES_MS);
    expectSame('socket closed', row['socket_closed'], connection.closedAtMs !== null);
    expectSame(
      'send afterwards',
      row['send_afterwards'],
      await textOfError(() => client.sendMessage('x', Buffer.alloc(1))),
    );
    expectSame('terminate again', row['terminate_again'], await textOfError(() => client.terminate()));
  });
}

export function launchAfterTerminate(row: LifecycleRow): Promise<void> {
  return withPeer({}, async ({ agent, client }) => {
    await client.launch({ timeoutMs: WAIT_MS });
    await client.terminate();
    expectSame('error', row['error'], await textOfError(() => client.launch({ timeoutMs: WAIT_MS })));
    const connection = await agent.connection(2);
    await until(() => framesOf(connection).length > 0, WAIT_MS, 'a keepalive');
    expectSame('keepalive', row['got_keepalive'], framesOf(connection)[0]?.type === 0x9006);
  });
}

export function staleInfo(row: LifecycleRow): Promise<void> {
  return withPeer({}, async ({ agent, client }) => {
    await client.launch({ timeoutMs: WAIT_MS });
    const connection = await agent.connection(1);
    const agentId = String(row['info_agent_id']);
    const info = { agentId, version: '', cloudId: 0n, runMode: 1n, statusCode: 2n, status: 'running' };
    await connection.write(encodeKeepaliveAnswer(info, 1n));
    await until(() => isKnown(client), WAIT_MS, 'the agent info');
    await agent.stopListening();
    await until(() => client.state !== 'connected', WAIT_MS, 'the loss');
    expectSame('info error', row['info_error'], await textOfError(() => client.agentInfo()));
    expectSame('agent id', agentId, client.agentInfo().agentId);
    // Product, item 5.
    expectSame('stale', true, client.agentInfo().isStale);
    expectSame(
      'send error',
      row['send_error'],
      await textOfError(() => client.sendMessage('x', Buffer.alloc(1))),
    );
  });
}

function isKnown(client: { agentInfo(): unknown }): boolean {
  try {
    client.agentInfo();
    return true;
  } catch {
    // Expected: not authorized yet.
    return false;
  }
}

export function terminatesWhileDown(row: LifecycleRow): Promise<void> {
  return withPeer({}, async ({ agent, client }) => {
    await client.launch({ timeoutMs: WAIT_MS });
    await agent.connection(1);
    await agent.stopListening();
    await until(() => client.state === 'reconnecting', WAIT_MS, 'the loss');
    let error: string | null = null;
    const tookMs = await timed(async () => {
      error = await textOfError(() => client.terminate());
    });
    expectSame('error', row['error'], error);
    expectThat(tookMs < SETTLES_MS, 'terminate to settle at once', `${tookMs} ms`);
  });
}

/** Two lines, kind and detail; null where the original accepts. */
export async function configErrors(row: LifecycleRow): Promise<void> {
  const onMessage = (): void => undefined;
  const nowhere = { path: '' };
  const message = { address: nowhere, pluginName: 'p', pluginVersion: 'v', onMessage };
  const errors = {
    message_no_socket: await textOfError(() => createAgentMessage(message)),
    report_no_socket: await textOfError(() => createAgentReport({ address: nowhere })),
    no_plugin: await textOfError(() => createAgentMessage({ ...message, pluginName: '' })),
    no_version: await textOfError(() => createAgentMessage({ ...message, pluginVersion: '' })),
  };
  for (const [name, text] of Object.entries(errors)) expectSame(name, row[name], text);
}

export function emptyPath(row: LifecycleRow): Promise<void> {
  return withPeer({ path: '' }, async ({ client, events }) => {
    expectSame(
      'launch error',
      row['launch_error'],
      await textOfError(() => client.launch({ timeoutMs: DEADLINE_MS })),
    );
    const failed = events.filter((event) => event.kind === 'dial_failed');
    expectThat(failed.length > 0, 'dials that fail', 'none');
  });
}

/** Product: settles within 100 ms, connected or cancelled; never hangs. */
export function cancelRace(row: LifecycleRow): Promise<void> {
  return withPeer({}, async ({ client }) => {
    const attempts = Number(row['attempts']);
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const cancel = new AbortController();
      const launching = client.launch({ signal: cancel.signal }).then(
        () => 'connected',
        (error: unknown) => (error instanceof ContextDoneError ? 'cancelled' : String(error)),
      );
      // From at once to some turns of the event loop later.
      for (let turn = 0; turn < attempt % 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      cancel.abort();
      const outcome = await Promise.race([launching, pause(SETTLES_MS * 10).then(() => 'hung')]);
      expectThat(outcome === 'connected' || outcome === 'cancelled', 'connected or cancelled', outcome);
      if (outcome === 'connected') await client.terminate();
    }
  });
}
