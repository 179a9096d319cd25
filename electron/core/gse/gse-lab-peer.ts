/** The lab of GSE beside the console: a server, three agents with plugins (the last one silent) and 50 000 without sockets. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../../shared/clock.ts';
import type { GseProfile } from '../../../shared/contract/dispatch-profiles.ts';
import type { PluginPlace } from '../../../shared/contract/plugin.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { Secret } from '../../../shared/secret.ts';
import { GseLab } from '../../lab/gse/gse-lab.ts';
import type { FakeAgent } from '../../lab/gse/fake-agent.ts';
import { LAB_PROFILE_ID, type BorrowedProfile } from './profiles.ts';

const SLOT_ID = 1001n;
const PLUGIN = 'lab_echo';
const APP_CODE = 'signalbox-lab';
const SIMULATED_AGENTS = 50_000;
const CONFIRM_ABOVE = 100;

/** The lab's profile before its server has a port. */
export function labProfile(baseUrl: string): GseProfile {
  return {
    id: LAB_PROFILE_ID,
    label: 'Lab (simulated)',
    kind: 'lab',
    baseUrl,
    tenantId: '',
    appCode: APP_CODE,
    timeoutMs: LIMITS.gseRequestTimeoutMs,
    caPem: '',
    sdkExact: false,
    slots: [{ slotId: String(SLOT_ID), label: 'Echo', pluginName: PLUGIN }],
    callback: {
      enabled: true,
      host: '127.0.0.1',
      port: 0,
      path: '/gse/callback/lab',
      hostNames: [],
      allowedPeers: [],
      alwaysOk: false,
    },
    readOnly: false,
    confirmAboveTargets: CONFIRM_ABOVE,
    requestsPerMinuteMax: 0,
  };
}

export interface RunningGseLab {
  readonly borrowed: BorrowedProfile;
  /** Of the agents with sockets; the last one is silent. */
  readonly agentIds: readonly string[];
  /** Their sockets; the silent one's first, because there somebody is missed. */
  readonly places: readonly PluginPlace[];
  /** Idempotent. */
  close(): Promise<void>;
}

/** `folder` for its unix sockets. Fails with OperatingError; then nothing is left behind. */
export async function startGseLab(
  folder: string,
  clock: Clock,
  callbackUrl: string | null,
): Promise<RunningGseLab> {
  const token = randomBytes(16).toString('hex');
  const appSecret = randomBytes(16).toString('hex');
  const lab = await GseLab.start({
    folder,
    port: 0,
    clock,
    slot: { slotId: SLOT_ID, token, pluginName: PLUGIN, callbackUrl },
    simulatedCount: SIMULATED_AGENTS,
    authorization: `{"bk_app_code": "${APP_CODE}", "bk_app_secret": "${appSecret}"}`,
  });
  const secrets = new Map([
    ['app_secret', new Secret(appSecret)],
    [`slot:${SLOT_ID}`, new Secret(token)],
  ]);
  return {
    borrowed: { profile: labProfile(lab.server.baseUrl), secrets },
    agentIds: lab.agentIds,
    places: lab.agents
      .map((agent, index) => placeOf(agent, lab.plugins[index]?.manner === 'echo'))
      .toReversed(),
    close: () => lab.close(),
  };
}

function placeOf({ messageAddress, reportAddress, agentId }: FakeAgent, answers: boolean): PluginPlace {
  const textOf = (address: typeof messageAddress): string => {
    if (address === null) return '';
    return 'path' in address ? address.path : String(address.port);
  };
  return {
    kind: 'lab',
    messageAt: textOf(messageAddress),
    reportAt: textOf(reportAddress),
    pluginName: PLUGIN,
    agentId,
    present: true,
    answers,
  };
}
