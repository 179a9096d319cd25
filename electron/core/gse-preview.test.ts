import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encodeDispatchRequest } from '../protocols/gse/dispatch-messages.ts';
import { previewDispatch, type PreviewInput } from './gse-preview.ts';

const run$ = promisify(execFile);
const INPUT: PreviewInput = {
  baseUrl: 'http://gw.example/api/',
  slotId: 10n,
  tokenBytes: 5,
  auth: { appCode: 'code', usesAccessToken: false },
  tenantId: 'default',
  messageId: 'm-1',
  agentIds: ['0:127.0.0.1'],
  content: Buffer.from(`it's $HOME \`x\` "q" \\ 磁\n`),
};

it('shows the bytes that would go out, but for the secrets', () => {
  const { url, body, bodyBytes } = previewDispatch(INPUT);
  const real = encodeDispatchRequest({ ...INPUT, token: 'toke!' });
  expect(url).toBe('http://gw.example/api/api/v2/cluster/dispatch_message');
  expect(body.toString()).toBe(real.toString().replace('toke!', '[secret]'));
  expect(bodyBytes).toBe(real.length);
  expect(previewDispatch({ ...INPUT, tokenBytes: null }).bodyBytes).toBeNull();
});

it('gives a command that a shell takes for exactly these bytes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gse-preview-'));
  try {
    // A stand-in that writes its last argument and its headers.
    await writeFile(join(folder, 'curl'), '#!/bin/sh\nfor last; do :; done\nprintf "%s" "$last"\n', {
      mode: 0o755,
    });
    const content = fc.string({ unit: fc.constantFrom("'", '"', '$', '\\', '`', '!', '\n', 'a', '磁', '*') });
    for (const text of fc.sample(content, 30)) {
      const input = { ...INPUT, content: Buffer.from(text) };
      const env = { PATH: `${folder}:${process.env['PATH'] ?? ''}`, SLOT_TOKEN: 'toke!', APP_SECRET: 's' };
      const { stdout } = await run$('sh', ['-c', previewDispatch(input).curl], { env });
      expect(stdout).toBe(encodeDispatchRequest({ ...input, token: 'toke!' }).toString());
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

it('names the secrets and holds none', () => {
  expect(previewDispatch(INPUT).curl).toContain('"bk_app_secret": "\'"$APP_SECRET"\'"}\'');
  const token = previewDispatch({ ...INPUT, auth: { appCode: '', usesAccessToken: true } }).curl;
  expect(token).toContain('$ACCESS_TOKEN');
  expect(previewDispatch({ ...INPUT, auth: { appCode: '', usesAccessToken: false } }).curl).not.toContain(
    'Bkapi',
  );
});
