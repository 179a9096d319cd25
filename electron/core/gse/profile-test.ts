/** Tries a profile step by step with a question that changes nothing, and names the step that breaks, with what the peer said. */
import { performance } from 'node:perf_hooks';
import type { CHECK_STEPS, GseProfile, ProfileTest } from '../../../shared/contract/dispatch-profiles.ts';
import { OperatingError } from '../../../shared/failure.ts';
import { jsonValueOf } from '../../../shared/json-text.ts';
import { AGENT_STATE_PATH, NO_AGENT_FOUND_CODE } from '../../protocols/gse/agent-queries.ts';
import { GseJsonError, InvalidConfigError } from '../../protocols/gse/errors.ts';
import { gatewayErrorOf, type GatewayReply } from '../../protocols/gse/gateway-errors.ts';
import {
  GatewayHttp,
  HttpStatusError,
  TransportError,
  type GatewayOptions,
} from '../../protocols/gse/gateway-http.ts';
import { decodeDispatchResponse } from '../../protocols/gse/dispatch-messages.ts';

type Step = (typeof CHECK_STEPS)[number];
type StepResult = ProfileTest['steps'][number];

export interface ProfileTestParts {
  readonly profile: GseProfile;
  readonly options: GatewayOptions;
  readonly slotId: string;
  readonly hasToken: boolean;
  readonly callbackUrl: string | null;
  readonly callbackReason: string;
}

/** An id no agent has: the answer says whether gateway and server are there, and nothing else happens. */
const QUESTION = Buffer.from('{"agent_id_list":["signalbox-test"]}');
const TLS = /^(?:ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|EPROTO)/;

export async function testProfile(parts: ProfileTestParts): Promise<ProfileTest> {
  const startMs = performance.now();
  const http = new GatewayHttp(parts.options);
  try {
    const found = await ask(http, parts.options.baseUrl);
    const steps = [...found.steps, slotStep(parts), callbackStep(parts)];
    return {
      steps,
      reply: found.reply === null ? null : shownReply(found.reply),
      elapsedMs: performance.now() - startMs,
    };
  } finally {
    await http.close();
  }
}

interface Answered {
  readonly steps: StepResult[];
  readonly reply: GatewayReply | null;
}

async function ask(http: GatewayHttp, baseUrl: string): Promise<Answered> {
  const isTls = /^https:/i.test(baseUrl);
  try {
    const { body, reply } = await http.post(AGENT_STATE_PATH, QUESTION);
    return { steps: [...upTo('reply', isTls), replyStep(body, reply)], reply };
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
    const reply = error instanceof HttpStatusError ? error.reply : null;
    const [step, fix] = brokenStep(error, reply);
    const broken: StepResult = { step, state: 'failed', detail: detailOf(error, reply), fix };
    return { steps: [...upTo(step, isTls), broken, ...skippedAfter(step)], reply };
  }
}

function brokenStep(error: OperatingError, reply: GatewayReply | null): [step: Step, fix: string] {
  if (error instanceof InvalidConfigError) return ['address', 'Correct the base URL, app code or headers.'];
  if (error instanceof TransportError) {
    const code = causeCode(error);
    if (TLS.test(code)) return ['tls', 'Give the certificate authority of the gateway in the profile.'];
    if (
      !error.wasSent ||
      /^(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT)/.test(code)
    )
      return ['connect', 'Check host, port and the network between.'];
    return ['reply', 'The peer took the request and did not answer in full.'];
  }
  const own = reply === null ? null : gatewayErrorOf(reply);
  const isAuth = reply !== null && (reply.status === 401 || reply.status === 403);
  const isAuthCode = own !== null && own.code >= 1_640_001 && own.code < 1_640_400;
  if (isAuth || isAuthCode)
    return ['authorize', own?.hint ?? 'Check app code and secret, or the access token.'];
  return ['reply', own?.hint ?? 'Check the base URL and its stage.'];
}

function detailOf(error: OperatingError, reply: GatewayReply | null): string {
  const own = reply === null ? null : gatewayErrorOf(reply);
  return own === null ? error.message : `${own.code} ${own.name}: ${own.message}`;
}

function causeCode(error: Error): string {
  const { cause } = error;
  if (!(cause instanceof Error)) return '';
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : causeCode(cause);
}

function replyStep(body: Buffer, reply: GatewayReply): StepResult {
  try {
    const { code, message } = decodeDispatchResponse(Buffer.from(withoutData(body)));
    const isGood = code === 0n || code === NO_AGENT_FOUND_CODE;
    const detail = `status ${reply.status}, code ${code} ${message}`.trim();
    return {
      step: 'reply',
      state: isGood ? 'ok' : 'failed',
      detail,
      fix: isGood ? '' : 'See what the server says below.',
    };
  } catch (error) {
    if (!(error instanceof GseJsonError)) throw error;
    return {
      step: 'reply',
      state: 'failed',
      detail: `the answer is not of GSE: ${error.message}`,
      fix: 'Check the base URL and its stage.',
    };
  }
}

/** Only the verdict matters here; the data of a query has another shape than that of a dispatch. */
function withoutData(body: Buffer): string {
  const text = body.toString('utf8');
  const value = jsonValueOf(text);
  if (typeof value !== 'object' || value === null || !('code' in value)) return text;
  return JSON.stringify({ ...value, data: undefined });
}

const BEFORE_REPLY: readonly Step[] = ['address', 'connect', 'tls', 'authorize'];

function upTo(step: Step, isTls: boolean): StepResult[] {
  const before = BEFORE_REPLY.slice(0, step === 'reply' ? BEFORE_REPLY.length : BEFORE_REPLY.indexOf(step));
  return before.map((one) => {
    const isSkipped = one === 'tls' && !isTls;
    return {
      step: one,
      state: isSkipped ? 'skipped' : 'ok',
      detail: isSkipped ? 'the base URL is http' : '',
      fix: '',
    };
  });
}

function skippedAfter(step: Step): StepResult[] {
  const order: readonly Step[] = [...BEFORE_REPLY, 'reply'];
  return order
    .slice(order.indexOf(step) + 1)
    .map((one) => ({ step: one, state: 'skipped', detail: '', fix: '' }));
}

function slotStep({ slotId, hasToken }: ProfileTestParts): StepResult {
  if (!hasToken)
    return {
      step: 'slot',
      state: 'failed',
      detail: `slot ${slotId} has no token in this profile`,
      fix: 'Add the secret.',
    };
  return {
    step: 'slot',
    state: 'skipped',
    detail: `slot ${slotId} has a token; only a message can try it`,
    fix: '',
  };
}

function callbackStep({ profile, callbackUrl, callbackReason }: ProfileTestParts): StepResult {
  if (!profile.callback.enabled)
    return { step: 'callback', state: 'skipped', detail: 'no listener is wanted', fix: '' };
  if (callbackUrl === null)
    return {
      step: 'callback',
      state: 'failed',
      detail: callbackReason,
      fix: 'See the link of this profile.',
    };
  return { step: 'callback', state: 'ok', detail: `register ${callbackUrl} for the slot`, fix: '' };
}

function shownReply({ status, headers, body, requestId }: GatewayReply): NonNullable<ProfileTest['reply']> {
  return {
    status,
    headers: [...headers].map(([name, value]) => ({ name, value })),
    body: Uint8Array.from(body),
    requestId,
  };
}
