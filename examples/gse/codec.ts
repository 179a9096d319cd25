// The codec alone, for programs that have an HTTP client or server of their own.
import { createServerApi } from '../../electron/protocols/gse/services.ts';

const api = createServerApi({
  baseUrl: '',
  slot: { slotId: 10n, token: 'slot-token-A' },
  auth: { appCode: '', appSecret: '' },
});
console.log(api.encodeDispatchRequest('msg-1', Buffer.from('ping'), ['0:127.0.0.1']).toString());
const uplink = api.decodeRespondMessage(
  Buffer.from('{"message_id":"msg-1","bk_agent_id":"0:127.0.0.1","content":"pong"}'),
);
console.log(`${uplink.agentId} answers ${uplink.messageId}: ${uplink.content}`);
