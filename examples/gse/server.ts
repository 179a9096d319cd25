// A server: sends one message to some agents and prints what their plugins answer.
// node examples/gse/server.ts BASE_URL SLOT_ID TOKEN CALLBACK_PORT AGENT_ID…
import { openCallbackServer } from '../../electron/protocols/gse/callback-server.ts';
import { dispatchOutcome } from '../../electron/protocols/gse/dispatch-outcome.ts';
import { createServerApi } from '../../electron/protocols/gse/services.ts';
import { SYSTEM_CLOCK } from '../../electron/net/system-clock.ts';

const [baseUrl = '', slotId = '0', token = '', callbackPort = '0', ...agentIds] = process.argv.slice(2);
const REPLIES_WAIT_MS = 2_000;

const callbacks = await openCallbackServer({
  host: '127.0.0.1',
  port: Number(callbackPort),
  path: '/gse/callback',
  clock: SYSTEM_CLOCK,
  accept: ({ agentId, messageId, content }) => {
    console.log(`reply from ${agentId} to ${messageId}: ${content}`);
    return Promise.resolve();
  },
  refuse: ({ failure }) => {
    console.log(`refused a callback: ${failure.message}`);
    return Promise.resolve();
  },
});
const api = createServerApi({
  baseUrl,
  slot: { slotId: BigInt(slotId), token },
  auth: { appCode: '', appSecret: '' },
});
const answer = await api
  .dispatchMessage('example-1', Buffer.from('hello'), agentIds)
  .catch((error: Error) => error);
for (const [agentId, { state, text }] of dispatchOutcome(agentIds, answer).agents) {
  console.log(`${agentId}: ${state} ${text}`);
}
await new Promise((resolve) => setTimeout(resolve, REPLIES_WAIT_MS));
await api.close();
await callbacks.close();
