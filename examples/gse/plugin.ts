// A plugin: says who its agent is, answers the first message it gets, and ends.
// node examples/gse/plugin.ts SOCKET_PATH PLUGIN_NAME
import { createAgentMessage } from '../../electron/protocols/gse/services.ts';

const [path = '', pluginName = ''] = process.argv.slice(2);
const plugin = createAgentMessage({
  address: { path },
  pluginName,
  pluginVersion: 'v1.0.0',
  onMessage: async ({ messageId, content }) => {
    console.log(`agent ${plugin.getAgentInfo().agentId} sends ${messageId}: ${content.toString()}`);
    await plugin.sendMessage(messageId, Buffer.from(`got ${content.length} bytes`));
    await plugin.terminate();
  },
});
await plugin.launch({ timeoutMs: 10_000 });
