import { createServer } from 'node:http';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { OperatingError } from '../../../shared/failure.ts';
import { LIMITS } from '../../../shared/limits.ts';
import {
  encodeAnswer,
  reservePort,
  ScriptedReceiver,
  type ReceiverAnswer,
} from '../../../tests/kit/scripted-receiver.ts';
import {
  DispatchClient,
  InvalidResponseError,
  type Dispatched,
  type DispatchClientOptions,
} from './dispatch-client.ts';
import { dispatchOutcome } from './dispatch-outcome.ts';
import { InvalidConfigError } from './errors.ts';
import { HttpStatusError, TransportError } from './gateway-http.ts';
import { authWarning } from './http-headers.ts';

const CANARY = 'canary-7f3a';
const OK = '{"code":0,"message":"OK","data":{"results":[]}}';
const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean();
});

async function serve(...answers: ReceiverAnswer[]): Promise<ScriptedReceiver> {
  const server = await ScriptedReceiver.start(answers);
  cleanups.push(() => server.close());
  return server;
}

function clientTo(baseUrl: string, options: Partial<DispatchClientOptions> = {}): DispatchClient {
  const client = new DispatchClient({
    baseUrl,
    slot: { slotId: 10n, token: `token-${CANARY}` },
    auth: { appCode: 'code', appSecret: `secret-${CANARY}` },
    ...options,
  });
  cleanups.push(() => client.close());
  return client;
}

function send(client: DispatchClient, signal?: AbortSignal): Promise<Dispatched | OperatingError> {
  return client.dispatch('m', Buffer.from('ping'), ['A', 'B'], signal).catch((error: unknown) => {
    if (error instanceof OperatingError) return error;
    throw error;
  });
}

const refusalHead = (header: string, body: string | Uint8Array): Buffer =>
  Buffer.concat([
    Buffer.from(`HTTP/1.1 401 Unauthorized\r\nX-Bkapi-Error-Code: 1640101\r\n${header}\r\n\r\n`),
    Buffer.from(body),
  ]);

const stateOf = (answer: Dispatched | OperatingError): string | undefined =>
  dispatchOutcome(['A', 'B'], answer).agents.get('B')?.state;

