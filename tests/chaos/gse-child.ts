// A peer to be killed: node gse-child.ts agent PATH STEP, or gse-child.ts server STEP. Tells its parent over
// the fork channel how far it is.
import { createServer, type Socket } from 'node:net';
import { rmSync } from 'node:fs';
import { FakeAgent } from '../../electron/lab/gse/fake-agent.ts';
import { encodeDispatchResponse } from '../../electron/protocols/gse/dispatch-messages.ts';
import { encodeKeepaliveAnswer } from '../../electron/protocols/gse/socket-messages.ts';

const INFO = { agentId: 'killed', version: 'v', cloudId: 0n, runMode: 1n, statusCode: 2n, status: 'running' };
const PLUGIN = 'chaos_plugin';

function tell(event: string): void {
  process.send?.(event);
}

/** Raw steps of an agent: what a crash may interrupt. */
function rawAgent(path: string, step: string): void {
  rmSync(path, { force: true });
  const server = createServer((socket: Socket) => {
    socket.on('error', () => undefined);
    if (step === 'deaf') socket.pause();
    else if (step === 'half') {
      const whole = encodeKeepaliveAnswer(INFO, 1n);
      socket.write(whole.subarray(0, whole.length >> 1), () => tell('reached'));
      return;
    }
    tell('reached');
  });
  server.listen(path, () => tell('listening'));
}

async function goodAgent(path: string): Promise<void> {
  const agent = new FakeAgent({
    info: INFO,
    ip: '127.0.0.1',
    messageAddress: { path },
    reportAddress: null,
    onUplink: ({ messageId }) => tell(`uplink ${messageId}`),
    onEvent: (event) => {
      if (event.kind === 'bound') tell('reached');
    },
  });
  await agent.open();
  process.on('message', (messageId) => {
    agent.deliver('killed', { pluginName: PLUGIN, messageId: String(messageId), content: 'x' });
  });
  tell('listening');
}

/** An HTTP server in the raw, so that it can stop anywhere. Tells each request it has read whole. */
function rawServer(step: string): void {
  const body = encodeDispatchResponse(0, 'OK', []);
  const head = `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`;
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    if (step === 'accepted') {
      socket.pause();
      tell('reached');
      return;
    }
    let seen = '';
    socket.on('data', (chunk: Buffer) => {
      seen += chunk.toString('latin1');
      if (!seen.endsWith('}')) return;
      const id = /"message_id":"([^"]*)"/.exec(seen)?.[1] ?? '';
      seen = '';
      tell(`request ${id}`);
      if (step === 'read') tell('reached');
      else if (step === 'half') socket.write(head + body.toString('latin1', 0, 10), () => tell('reached'));
      else socket.write(head + body.toString('latin1'), () => tell('reached'));
    });
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    tell(`port ${typeof address === 'object' && address !== null ? address.port : 0}`);
  });
}

const [role, first = '', step = ''] = process.argv.slice(2);
if (role === 'server') rawServer(first);
else if (step === 'good') await goodAgent(first);
else rawAgent(first, step);
