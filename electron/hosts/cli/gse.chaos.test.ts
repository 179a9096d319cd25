/** `send` and `targets` as processes beside a running console with its lab: the same templates, rules and jobs as the window. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCli } from '../../../tests/kit/cli-process.ts';
import { removeFolder, startServe } from '../../../tests/kit/serve-process.ts';
import type { ServeProcess } from '../../../tests/kit/serve-process.ts';
import { simulatedAgentId } from '../../lab/gse/agent-ids.ts';
import { attach } from './attach.ts';

const AGENT = '0:10.0.0.1';

let serve: ServeProcess;
beforeAll(async () => {
  serve = await startServe({ lab: true, netipc: false });
  const attached = await attach(serve.dataFolder);
  const { client } = attached ?? {};
  for (let look = 0; look < 500; look += 1) {
    const found = await client?.api.call('dispatch.profiles', {});
    if (found?.ok === true && found.value.profiles.length > 0) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const content = {
    mode: 'json',
    text: '{"disk":"{{disk}}","for":"{{agent_id}}"}',
    notUtf8: 'refuse',
  } as const;
  const variables = [{ name: 'disk', type: 'text', value: 'sda' } as const];
  const template = { title: 'trim', slotId: '1001', messageId: 'cli-{{uuid}}', content, variables };
  await client?.api.call('dispatch.template.write', { path: 'disks/trim.sbt', template });
  client?.close('done');
  await attached?.closed;
}, 60_000);
afterAll(async () => {
  await serve.stop();
  await removeFolder(serve.dataFolder);
});
const own = (): string[] => ['--data', serve.dataFolder];
const lab = (): string[] => [...own(), '--profile', 'lab'];

describe('send through the console', () => {
  test('takes the template file of the window and ends with 0 when every target answered', async () => {
    const template = join(serve.dataFolder, 'templates', 'disks', 'trim.sbt');
    const send = ['send', ...lab(), '--template', template, '--variable', 'disk:text=sdb'];
    const done = await runCli(
      ...send,
      '--targets',
      AGENT,
      '--reply-timeout',
      '20',
      '--reply-match',
      'contains:sdb',
    );
    expect(done).toMatchObject({ code: 0 });
    expect(done.stdout).toMatch(/^0:10\.0\.0\.1 replied after \d+ ms\n$/);
  });

  test('gives each agent its own content in one request when it may', async () => {
    const targets = `${simulatedAgentId(1)},${simulatedAgentId(2)}`;
    const send = ['send', ...lab(), '--content', 'to {{agent_id}}', '--targets', targets, '--multi'];
    const shown = await runCli(...send, '--dry-run');
    expect(shown).toMatchObject({ code: 0 });
    expect(shown.stdout).toContain('dispatch_multi_message');
    expect(shown.stdout).toContain(`"content":"to ${simulatedAgentId(2)}"`);
    expect(shown.stdout).not.toMatch(/"token":"(?!\[secret\])/);
    expect(await runCli(...send)).toMatchObject({ code: 0 });
  });

  test('ends with 1 for a target that fails, 2 for a rule that is none, 4 when nothing could be sent', async () => {
    const content = ['--content', 'x'];
    const failing = await runCli('send', ...lab(), ...content, '--targets', simulatedAgentId(49));
    expect(failing).toMatchObject({ code: 1 });
    expect(failing.stdout).toContain('plugin not connected');
    const match = ['--targets', AGENT, '--reply-match', 'member:nothing'];
    const refused = await runCli('send', ...lab(), ...content, ...match);
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.stderr).toContain('member=value');
    const nowhere = ['--url', 'http://127.0.0.1:9', '--slot', '1', '--targets', AGENT];
    process.env['SLOT_TOKEN'] = 'a-token';
    try {
      expect(await runCli('send', ...nowhere, ...content)).toMatchObject({ code: 4 });
    } finally {
      delete process.env['SLOT_TOKEN'];
    }
  });

  test('asks for the confirmation a profile wants, and the audit has the refusal', async () => {
    const ids = Array.from({ length: 101 }, (_, index) => simulatedAgentId(100 + index)).join(' ');
    const send = ['send', ...lab(), '--content', 'x', '--targets', ids];
    const refused = await runCli(...send);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain('101 targets are more than 100');
    expect((await runCli(...send, '--confirm-targets', '101')).stdout.split('\n')).toHaveLength(102);
    const audit = await readFile(join(serve.dataFolder, 'audit.jsonl'), 'utf8');
    expect(audit).toMatch(/"action":"job refused".*101 targets are more than 100/);
    expect(audit).toMatch(/"action":"job started".*confirmed 101 targets/);
  });
});

test('targets names those who run, and says who does not', async () => {
  const words = [AGENT, simulatedAgentId(49), 'nobody'];
  const done = await runCli('targets', ...own(), ...words, '--running', 'lab');
  expect(done).toMatchObject({ code: 1, stdout: `${AGENT}\n` });
  expect(done.stderr).toContain(`${simulatedAgentId(49)}: status 3`);
  expect(done.stderr).toContain('nobody: unknown to the server');
  expect(await runCli('targets', ...own(), AGENT, '--running', 'lab')).toMatchObject({ code: 0 });
  expect(await runCli('targets', ...own(), AGENT, '--running', 'gone')).not.toMatchObject({ code: 0 });
});
