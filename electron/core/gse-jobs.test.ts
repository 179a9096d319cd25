import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SYSTEM_CLOCK } from '../net/system-clock.ts';
import { OperatingError } from '../../shared/failure.ts';
import type { Dispatched } from '../protocols/gse/dispatch-client.ts';
import type { AgentOutcome } from '../protocols/gse/dispatch-outcome.ts';
import { TransportError } from '../protocols/gse/gateway-http.ts';
import { journalLine, replayJob } from './gse-job-journal.ts';
import type { JobRecord } from './gse-job-records.ts';
import { JobRunner, type JobRunnerOptions } from './gse-job-runner.ts';
import { GseJob, retryOf } from './gse-jobs.ts';
import type { Outgoing } from './gse-outgoing.ts';
import type { JobSpec, PlannedRequest } from './gse-job-plan.ts';
import { OUTCOMES, type Outcome } from '../../shared/contract/dispatch-jobs.ts';
import { verdictOf } from './gse-outcomes.ts';
import { isJobRecord, readRecords } from './gse/job-records.ts';

const SPEC: JobSpec = {
  id: 'j',
  parentId: null,
  createdAtMs: 0,
  profile: 'lab',
  targets: ['a', 'b', 'c', 'd', 'e'],
  messageId: 'm-{{uuid}}',
  content: { text: 'hello {{word}}' },
  variables: { word: 'world' },
  rolling: '2',
  multi: false,
  requestTargetsMax: 2,
  concurrency: 2,
  delayMs: 0,
  onFailure: 'continue',
  replyTimeoutMs: 1_000,
};

const ok = { state: 'ok', code: '0', text: '' } as const;
const failed = { state: 'failed', code: '117', text: 'not alive' } as const;
const textOf = (content: Outgoing['content']): string =>
  content instanceof Uint8Array
    ? Buffer.from(content).toString()
    : content.map((one) => `${one.agentId}=${Buffer.from(one.content).toString()}`).join(',');
const states = (job: GseJob): Outcome[] => SPEC.targets.map((_, index) => job.row(index).state);

function sendNext(job: GseJob, messageId: string, nowMs: number): PlannedRequest {
  const next = job.next(nowMs);
  if (next.kind !== 'send') throw new Error(`the job says ${next.kind}`);
  job.sending(next.request, messageId, nowMs);
  return next.request;
}

function outcomes(
  job: GseJob,
  request: PlannedRequest,
  bad: readonly string[] = [],
): Map<string, typeof ok | typeof failed> {
  const targets = job.spec.targets.slice(request.start, request.start + request.count);
  return new Map(targets.map((id) => [id, bad.includes(id) ? failed : ok]));
}