describe('the dispatch client', () => {
  it('sends one JSON request and gives the result with the answer kept', async () => {
    const server = await serve({ status: 200, body: OK, headers: { 'X-Bkapi-Request-Id': 'r-1' } });
    const answer = await send(clientTo(server.url('/gw/')));
    expect(answer).toMatchObject({ code: 0n, reply: { status: 200, requestId: 'r-1' } });
    expect(server.requests.map(({ path }) => path)).toEqual(['/gw/api/v2/cluster/dispatch_message']);
    expect(server.requests[0]?.headLines).toContain('Content-Type: application/json');
    expect(stateOf(answer)).toBe('ok');
  });

  it('escapes what would break the authorization header, and warns of it', async () => {
    const server = await serve({ status: 200, body: OK });
    const auth = { appCode: 'c', appSecret: 'a"b\\密' };
    await send(clientTo(server.url(''), { auth }));
    const value = String.raw`{"bk_app_code": "c", "bk_app_secret": "a\"b\\密"}`;
    const sent = server.requests[0]?.headLines.find((line) => line.startsWith('X-Bkapi-Authorization'));
    expect(Buffer.from(sent ?? '', 'latin1').toString()).toBe(`X-Bkapi-Authorization: ${value}`);
    expect(authWarning(auth)).toContain('app secret');
    expect(authWarning({ appCode: 'c', appSecret: '密' })).toBeNull();
  });

  it('sends a tenant and an access token instead of code and secret', async () => {
    const server = await serve({ status: 200, body: OK });
    await send(
      clientTo(server.url(''), {
        tenantId: 'default',
        auth: { appCode: '', appSecret: '', accessToken: 't' },
      }),
    );
    expect(server.requests[0]?.headLines).toEqual(
      expect.arrayContaining(['X-Bk-Tenant-Id: default', 'X-Bkapi-Authorization: {"access_token": "t"}']),
    );
  });

  it.each([301, 302, 303, 307, 308])('does not follow a redirect with status %i', async (status) => {
    const elsewhere = await serve({ status: 200, body: OK });
    const server = await serve({ status, headers: { Location: elsewhere.url('/') } });
    const answer = await send(clientTo(server.url('')));
    expect(answer).toBeInstanceOf(HttpStatusError);
    expect(elsewhere.requests).toEqual([]);
    expect(stateOf(answer)).toBe('failed');
  });

  it.each([
    ['/a b/é', '/a%20b/%C3%A9/api/v2/cluster/dispatch_message'],
    ['/<>"{}|^', '/%3C%3E%22%7B%7D%7C%5E/api/v2/cluster/dispatch_message'],
    ['/a#b', '/a'],
    ['/gw?x=é', '/gw?x=é/api/v2/cluster/dispatch_message'],
  ])('reads a base URL ending in %s as the original does in SDK-exact mode', async (end, path) => {
    const server = await serve({ status: 200, body: OK });
    expect(await send(clientTo(server.url(end), { sdkExact: true }))).toMatchObject({ code: 0n });
    expect(server.requests.map((found) => Buffer.from(found.path, 'latin1').toString())).toEqual([path]);
  });

  it('sends one line for each base header, with the value of its usual spelling in SDK-exact mode', async () => {
    const server = await serve({ status: 200, body: OK });
    const baseHeaders = { 'x-a': ['low'], 'X-A': ['up'], 'x-b': ['1'], Trailer: ['X'] };
    await send(clientTo(server.url(''), { baseHeaders, sdkExact: true }));
    await send(clientTo(server.url(''), { baseHeaders }));
    const own = server.requests.map(({ headLines }) =>
      headLines.filter((line) => /^(?:x-[ab]|trailer):/i.test(line)),
    );
    expect(own).toEqual([
      ['X-A: up', 'X-B: '],
      ['X-A: up', 'X-B: 1'],
    ]);
  });

  it('follows redirects as the original does in SDK-exact mode', async () => {
    const to = (status: number, Location: string): ReceiverAnswer => ({ status, headers: { Location } });
    const server = await serve(to(307, 'é#f'), to(302, '/2'), to(308, '/3?q'), { status: 200, body: OK });
    const answer = await send(clientTo(server.url('/p'), { sdkExact: true }));
    expect(answer).toMatchObject({ code: 0n });
    const seen = server.requests.map(({ method, path, body }) => [method, path, body.length > 0]);
    expect(seen).toEqual([
      ['POST', '/p/api/v2/cluster/dispatch_message', true],
      ['POST', '/p/api/v2/cluster/%C3%A9', true],
      ['GET', '/2', false],
      ['GET', '/3?q', true],
    ]);
  });

  it('speaks only to hosts on the list, even where redirects are followed', async () => {
    const server = await serve({ status: 307, headers: { Location: 'http://localhost:1/' } });
    const answer = await send(clientTo(server.url(''), { sdkExact: true }));
    // One request was made all the same: what became of the message nobody can say.
    expect(answer).toMatchObject({ wasSent: true, cause: expect.any(InvalidConfigError) as unknown });
    expect(stateOf(answer)).toBe('unknown');
    const denied = await send(clientTo(server.url(''), { allowedHosts: ['bkapi.example.com'] }));
    expect(denied).toMatchObject({ message: expect.stringContaining('not among the hosts') as string });
    expect(server.requests.length).toBe(1);
    expect(stateOf(denied)).toBe('not_sent');
  });

  it.each([
    'http://127.0.0.1:1/gw?x=1',
    'http://127.0.0.1:1/gw#x',
    'ftp://127.0.0.1/',
    '',
    'http://a b/',
    'http://127.0.0.1:1/%zz',
    'http://127.0.0.1:1/a\tb',
    'http://u@127.0.0.1/',
  ])('refuses the base URL %j before anything is sent', async (baseUrl) => {
    const answer = await send(clientTo(baseUrl));
    expect(answer).toBeInstanceOf(InvalidConfigError);
    expect(stateOf(answer)).toBe('not_sent');
  });

  it('says that nothing was sent when nobody listens', async () => {
    const answer = await send(clientTo(`http://127.0.0.1:${await reservePort()}`));
    expect(answer).toMatchObject({ code: 'E_PEER_GONE', wasSent: false });
    expect(stateOf(answer)).toBe('not_sent');
  });

  it('does not say that nothing was sent when only the place it was sent on to cannot be reached', async () => {
    const server = await serve({
      status: 307,
      headers: { Location: `http://127.0.0.1:${await reservePort()}/` },
    });
    const answer = await send(clientTo(server.url(''), { sdkExact: true }));
    expect(answer).toMatchObject({ code: 'E_PEER_GONE', wasSent: true });
    expect(stateOf(answer)).toBe('unknown');
  });

  it.each<[what: string, answer: ReceiverAnswer, kept: string]>([
    ['cut', { rawBytes: refusalHead('Content-Length: 500', 'abc'), closeAfter: true }, 'abc'],
    ['late', { rawBytes: refusalHead('Content-Length: 500', 'abc') }, 'abc'],
    [
      'not the gzip it is said to be',
      { rawBytes: refusalHead('Content-Encoding: gzip', 'abc'), closeAfter: true },
      'abc',
    ],
    [
      'gzip cut short',
      { rawBytes: refusalHead('Content-Encoding: gzip', gzipSync('abc').subarray(0, -8)), closeAfter: true },
      'abc',
    ],
    ['endless', { rawBytes: refusalHead('X-Long: 1', 'x'.repeat(5 * 1024 * 1024)) }, 'x'.repeat(64 * 1024)],
  ])('keeps the status of a refusal whose body is %s', async (_what, script, kept) => {
    const server = await serve(script);
    const answer = await send(clientTo(server.url(''), { timeoutMs: 1_000 }));
    expect(answer).toBeInstanceOf(HttpStatusError);
    if (!(answer instanceof HttpStatusError)) return;
    expect(answer.message).toBe(
      `request to ${server.url('/api/v2/cluster/dispatch_message')} failed, status code: 401`,
    );
    expect(answer.reply.body.toString('latin1')).toBe(kept);
    expect(dispatchOutcome(['A'], answer).agents.get('A')).toMatchObject({
      state: 'failed',
      code: '1640101',
    });
  });

  it.each(['""', '[]', 'null', '{"results":null}'])(
    'takes the gateway by its code with 200 and data %s',
    async (data) => {
      const body = `{"code":1640101,"code_name":"APP_VERIFY_FAILED","message":"no","result":false,"data":${data}}`;
      const server = await serve({ status: 200, body, headers: { 'X-Bkapi-Error-Code': '' } });
      const answer = await send(clientTo(server.url('')));
      expect(dispatchOutcome(['A'], answer).agents.get('A')).toEqual({
        state: 'failed',
        code: '1640101',
        text: 'APP_VERIFY_FAILED: no: Check app code and secret.',
      });
    },
  );

  it('sends nothing to who cannot prove to be the gateway', async () => {
    let requests = 0;
    const plain = createServer(() => {
      requests += 1;
    });
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => new Promise((resolve) => plain.close(() => resolve())));
    const bound = plain.address();
    const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
    const answer = await send(clientTo(`https://127.0.0.1:${port}`));
    expect(answer).toMatchObject({ code: 'E_PEER_GONE', wasSent: false });
    expect(requests).toBe(0);
    expect(stateOf(answer)).toBe('not_sent');
  });

  it.each([
    { action: 'close' as const },
    { action: 'rst' as const },
    { rawBytes: Buffer.from('HELLO\r\n\r\n'), closeAfter: true },
  ])('says unknown, and sends nothing again, when the answer is %o', async (script) => {
    const server = await serve(script);
    const answer = await send(clientTo(server.url('')));
    expect(answer).toBeInstanceOf(TransportError);
    expect(stateOf(answer)).toBe('unknown');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(server.requests.length).toBe(1);
  });

  it('gives up at its deadline and when it is cancelled', async () => {
    const server = await serve({ action: 'hang' });
    const late = await send(clientTo(server.url(''), { timeoutMs: 100 }));
    expect(late).toMatchObject({ code: 'E_DEADLINE', wasSent: true });
    const cancel = new AbortController();
    const client = clientTo(server.url(''));
    const sending = send(client, cancel.signal);
    await server.waitForRequests(2);
    cancel.abort();
    expect(await sending).toMatchObject({ code: 'E_CANCELLED', wasSent: true });
    expect(await send(client, cancel.signal)).toMatchObject({ code: 'E_CANCELLED', wasSent: false });
  });

  it('gives up on an answer that trickles', async () => {
    const head = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"code"');
    const server = await serve({ rawBytes: head });
    expect(await send(clientTo(server.url(''), { timeoutMs: 150 }))).toMatchObject({ code: 'E_DEADLINE' });
  });

  it('holds no more of an answer than allowed, packed or not', async () => {
    const plain = `"${'x'.repeat(LIMITS.gseReplyBytesMax)}"`;
    const packed = gzipSync(plain);
    const head = `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${packed.length}\r\n\r\n`;
    const server = await serve(
      { status: 200, body: plain },
      { rawBytes: Buffer.concat([Buffer.from(head), packed]) },
    );
    const client = clientTo(server.url(''));
    expect(await send(client)).toMatchObject({ code: 'E_LIMIT', wasSent: true });
    expect(await send(client)).toBeInstanceOf(TransportError);
  });

  it('keeps the head and the first part of an error page', async () => {
    const server = await serve({
      status: 502,
      body: 'y'.repeat(100_000),
      headers: { 'X-Bkapi-Error-Code': '1650200' },
    });
    const answer = await send(clientTo(server.url('')));
    if (!(answer instanceof HttpStatusError)) throw new Error('no status error');
    expect(answer.reply.body.length).toBe(LIMITS.gseReplyKeptBytesMax);
    const outcome = dispatchOutcome(['A'], answer);
    expect(outcome.agents.get('A')).toMatchObject({ state: 'unknown', code: '1650200' });
    expect(outcome.agents.get('A')?.text).toContain('BAD_GATEWAY');
  });

  it('tells a body that says nothing', async () => {
    const server = await serve({ status: 200, body: '<html>login</html>' }, { status: 200, body: '{}' });
    const client = clientTo(server.url(''));
    for (let turn = 0; turn < 2; turn += 1) {
      const answer = await send(client);
      expect(answer).toBeInstanceOf(InvalidResponseError);
      expect(stateOf(answer)).toBe('unknown');
    }
  });

  it('sends contents per agent only where they are switched on', async () => {
    const server = await serve({ status: 200, body: OK });
    const messages = [{ agentId: 'A', content: Buffer.from('x') }];
    const around = { front: '', back: '' };
    await expect(clientTo(server.url('')).dispatchMulti('m', messages, around)).rejects.toThrow(
      'experimental',
    );
    await clientTo(server.url(''), { experimental: true }).dispatchMulti('m', messages, around);
    expect(server.requests.map(({ path }) => path)).toEqual(['/api/v2/cluster/dispatch_multi_message']);
  });

  it('lets no secret into an error', async () => {
    const server = await serve({ status: 401, body: '{}' }, { action: 'close' }, { status: 200, body: 'x' });
    const answers = [
      await send(clientTo(server.url(''))),
      await send(clientTo(server.url(''))),
      await send(clientTo(server.url(''))),
      await send(
        clientTo(server.url(''), { auth: { appCode: 'c', appSecret: `${CANARY}\n` }, sdkExact: true }),
      ),
      await send(clientTo('ftp://x')),
    ];
    for (const answer of answers) {
      expect(answer).toBeInstanceOf(OperatingError);
      expect(inspect(answer, { depth: 8 })).not.toContain(CANARY);
    }
  });
});

