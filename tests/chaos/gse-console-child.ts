// A whole console without its lab, for tests that kill it: node gse-console-child.ts DATA_FOLDER BASE_URL TARGETS.
import { openConsole } from '../../electron/core/console.ts';
import { labProfile } from '../../electron/core/gse/gse-lab-peer.ts';
import { simulatedAgentId } from '../../electron/lab/gse/agent-ids.ts';
import { consoleOptions } from '../kit/console-options.ts';

const [dataFolder = '', baseUrl = '', targets = ''] = process.argv.slice(2);
const core = await openConsole(consoleOptions(dataFolder, { mimoPorts: [] }));
const profile = { ...labProfile(baseUrl), id: 'chaos', confirmAboveTargets: 50_000 };
const listening = { ...profile, appCode: '', callback: { ...profile.callback, enabled: false } };
await core.calls['dispatch.profile.write']({ profile: listening });
await core.calls['dispatch.secret.set']({ profileId: 'chaos', name: 'slot:1001', value: 't' });
const ids = Array.from({ length: Number(targets) }, (_, index) => simulatedAgentId(index));
const parsed = { text: ids.join('\n'), into: null, excludeSet: null, excludeText: '' };
const { setId } = await core.calls['dispatch.targets.parse'](parsed);
process.send?.('ready');
const { jobId } = await core.calls['dispatch.start']({
  draft: {
    profileId: 'chaos',
    slotId: '1001',
    setId,
    messageId: '{{uuid}}',
    content: { mode: 'text', text: 'hello', notUtf8: 'refuse' },
    variables: [],
    multi: false,
    batchSize: 50,
    rolling: '50 200 +200',
    concurrency: 4,
    delayMs: 0,
    onFailure: 'continue',
    replyTimeoutMs: 0,
    replyMatch: { kind: 'any', text: '' },
  },
  confirm: { targets: null, profileLabel: '' },
  undoMs: 20,
});
process.send?.(jobId);