describe('a job', () => {
  it('goes step by step and shows every row', () => {
    const job = new GseJob({ ...SPEC, delayMs: 100 });
    const first = sendNext(job, 'm1', 0);
    expect(states(job)).toEqual(['in_flight', 'in_flight', 'waiting', 'waiting', 'waiting']);
    expect(job.next(0)).toEqual({ kind: 'wait', ms: null });
    job.settled(first, outcomes(job, first, ['b']), 10);
    expect(states(job)).toEqual(['ok', 'failed', 'waiting', 'waiting', 'waiting']);
    expect(job.row(1)).toMatchObject({ code: '117', text: 'not alive' });
    expect(job.next(50)).toEqual({ kind: 'wait', ms: 60 });
    const second = sendNext(job, 'm2', 110);
    job.settled(second, outcomes(job, second), 120);
    const third = sendNext(job, 'm3', 220);
    job.settled(third, outcomes(job, third), 230);
    expect(job.next(1_000)).toEqual({ kind: 'nothing' });
    expect(job.ending(240)).toEqual({ t: 'end', atMs: 240 });
    expect(job.ending(240)).toBeNull();
    expect(job.counts()).toMatchObject({ ok: 4, failed: 1, waiting: 0, in_flight: 0 });
  });

  it('attaches answers by agent and message id, before and after the answer of the server, once', () => {
    const job = new GseJob(SPEC);
    const first = sendNext(job, 'm1', 100);
    expect(job.replied('a', 'other', 150)).toBeNull();
    expect(job.replied('e', 'm1', 150)).toBeNull();
    expect(job.replied('nobody', 'm1', 150)).toBeNull();
    expect(job.replied('a', 'm1', 150)).toEqual({ t: 'reply', row: 0, afterMs: 50 });
    expect(job.row(0).state).toBe('in_flight');
    const unknown: AgentOutcome = { state: 'unknown', code: '', text: '' };
    job.settled(
      first,
      new Map<string, AgentOutcome>([
        ['a', ok],
        ['b', unknown],
      ]),
      200,
    );
    expect(job.row(0)).toMatchObject({ state: 'replied', repliedAfterMs: 50 });
    expect(job.row(1).state).toBe('unknown');
    expect(job.replied('b', 'm1', 300)).not.toBeNull();
    expect(job.row(1)).toMatchObject({ state: 'replied', repliedAfterMs: 200 });
    expect(job.replied('b', 'm1', 301)).toBeNull();
  });

  it('calls silent who took the message and said nothing in time; a late answer counts all the same', () => {
    const job = new GseJob(SPEC);
    const first = sendNext(job, 'm1', 0);
    job.settled(first, outcomes(job, first, ['b']), 10);
    expect(job.silence(999)).toBeNull();
    expect(job.silence(1_000)).toEqual({ t: 'silent', rows: [0] });
    expect(states(job).slice(0, 2)).toEqual(['silent', 'failed']);
    job.replied('a', 'm1', 5_000);
    expect(job.row(0).state).toBe('replied');
  });

  it('stops at a failure: nothing more goes out, the rest was not sent', () => {
    const job = new GseJob({ ...SPEC, rolling: '', requestTargetsMax: 1, onFailure: 'stop' });
    const first = sendNext(job, 'm1', 0);
    const second = sendNext(job, 'm2', 0);
    job.settled(first, outcomes(job, first, ['a']), 1);
    expect(job.next(1).kind).toBe('wait');
    expect(job.stopping()).toBeNull();
    job.settled(second, outcomes(job, second), 2);
    expect(job.stopping()).toEqual({ t: 'rest', state: 'not_sent' });
    expect(states(job)).toEqual(['failed', 'ok', 'not_sent', 'not_sent', 'not_sent']);
    expect(job.ending(3)).not.toBeNull();
  });

  it('asks at a failure and goes on when told to', () => {
    const job = new GseJob({ ...SPEC, onFailure: 'ask' });
    const first = sendNext(job, 'm1', 0);
    job.settled(first, outcomes(job, first, ['a']), 1);
    expect(job.status).toBe('asking');
    expect(job.next(1)).toEqual({ kind: 'wait', ms: null });
    job.resume();
    expect(job.next(1).kind).toBe('send');
    job.cancelRest();
    expect(states(job)).toEqual(['failed', 'ok', 'cancelled', 'cancelled', 'cancelled']);
  });

  it('sends one request per target when the text names the target', () => {
    expect(new GseJob({ ...SPEC, content: { text: '{{agent_id}}' } }).requestCount).toBe(5);
    expect(new GseJob({ ...SPEC, messageId: '{{agent_id}}' }).requestCount).toBe(5);
    expect(new GseJob(SPEC).requestCount).toBe(3);
  });

  it.each<[string, Partial<JobSpec>]>([
    ['no target', { targets: [] }],
    ['a target twice', { targets: ['a', 'a'] }],
    ['an unknown variable', { content: { text: '{{x}}' } }],
    ['a message id that can be too long', { messageId: `${'x'.repeat(40)}{{uuid}}` }],
    ['no concurrency', { concurrency: 0 }],
    ['requests for nobody', { requestTargetsMax: 0 }],
    ['a rolling expression that is none', { rolling: 'x' }],
  ])('refuses %s', (_what, change) => {
    expect(() => new GseJob({ ...SPEC, ...change })).toThrow(
      expect.objectContaining({ code: 'E_INPUT' }) as Error,
    );
  });

  it('can be repeated for a part of its targets, and the new one knows its parent', () => {
    const job = new GseJob(SPEC);
    const first = sendNext(job, 'm1', 0);
    job.settled(first, outcomes(job, first, ['b']), 1);
    const again = retryOf(job, job.targetsIn('failed', 'waiting'), { id: 'j2', createdAtMs: 9 });
    expect(again.spec).toMatchObject({
      id: 'j2',
      parentId: 'j',
      createdAtMs: 9,
      targets: ['b', 'c', 'd', 'e'],
    });
  });

  it('unknown is never good', () => {
    const counts = new GseJob(SPEC).counts();
    const none = { ...counts, waiting: 0 };
    expect(verdictOf({ ...none, ok: 3, replied: 1 })).toBe('done');
    expect(verdictOf({ ...none, ok: 3, unknown: 1 })).toBe('failed');
    expect(verdictOf({ ...none, silent: 1 })).toBe('failed');
    expect(verdictOf({ ...none, not_sent: 2 })).toBe('unreached');
  });
});

