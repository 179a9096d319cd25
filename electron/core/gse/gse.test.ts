// The Dispatch side of a console against its own lab: three agents with plugins (the last one silent), 50 000 without sockets.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobSummary } from '../../../shared/contract/dispatch-jobs.ts';
import type { GseProfile } from '../../../shared/contract/dispatch-profiles.ts';
import type { Draft } from '../../../shared/contract/dispatch.ts';
import { openGseConsole } from '../../../tests/kit/plugin-console.ts';
import { simulatedFate, SIMULATED_DEFAULT } from '../../lab/gse/simulated-agents.ts';
import { simulatedAgentId } from '../../lab/gse/agent-ids.ts';
import type { Console } from '../console.ts';
import { labProfile } from './gse-lab-peer.ts';

const NO_CONFIRM = { targets: null, profileLabel: '' };
const CANARY = 'canary-7f3a9c';
let folder: string;
let core: Console;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-gse-'));
  core = await openGseConsole(folder, true);
});
afterEach(async () => {
  await core.close();
  rmSync(folder, { recursive: true, force: true });
});

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + 60_000;
  while (!(await isSo())) {
    if (performance.now() > deadlineMs) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function setOf(ids: readonly string[]): Promise<string> {
  const parsed = await core.calls['dispatch.targets.parse']({
    text: ids.join('\n'),
    into: null,
    excludeSet: null,
    excludeText: '',
  });
  return parsed.setId;
}

async function draftTo(ids: readonly string[], change: Partial<Draft> = {}): Promise<Draft> {
  return {
    profileId: 'lab',
    slotId: '1001',
    setId: await setOf(ids),
    messageId: '{{uuid}}',
    content: { mode: 'text', text: 'hello', notUtf8: 'refuse' },
    variables: [],
    multi: false,
    batchSize: 1_000,
    rolling: '',
    concurrency: 4,
    delayMs: 0,
    onFailure: 'continue',
    replyTimeoutMs: 2_000,
    replyMatch: { kind: 'any', text: '' },
    ...change,
  };
}

async function labAgents(): Promise<string[]> {
  const { profiles } = await core.calls['dispatch.profiles']({});
  return profiles.find(({ simulated }) => simulated)?.suggestedTargets ?? [];
}

async function summaryOf(jobId: string): Promise<JobSummary> {
  return new Promise((resolve) => {
    const items: JobSummary[] = [];
    const stop = core.streams['jobs.state'](
      { jobId },
      {
        hasRoom: () => true,
        onRoom: () => undefined,
        push: (item) => {
          if (items.push(item) > 1) return;
          setImmediate(() => stop());
          resolve(item);
        },
        end: () => undefined,
      },
    );
  });
}

async function over(jobId: string): Promise<JobSummary> {
  let last: JobSummary | null = null;
  await until('the job is over', async () => {
    last = await summaryOf(jobId);
    return ['done', 'cancelled', 'stopped', 'undone', 'interrupted'].includes(last.phase);
  });
  return last ?? summaryOf(jobId);
}

describe('a dispatch to the lab', () => {
  it('gives each agent its own content in one request when the experimental switch is on', async () => {
    const agents = await labAgents();
    const content = { mode: 'json', text: '{"for":"{{agent_id}}"}', notUtf8: 'refuse' } as const;
    const draft = await draftTo(agents, { content, multi: true });
    const preview = await core.calls['dispatch.preview'](draft);
    expect(preview).toMatchObject({ requests: 1, fault: null });
    expect(preview.url).toMatch(/dispatch_multi_message$/);
    expect(preview.warnings.join()).toContain('experimental');
    const { jobId } = await core.calls['dispatch.start']({ draft, confirm: NO_CONFIRM, undoMs: 0 });
    expect(await over(jobId)).toMatchObject({ counts: { replied: 2, silent: 1 }, requestsTotal: 1 });
    const { rows } = await core.calls['jobs.rows']({ jobId, outcome: 'replied', from: 0, rowsMax: 9 });
    for (const { agentId, replySeq } of rows) {
      const { body } = await core.calls['feed.event']({ seq: replySeq ?? 0 });
      // The lab's plugins echo what they got.
      expect(Buffer.from(body).toString()).toContain(JSON.stringify(`{"for":"${agentId}"}`).slice(1, -1));
    }
    const heavy = { ...content, text: `{{agent_id}}${'x'.repeat(400_000)}` };
    const tooMuch = await draftTo(
      Array.from({ length: 50 }, (_, index) => simulatedAgentId(index)),
      {
        content: heavy,
        multi: true,
      },
    );
    expect((await core.calls['dispatch.preview'](tooMuch)).fault).toMatchObject({ code: 'E_LIMIT' });
    await expect(
      core.calls['dispatch.start']({ draft: tooMuch, confirm: NO_CONFIRM, undoMs: 0 }),
    ).rejects.toMatchObject({ code: 'E_LIMIT' });
  });

  it('counts only what the matcher takes for a reply, and still shows the other uplink', async () => {
    const agents = (await labAgents()).slice(0, 2);
    const replyMatch = { kind: 'contains', text: agents[0] ?? '' } as const;
    const content = { mode: 'text', text: 'to {{agent_id}}', notUtf8: 'refuse' } as const;
    const draft = await draftTo(agents, { replyMatch, content });
    const { jobId } = await core.calls['dispatch.start']({ draft, confirm: NO_CONFIRM, undoMs: 0 });
    expect(await over(jobId)).toMatchObject({ counts: { replied: 1, silent: 1 }, duplicateReplies: 0 });
    const { rows } = await core.calls['jobs.rows']({ jobId, outcome: null, from: 0, rowsMax: 9 });
    expect(rows[0]).toMatchObject({ outcome: 'replied', otherSeq: null });
    expect(rows[1]).toMatchObject({ outcome: 'silent', replySeq: null });
    expect(rows[1]?.otherSeq).not.toBeNull();
  });

  it('takes an envelope that acknowledges the message for the reply it is', async () => {
    const agents = await labAgents();
    const silent = agents.at(-1) ?? '';
    const draft = await draftTo([silent], { replyTimeoutMs: 20_000 });
    const { jobId } = await core.calls['dispatch.start']({ draft, confirm: NO_CONFIRM, undoMs: 0 });
    await until('the message went out', async () => (await summaryOf(jobId)).counts.ok === 1);
    const { profiles } = await core.calls['dispatch.profiles']({});
    const url = profiles.find(({ simulated }) => simulated)?.callbackUrl ?? '';
    const { messageId } = await summaryOf(jobId);
    const ack = JSON.stringify({ type: 'ack_req', original_message_id: messageId });
    const body = JSON.stringify({ message_id: 'its-own', bk_agent_id: silent, content: ack });
    expect((await fetch(url, { method: 'POST', body })).status).toBe(200);
    expect(await over(jobId)).toMatchObject({ counts: { replied: 1 } });
  });

  it('sees two replies and one silence, retries the silent one, and finds both jobs after a restart', async () => {
    const agents = await labAgents();
    expect(agents).toHaveLength(3);
    const draft = await draftTo(agents);
    const { jobId } = await core.calls['dispatch.start']({ draft, confirm: NO_CONFIRM, undoMs: 0 });
    const first = await over(jobId);
    expect(first.counts).toMatchObject({ replied: 2, silent: 1 });
    const { rows } = await core.calls['jobs.rows']({ jobId, outcome: 'replied', from: 0, rowsMax: 10 });
    for (const row of rows) {
      const event = await core.calls['feed.event']({ seq: row.replySeq ?? 0 });
      expect(event.row).toMatchObject({
        source: 'gse',
        host: row.agentId,
        id: first.messageId,
        simulated: true,
      });
      expect(Buffer.from(event.body).toString()).toContain('"content":"hello"');
    }
    const retry = { jobId, outcomes: ['silent' as const], rows: null, confirm: NO_CONFIRM, undoMs: 0 };
    await expect(core.calls['jobs.retry']({ ...retry, mayRepeat: false })).rejects.toMatchObject({
      code: 'E_INPUT',
    });
    const again = await core.calls['jobs.retry']({ ...retry, mayRepeat: true });
    expect(again.parent).toEqual({ jobId, of: 'silent' });
    expect((await over(again.jobId)).counts).toMatchObject({ silent: 1 });
    await core.close();
    core = await openGseConsole(folder, false);
    expect((await summaryOf(jobId)).counts).toMatchObject({ replied: 2, silent: 1 });
    const found = await core.calls['jobs.rows']({ jobId, outcome: null, from: 0, rowsMax: 10 });
    expect(found.rows.map(({ outcome }) => outcome)).toEqual(['replied', 'replied', 'silent']);
    expect(found.rows[0]?.replySeq).toBe(rows[0]?.replySeq);
  });

  it('to thousands of agents ends with exactly the outcomes the lab foretells', async () => {
    const ids = Array.from({ length: 3_000 }, (_, index) => simulatedAgentId(index));
    const draft = await draftTo(ids, { batchSize: 250, rolling: '10 50%', replyTimeoutMs: 6_000 });
    const confirm = { targets: ids.length, profileLabel: '' };
    const { jobId } = await core.calls['dispatch.start']({ draft, confirm, undoMs: 0 });
    await over(jobId);
    const wanted = { fails: 'failed', silent: 'silent', replies: 'replied' } as const;
    for (let from = 0; from < ids.length; from += 1_000) {
      const { rows } = await core.calls['jobs.rows']({ jobId, outcome: null, from, rowsMax: 1_000 });
      const wrong = rows.filter(
        ({ row, outcome }) => outcome !== wanted[simulatedFate(row, SIMULATED_DEFAULT)],
      );
      expect(wrong).toEqual([]);
    }
  }, 60_000);

  it('can be undone before the first byte, and cancelled between steps', async () => {
    const agents = await labAgents();
    const armed = await core.calls['dispatch.start']({
      draft: await draftTo(agents),
      confirm: NO_CONFIRM,
      undoMs: 10_000,
    });
    expect(armed.phase).toBe('armed');
    const undone = await core.calls['jobs.act']({ jobId: armed.jobId, action: 'undo' });
    expect(undone).toMatchObject({ phase: 'undone', counts: { not_sent: 3 } });
    await expect(core.calls['jobs.act']({ jobId: armed.jobId, action: 'send_now' })).rejects.toMatchObject({
      code: 'E_UNSUPPORTED',
    });
    const draft = await draftTo(agents, { rolling: '1', delayMs: 60_000, replyTimeoutMs: 0 });
    const { jobId } = await core.calls['dispatch.start']({ draft, confirm: NO_CONFIRM, undoMs: 0 });
    await until('the first step is over', async () => (await summaryOf(jobId)).requestsDone === 1);
    await core.calls['jobs.act']({ jobId, action: 'cancel' });
    expect(await over(jobId)).toMatchObject({ phase: 'cancelled', counts: { waiting: 0, cancelled: 2 } });
  });

  it('asks at a failure, goes on when told to, and stops where it should', async () => {
    const ids = ['0:9.9.9.9', ...(await labAgents())];
    const ask = await draftTo(ids, { rolling: '1', onFailure: 'ask', replyTimeoutMs: 0 });
    const { jobId } = await core.calls['dispatch.start']({ draft: ask, confirm: NO_CONFIRM, undoMs: 0 });
    await until('it asks', async () => (await summaryOf(jobId)).phase === 'asking');
    expect((await summaryOf(jobId)).reason).toContain('no such agent');
    await core.calls['jobs.act']({ jobId, action: 'continue' });
    expect(await over(jobId)).toMatchObject({
      phase: 'done',
      counts: { failed: 1, not_sent: 0, unknown: 0 },
    });
    const stop = await draftTo(ids, { rolling: '1', onFailure: 'stop', replyTimeoutMs: 0 });
    const second = await core.calls['dispatch.start']({ draft: stop, confirm: NO_CONFIRM, undoMs: 0 });
    expect(await over(second.jobId)).toMatchObject({ phase: 'stopped', counts: { failed: 1, not_sent: 3 } });
  });
});

describe('the states of agents', () => {
  it('are asked for on request: who is not running can be left out, and rows show it with its age', async () => {
    const ids = Array.from({ length: 2_500 }, (_, index) => simulatedAgentId(index));
    const strangers = ['0:10.9.9.9', 'nobody'];
    const setId = await setOf([...ids, ...strangers]);
    const damaged = ids.filter((_, index) => simulatedFate(index, SIMULATED_DEFAULT) === 'fails');
    const check = await core.calls['dispatch.agents.check']({ profileId: 'lab', setId });
    expect(check).toMatchObject({ total: 2_502, running: 2_500 - damaged.length, unknown: 2 });
    expect(check.otherState).toBe(damaged.length);
    expect(check.shown[0]).toEqual({ agentId: damaged[0], statusCode: '3', version: 'v2.1.6-lab' });
    expect(check.notRunning?.count).toBe(damaged.length + 2);
    const rest = await core.calls['dispatch.targets.parse']({
      text: '',
      into: setId,
      excludeSet: check.notRunning?.setId ?? null,
      excludeText: '',
    });
    expect(rest).toMatchObject({ count: 2_500 - damaged.length, excluded: damaged.length + 2 });
    const draft = await draftTo([damaged[0] ?? '', strangers[0] ?? '', '0:10.0.0.1']);
    const { jobId } = await core.calls['dispatch.start']({ draft, confirm: NO_CONFIRM, undoMs: 0 });
    await over(jobId);
    const { rows } = await core.calls['jobs.rows']({ jobId, outcome: null, from: 0, rowsMax: 9 });
    expect(rows.map(({ agent }) => agent?.statusCode ?? null)).toEqual(['3', '', null]);
    expect(rows[0]?.agent?.atMs).toBe(check.atMs);
  });

  it('of one agent come whole, and nothing for one that the server does not know', async () => {
    const { members } = await core.calls['dispatch.agent.info']({ profileId: 'lab', agentId: '0:10.0.0.1' });
    expect(members).toContainEqual({ name: 'status_code', value: '2' });
    expect(members).toContainEqual({ name: 'bk_os_type', value: 'linux' });
    const none = await core.calls['dispatch.agent.info']({ profileId: 'lab', agentId: 'nobody' });
    expect(none.members).toEqual([]);
  });

  it('that cannot be had fail with what is wrong', async () => {
    const profile: GseProfile = { ...labProfile('http://127.0.0.1:9/gw'), id: 'far', label: 'Far' };
    await core.calls['dispatch.profile.write']({
      profile: { ...profile, callback: { ...profile.callback, enabled: false } },
    });
    const setId = await setOf(['0:10.0.0.1']);
    await expect(core.calls['dispatch.agents.check']({ profileId: 'far', setId })).rejects.toThrow(
      /refused|connect/i,
    );
  });
});

describe('safety in the core', () => {
  function profileOf(change: Partial<GseProfile>): GseProfile {
    const lab = labProfile('http://127.0.0.1:1');
    return { ...lab, id: 'prod', label: 'Prod', callback: { ...lab.callback, enabled: false }, ...change };
  }

  async function startWith(
    change: Partial<GseProfile>,
    confirm: typeof NO_CONFIRM | { targets: number; profileLabel: string },
  ): Promise<unknown> {
    await core.calls['dispatch.profile.write']({ profile: profileOf(change) });
    await core.calls['dispatch.secret.set']({ profileId: 'prod', name: 'slot:1001', value: CANARY });
    const draft = await draftTo(['a', 'b'], { profileId: 'prod' });
    return core.calls['dispatch.start']({ draft, confirm, undoMs: 10_000 });
  }

  it('refuses what is locked or not confirmed, whatever a window says', async () => {
    await expect(startWith({ readOnly: true }, NO_CONFIRM)).rejects.toMatchObject({ code: 'E_READ_ONLY' });
    await expect(startWith({ kind: 'production' }, NO_CONFIRM)).rejects.toMatchObject({ code: 'E_INPUT' });
    await expect(startWith({ kind: 'staging', confirmAboveTargets: 1 }, NO_CONFIRM)).rejects.toMatchObject({
      code: 'E_INPUT',
    });
    await expect(
      startWith({ kind: 'production' }, { targets: 2, profileLabel: 'Prod' }),
    ).resolves.toMatchObject({ phase: 'armed' });
  });

  it('says at once when nothing could be sent, and every row is not sent', async () => {
    await startWith({ kind: 'staging' }, NO_CONFIRM);
    const draft = await draftTo(['a', 'b'], { profileId: 'prod', replyTimeoutMs: 0 });
    const { jobId } = await core.calls['dispatch.start']({ draft, confirm: NO_CONFIRM, undoMs: 0 });
    expect(await over(jobId)).toMatchObject({ counts: { not_sent: 2 } });
    const test = await core.calls['dispatch.profile.test']({ profileId: 'prod', slotId: null });
    expect(test.steps.find(({ state }) => state === 'failed')).toMatchObject({ step: 'connect' });
  });

  it('lets no secret out: not by a call, not into any file of the data folder', async () => {
    await startWith({ kind: 'staging' }, NO_CONFIRM);
    await core.calls['dispatch.secrets.unlock']({ passphrase: `pass-${CANARY}` });
    const preview = await core.calls['dispatch.preview'](await draftTo(['a'], { profileId: 'prod' }));
    const told = JSON.stringify([
      await core.calls['dispatch.profiles']({}),
      { ...preview, body: Buffer.from(preview.body).toString() },
      await core.calls['dispatch.audit']({ text: '', linesMax: 100 }),
    ]);
    expect(told).not.toContain(CANARY);
    expect(told).toContain('[secret]');
    await core.close();
    for (const file of filesBelow(folder)) expect(readFileSync(file).includes(CANARY), file).toBe(false);
    expect(statSync(join(folder, 'secrets.json')).mode & 0o077).toBe(0);
    core = await openGseConsole(folder, false);
    expect((await core.calls['dispatch.profiles']({})).secretStore).toMatchObject({
      place: 'passphrase',
      locked: true,
    });
    await expect(
      core.calls['dispatch.secrets.unlock']({ passphrase: 'something else' }),
    ).rejects.toMatchObject({ code: 'E_AUTH' });
    const { profiles } = await core.calls['dispatch.secrets.unlock']({ passphrase: `pass-${CANARY}` });
    expect(profiles.find(({ profile }) => profile.id === 'prod')?.secrets).toEqual(['slot:1001']);
  });

  it('keeps a damaged file of profiles as it is', async () => {
    await core.close();
    writeFileSync(join(folder, 'profiles.json'), '{"version":9}');
    core = await openGseConsole(folder, false);
    await expect(core.calls['dispatch.profile.write']({ profile: profileOf({}) })).rejects.toMatchObject({
      code: 'E_CONFIG',
    });
    expect(readFileSync(join(folder, 'profiles.json'), 'utf8')).toBe('{"version":9}');
  });
});

function filesBelow(path: string): string[] {
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
