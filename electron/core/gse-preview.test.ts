import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SYSTEM_CLOCK } from '../net/system-clock.ts';
import type { Delivered, Downlink } from '../lab/gse/agent-directory.ts';
import { GseServer } from '../lab/gse/gse-server.ts';
import { encodeDispatchRequest, encodeMultiDispatchRequest } from '../protocols/gse/dispatch-messages.ts';
import { previewDispatch, type PreviewInput } from './gse-preview.ts';

const run$ = promisify(execFile);
const INPUT: PreviewInput = {
  baseUrl: 'http://gw.example/api/',
  slotId: 10n,
  tokenBytes: 5,
  auth: { appCode: 'code', usesAccessToken: false },
  tenantId: 'default',
  sdkExact: false,
  messageId: 'm-1',
  agentIds: ['0:127.0.0.1'],
  content: Buffer.from(`it's $HOME \`x\` "q" \\ 磁\n`),
};
const MESSAGES = ['0:127.0.0.1', '0:127.0.0.2'].map((agentId) => ({
  agentId,
  content: Buffer.from(`for ${agentId}, it's $HOME`),
}));

it('shows the bytes that would go out, but for the secrets', () => {
  const { url, body, bodyBytes } = previewDispatch(INPUT);
  const real = encodeDispatchRequest({
    ...INPUT,
    content: Buffer.from(INPUT.content as Buffer),
    token: 'toke!',
  });
  expect(url).toBe('http://gw.example/api/api/v2/cluster/dispatch_message');
  expect(body.toString()).toBe(real.toString().replace('toke!', '[secret]'));
  expect(bodyBytes).toBe(real.length);
  expect(previewDispatch({ ...INPUT, tokenBytes: null }).bodyBytes).toBeNull();
});

it('shows contents per agent as the other request they are', () => {
  const { url, body } = previewDispatch({ ...INPUT, content: MESSAGES });
  const around = { frontContent: '', backContent: '' };
  const real = encodeMultiDispatchRequest({ ...INPUT, ...around, messages: MESSAGES, token: '[secret]' });
  expect(url).toBe('http://gw.example/api/api/v2/cluster/dispatch_multi_message');
  expect(body).toEqual(real);
});

it('names the secrets and holds none', () => {
  expect(previewDispatch(INPUT).curl).toContain('"bk_app_secret": "$APP_SECRET"}');
  const token = previewDispatch({ ...INPUT, auth: { appCode: '', usesAccessToken: true } }).curl;
  expect(token).toContain('$ACCESS_TOKEN');
  expect(previewDispatch({ ...INPUT, auth: { appCode: '', usesAccessToken: false } }).curl).not.toContain(
    'Bkapi',
  );
});

/** Absent on some machines; then the line cannot be tried, and the report of the tests says so. */
const curlPath = spawnSync('sh', ['-c', 'command -v curl'], { encoding: 'utf8' }).stdout.trim();

describe.skipIf(curlPath === '')('the curl line, in a real shell against the lab', () => {
  const delivered: [string, Downlink][] = [];
  const secrets = { SLOT_TOKEN: 'toke!-4711', APP_SECRET: 'app-secret-4711', ACCESS_TOKEN: 'access-4711' };
  let folder = '';

  async function lab(authorization: string | null): Promise<GseServer> {
    const server = await GseServer.open({
      port: 0,
      clock: SYSTEM_CLOCK,
      directories: [
        {
          deliver: (agentId, downlink): Delivered => {
            delivered.push([agentId, downlink]);
            return null;
          },
          find: () => null,
        },
      ],
      authorization,
    });
    server.setSlot({ slotId: 10n, token: secrets.SLOT_TOKEN, pluginName: 'p', callbackUrl: null });
    return server;
  }

  async function shell(command: string): Promise<string> {
    const env = { PATH: `${folder}:${process.env['PATH'] ?? ''}`, ...secrets };
    return (await run$('sh', ['-c', command], { env })).stdout;
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gse-preview-'));
    // What everybody on the machine could see of it, kept aside; then the real one.
    const script = `#!/bin/sh\nprintf '%s\\n' "$@" >> '${folder}/arguments'\nexec '${curlPath}' --noproxy '*' "$@"\n`;
    await writeFile(join(folder, 'curl'), script, { mode: 0o755 });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('is taken for exactly these bytes, whatever the content holds', async () => {
    const server = await lab(
      String.raw`{"bk_app_code": "co\\de$x", "bk_app_secret": "${secrets.APP_SECRET}"}`,
    );
    try {
      const unit = fc.constantFrom("'", '"', '$', '\\', '`', '!', '\n', '%', 'a', '磁', '*');
      const contents = fc.sample(fc.string({ unit }), { numRuns: 15, seed: 7 });
      for (const text of contents) {
        delivered.length = 0;
        const { curl } = previewDispatch({
          ...INPUT,
          baseUrl: server.baseUrl,
          auth: { appCode: String.raw`co\de$x`, usesAccessToken: false },
          content: Buffer.from(text),
        });
        expect(JSON.parse(await shell(curl))).toMatchObject({ code: 0 });
        expect(delivered).toEqual([['0:127.0.0.1', { pluginName: 'p', messageId: 'm-1', content: text }]]);
      }
    } finally {
      await server.close();
    }
  });

  it('works with an access token, without either, and for contents per agent', async () => {
    const withToken = await lab(`{"access_token": "${secrets.ACCESS_TOKEN}"}`);
    const open = await lab(null);
    try {
      const base = { ...INPUT, content: MESSAGES, sdkExact: true };
      const ways: PreviewInput[] = [
        { ...base, baseUrl: withToken.baseUrl, auth: { appCode: 'x', usesAccessToken: true } },
        { ...base, baseUrl: open.baseUrl, auth: { appCode: '', usesAccessToken: false } },
      ];
      for (const input of ways) {
        delivered.length = 0;
        expect(JSON.parse(await shell(previewDispatch(input).curl))).toMatchObject({ code: 0 });
        expect(delivered.map(([agentId, { content }]) => [agentId, content])).toEqual(
          MESSAGES.map(({ agentId, content }) => [agentId, content.toString()]),
        );
      }
    } finally {
      await withToken.close();
      await open.close();
    }
  });

  it('shows no secret to whoever lists the processes', async () => {
    const seen = await readFile(join(folder, 'arguments'), 'utf8');
    expect(seen).toContain('--data-binary');
    for (const secret of Object.values(secrets)) expect(seen).not.toContain(secret);
  });
});