function restored(spec: JobSpec, journal: string): GseJob {
  const job = new GseJob(spec);
  replayJob(job, readRecords(journal.split('\n')).filter(isJobRecord));
  return job;
}

/** Runs a job with any events in any order; gives its journal after each of them. */
function wander(steps: readonly number[]): { job: GseJob; lines: string[] } {
  const job = new GseJob({ ...SPEC, rolling: '1 +1', onFailure: 'ask' });
  const lines: string[] = [];
  const keep = (record: JobRecord | null): void => {
    if (record !== null) lines.push(journalLine(record));
  };
  const underWay: PlannedRequest[] = [];
  let nowMs = 0;
  for (const step of steps) {
    nowMs += 300;
    const next = job.next(nowMs);
    const oldest = underWay[0];
    if (step === 0 && next.kind === 'send') {
      keep(job.sending(next.request, `m${next.request.index}`, nowMs));
      underWay.push(next.request);
    } else if (step === 1 && oldest !== undefined) {
      underWay.shift();
      keep(job.settled(oldest, outcomes(job, oldest), nowMs));
    } else if (step === 2 && oldest !== undefined) {
      underWay.shift();
      keep(job.settled(oldest, outcomes(job, oldest, ['b', 'd']), nowMs));
    } else if (step === 3) keep(job.replied(SPEC.targets[nowMs % 5] ?? '', `m${nowMs % 3}`, nowMs));
    else if (step === 4) keep(job.silence(nowMs));
    else if (step === 5) job.resume();
    else if (step === 6) keep(job.ending(nowMs));
    else if (step === 7 && nowMs % 7 === 0) keep(job.cancelRest());
  }
  return { job, lines };
}