describe('the outcome of a dispatch', () => {
  const reply = { status: 200, headers: new Map<string, string>(), body: Buffer.alloc(0), requestId: '' };
  const entry = (agentId: string, code: bigint) => ({ agentId, code, message: 'text' });
  const outcome = (code: bigint, ...entries: ReturnType<typeof entry>[]): (string | undefined)[] => {
    const agents = new Map(entries.map((found) => [found.agentId, found]));
    const { agents: states } = dispatchOutcome(['A', 'B'], { code, message: 'OK', agents, entries, reply });
    return ['A', 'B'].map((id) => states.get(id)?.state);
  };

  it('follows section 2.5', () => {
    expect(outcome(0n)).toEqual(['ok', 'ok']);
    expect(outcome(0n, entry('A', 117n), entry('B', 0n))).toEqual(['failed', 'ok']);
    expect(outcome(1n)).toEqual(['unknown', 'unknown']);
    expect(outcome(1n, entry('A', 117n), entry('B', 0n))).toEqual(['failed', 'unknown']);
    expect(outcome(1640101n)).toEqual(['failed', 'failed']);
    expect(outcome(1650401n)).toEqual(['unknown', 'unknown']);
  });

  it.each([
    [400, 'failed'],
    [404, 'failed'],
    [408, 'unknown'],
    [429, 'failed'],
    [201, 'unknown'],
    [204, 'unknown'],
    [500, 'unknown'],
    [504, 'unknown'],
  ])('takes status %i for %s', (status, state) => {
    const error = new HttpStatusError('http://x', { ...reply, status });
    expect(dispatchOutcome(['A'], error).agents.get('A')?.state).toBe(state);
  });

  it('throws on what is a bug', () => {
    expect(() => dispatchOutcome(['A'], new TypeError('bug'))).toThrow('bug');
  });
});

it('the kit writes the answers these tests rely on', () => {
  expect(encodeAnswer({ status: 200, body: OK }).toString()).toContain(`Content-Length: ${OK.length}`);
});
