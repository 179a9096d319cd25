// One dispatch through the product's client against a scripted server, in SDK-exact mode.
import type { Dispatched } from '../../../electron/protocols/gse/dispatch-client.ts';
import { DispatchClient } from '../../../electron/protocols/gse/dispatch-client.ts';
import { OperatingError } from '../../../shared/failure.ts';
import { ScriptedReceiver, type ReceiverAnswer, type RecordedRequest } from '../../kit/scripted-receiver.ts';

export interface DispatchCall {
  /** `{ADDR}` stands for the server. */
  readonly baseUrl: string;
  readonly slotId: bigint;
  readonly token: string;
  readonly appCode: string;
  readonly appSecret: string;
  readonly baseHeaders?: Readonly<Record<string, readonly string[]>>;
  readonly send: (client: DispatchClient) => Promise<Dispatched>;
}

export interface DispatchRun {
  readonly address: string;
  readonly requests: readonly RecordedRequest[];
  /** What the client gave, or an operating error; anything else is thrown on. */
  readonly answer: Dispatched | OperatingError;
}

/** `responses` are the raw answers in order; the server closes after the last one. */
export async function runDispatch(responses: readonly Buffer[], call: DispatchCall): Promise<DispatchRun> {
  const place = await ScriptedReceiver.start();
  const port = place.port;
  await place.close();
  const address = `127.0.0.1:${port}`;
  const answers: ReceiverAnswer[] = responses.map((raw, index) => ({
    rawBytes: Buffer.from(raw.toString('latin1').replaceAll('{ADDR}', address), 'latin1'),
    closeAfter: index === responses.length - 1,
  }));
  const server = await ScriptedReceiver.start(answers.length > 0 ? answers : [{ action: 'close' }], port);
  const { slotId, token, appCode, appSecret } = call;
  const client = new DispatchClient({
    baseUrl: call.baseUrl.replaceAll('{ADDR}', address),
    slot: { slotId, token },
    auth: { appCode, appSecret },
    ...(call.baseHeaders === undefined ? undefined : { baseHeaders: call.baseHeaders }),
    sdkExact: true,
    experimental: true,
    timeoutMs: 60_000,
  });
  try {
    const answer = await call.send(client).catch((error: unknown) => {
      if (error instanceof OperatingError) return error;
      throw error;
    });
    return { address, requests: [...server.requests], answer };
  } finally {
    await client.close();
    await server.close();
  }
}

const NOT_COMPARED = /^(?:host|user-agent|connection|accept(?:-.*)?)$/;

/** For messages of failed checks. */
export function answerText(answer: Dispatched | OperatingError): string {
  return answer instanceof OperatingError ? answer.message : `a result with code ${answer.code}`;
}

/** Name in lower case and value as one character per byte, sorted; without those the vectors do not fix. */
export function comparedHeaders(lines: readonly (readonly [name: string, value: string])[]): string[] {
  return lines
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => !NOT_COMPARED.test(name))
    .map(([name, value]) => `${name}: ${value}`)
    .toSorted();
}

export function headerLines(request: RecordedRequest): (readonly [name: string, value: string])[] {
  return request.headLines.slice(1).map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
}