describe('the journal of a job', () => {
  const walk = fc.array(fc.integer({ min: 0, max: 7 }), { maxLength: 60 });

  it('gives the same job back, except that what was under way is unknown and the rest not sent', () => {
    const property = fc.property(walk, (steps) => {
      const { job, lines } = wander(steps);
      const again = restored(job.spec, `${lines.join('\n')}\n`);
      for (const index of SPEC.targets.keys()) {
        const { state, repliedAfterMs } = job.row(index);
        const unsure = repliedAfterMs === null ? 'unknown' : 'replied';
        const wanted = state === 'in_flight' ? unsure : state === 'waiting' ? 'not_sent' : state;
        expect(again.row(index)).toEqual({ ...job.row(index), state: wanted });
      }
      expect(again.status).toBe(job.status === 'ended' ? 'ended' : 'interrupted');
    });
    fc.assert(property, { numRuns: 3_000 });
  });

  it('cut anywhere never makes a row better than it was', () => {
    const property = fc.property(walk, fc.nat(2_000), (steps, cut) => {
      const { job, lines } = wander(steps);
      const whole = `${lines.join('\n')}\n`;
      const kept = Buffer.from(whole).subarray(0, cut).toString();
      const again = restored(job.spec, kept);
      const settledOf = (text: string): number => text.split('"t":"settled"').length - 1;
      const good = SPEC.targets.filter((_, index) => ['ok', 'silent'].includes(again.row(index).state));
      if (settledOf(kept) === 0) expect(good).toEqual([]);
      expect(
        OUTCOMES.filter((state) => state === 'waiting' || state === 'in_flight').flatMap((state) =>
          again.targetsIn(state),
        ),
      ).toEqual([]);
    });
    fc.assert(property, { numRuns: 3_000 });
  });

  it.each([
    '{"t":"settled","request":0,"atMs":0,"rows":[]}',
    '{"t":"sent","request":7,"messageId":"m","atMs":0}',
    '{"t":"reply","row":5,"afterMs":0}',
    '{"t":"silent","rows":[9]}',
  ])('with a line that does not follow is refused: %j', (line) => {
    expect(() => restored(SPEC, line)).toThrow('do not fit together');
    expect(() => restored(SPEC, line)).toThrow(expect.objectContaining({ code: 'E_STORE_DAMAGED' }) as Error);
  });
});

