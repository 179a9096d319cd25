// Hands three reports to the agent and ends.
// node examples/gse/report.ts SOCKET_PATH DATA_ID
import { createAgentReport } from '../../electron/protocols/gse/services.ts';

const [path = '', dataId = '0'] = process.argv.slice(2);
const report = createAgentReport({ address: { path } });
await report.launch({ timeoutMs: 10_000 });
for (let number = 0; number < 3; number += 1) {
  await report.reportData(Number(dataId), Buffer.from(`report sample ${number}`));
}
await report.terminate();