describe('the runner of a job', () => {
  const reply = { status: 200, headers: new Map<string, string>(), body: Buffer.alloc(0), requestId: '' };
  const taken: Dispatched = { code: 0n, message: 'OK', agents: new Map(), entries: [], reply };

  function runner(
    job: GseJob,
    change: Partial<JobRunnerOptions> = {},
  ): { runner: JobRunner; lines: string[]; troubles: string[] } {
    const lines: string[] = [];
    const troubles: string[] = [];
    let number = 0;
    const made = new JobRunner({
      job,
      dispatch: () => Promise.resolve(taken),
      append: (line) => Promise.resolve(void lines.push(line)),
      clock: SYSTEM_CLOCK,
      uuid: () => String((number += 1)),
      onChange: () => undefined,
      onTrouble: (error) => void troubles.push(error.code),
      ...change,
    });
    return { runner: made, lines, troubles };
  }

  it('sends contents that differ many in a request when it may, and one by one when the id differs too', async () => {
    const content = { text: 'hi {{agent_id}}' };
    const sent: string[] = [];
    for (const messageId of ['m', 'm-{{agent_id}}']) {
      const job = new GseJob({ ...SPEC, messageId, content, multi: true });
      const { runner: run } = runner(job, {
        dispatch: (outgoing) => {
          sent.push(`${outgoing.messageId}: ${textOf(outgoing.content)}`);
          return Promise.resolve(taken);
        },
      });
      run.go();
      await run.ended;
      await run.close();
    }
    expect(sent.slice(0, 3)).toEqual(['m: a=hi a,b=hi b', 'm: c=hi c,d=hi d', 'm: e=hi e']);
    expect(sent.slice(3)).toEqual(['a', 'b', 'c', 'd', 'e'].map((id) => `m-${id}: hi ${id}`));
  });

  it('sends all, and writes each request down before it goes out', async () => {
    const job = new GseJob(SPEC);
    const lines: string[] = [];
    const sent: string[] = [];
    const { runner: run } = runner(job, {
      append: (line) => Promise.resolve(void lines.push(line)),
      dispatch: ({ messageId, content, agentIds: ids }) => {
        expect(lines.some((line) => line.includes(`"messageId":"${messageId}"`))).toBe(true);
        sent.push(`${messageId} ${textOf(content)} ${ids.join(',')}`);
        return Promise.resolve(taken);
      },
    });
    run.go();
    await run.ended;
    await run.close();
    expect(sent).toEqual(['m-1 hello world a,b', 'm-2 hello world c,d', 'm-3 hello world e']);
    expect(job.counts().ok).toBe(5);
    expect(restored(job.spec, lines.join('\n')).status).toBe('ended');
  });

  it('keeps no more requests under way than allowed', async () => {
    const job = new GseJob({ ...SPEC, rolling: '', requestTargetsMax: 1 });
    let underWay = 0;
    let most = 0;
    const { runner: run } = runner(job, {
      dispatch: async () => {
        underWay += 1;
        most = Math.max(most, underWay);
        await new Promise((resolve) => setImmediate(resolve));
        underWay -= 1;
        return taken;
      },
    });
    run.go();
    await run.ended;
    await run.close();
    expect(most).toBe(2);
  });

  it('tells of requests whose end nobody knows, and does not repeat them', async () => {
    const job = new GseJob({ ...SPEC, onFailure: 'stop' });
    let calls = 0;
    const { runner: run } = runner(job, {
      dispatch: () => {
        calls += 1;
        return Promise.reject(new TransportError('E_DEADLINE', true, new Error('late')));
      },
    });
    run.go();
    await run.ended;
    await run.close();
    expect(calls).toBe(1);
    expect(states(job)).toEqual(['unknown', 'unknown', 'not_sent', 'not_sent', 'not_sent']);
  });

  it('sends nothing it cannot write down, pauses, and goes on when told to', async () => {
    const job = new GseJob(SPEC);
    const sent: string[] = [];
    const lines: string[] = [];
    let isFull = false;
    const { runner: run, troubles } = runner(job, {
      append: (line) => {
        if (isFull) return Promise.reject(new OperatingError('E_STORE_FULL', 'full'));
        return Promise.resolve(void lines.push(line));
      },
      dispatch: ({ agentIds: ids }) => {
        sent.push(...ids);
        isFull = sent.length === 2;
        return Promise.resolve(taken);
      },
    });
    run.go();
    while (job.status !== 'paused') await new Promise((resolve) => setTimeout(resolve, 1));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(troubles).toContain('E_STORE_FULL');
    expect(sent).toEqual(['a', 'b']);
    isFull = false;
    run.resume();
    await run.ended;
    await run.close();
    expect(sent).not.toContain('x');
    expect(new Set(sent).size).toBe(sent.length);
    const again = restored(job.spec, lines.join('\n'));
    expect(SPEC.targets.map((_, index) => again.row(index))).toEqual(
      SPEC.targets.map((_, index) => job.row(index)),
    );
  });

  it('cancels the rest and still waits for what is under way', async () => {
    const job = new GseJob(SPEC);
    let answer: (dispatched: Dispatched) => void = () => undefined;
    const { runner: run } = runner(job, { dispatch: () => new Promise((resolve) => (answer = resolve)) });
    run.go();
    while (job.counts().in_flight === 0) await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setTimeout(resolve, 5));
    run.cancelRest();
    expect(states(job)).toEqual(['in_flight', 'in_flight', 'cancelled', 'cancelled', 'cancelled']);
    answer(taken);
    await run.ended;
    await run.close();
    expect(job.counts()).toMatchObject({ ok: 2, cancelled: 3 });
  });

  it('attaches answers and notices silence', async () => {
    const job = new GseJob({ ...SPEC, replyTimeoutMs: 300, rolling: '' });
    const { runner: run } = runner(job);
    run.go();
    await run.ended;
    expect(run.replied('a', 'm-1')).toBe(true);
    expect(run.replied('a', 'm-1')).toBe(false);
    while (job.counts().silent < 4) await new Promise((resolve) => setTimeout(resolve, 5));
    await run.close();
    expect(job.counts()).toMatchObject({ replied: 1, silent: 4 });
  });
});
