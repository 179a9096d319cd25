/** What a window may ask of GSE. */
import type { CallHandlers, StreamHandlers, StreamSink } from '../../../shared/contract/handlers.ts';
import type { StreamInput, StreamItem } from '../../../shared/contract/contract.ts';
import type { GseProfile } from '../../../shared/contract/dispatch-profiles.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { Secret } from '../../../shared/secret.ts';
import type { ConsoleParts } from '../console-parts.ts';
import { compileFilter } from '../row-filter.ts';
import { Topic } from '../topic.ts';
import { exportFile } from './export-file.ts';
import { testProfile } from './profile-test.ts';
import { linkIdOf } from './callback-link.ts';
import { PLUGIN_LINK_PREFIX } from './plugin-link.ts';

type GseCallName = Extract<keyof CallHandlers, `dispatch.${string}` | `jobs.${string}`>;
export type GseCalls = Pick<CallHandlers, GseCallName>;
type JobCalls = Pick<CallHandlers, Extract<GseCallName, `jobs.${string}`>>;
type TargetCalls = Pick<
  CallHandlers,
  Extract<GseCallName, `dispatch.targets.${string}` | `dispatch.list${string}`>
>;
type TemplateCalls = Pick<CallHandlers, Extract<GseCallName, `dispatch.template${string}`>>;
type OtherCalls = Omit<GseCalls, keyof JobCalls | keyof TargetCalls | keyof TemplateCalls>;
type Parts = Pick<ConsoleParts, 'gse' | 'callbacks' | 'options' | 'store' | 'links' | 'downloads'>;
type ProfilesItem = StreamItem<'dispatch.changed'>;

/** At most ten times a second. */
const JOB_STATE_MS = 100;

export function gseCalls(parts: Parts): GseCalls {
  return { ...profileCalls(parts), ...targetCalls(parts), ...templateCalls(parts), ...jobCalls(parts) };
}

export function readProfiles({ gse, callbacks }: Pick<Parts, 'gse' | 'callbacks'>): ProfilesItem {
  const profiles = gse.profiles.list().map(({ profile, simulated }) => ({
    profile,
    simulated,
    secrets: gse.profiles.secretNames(profile.id),
    callbackUrl: callbacks.urlOf(profile.id),
    suggestedTargets: simulated ? [...callbacks.labAgentIds()] : [],
  }));
  return { profiles, secretStore: gse.secrets.state() };
}

/** What of it matters to whoever looks for the reason of something later. */
function profileText({ id, kind, baseUrl, readOnly, callback }: GseProfile): string {
  const lock = readOnly ? ', read-only' : '';
  const listens = callback.enabled ? `, listens on ${callback.host}:${callback.port}` : '';
  return `${id}: ${kind}, ${baseUrl}${lock}${listens}`;
}

function profileCalls(parts: Parts): OtherCalls {
  const { gse, callbacks, links } = parts;
  const answer = (): ProfilesItem => readProfiles(parts);
  return {
    'dispatch.profiles': async () => answer(),
    'dispatch.profile.write': async ({ profile }) => {
      await gse.audit.around('profile written', profileText(profile), () => gse.profiles.write(profile));
      await callbacks.reconcile();
      return answer();
    },
    'dispatch.profile.remove': async ({ profileId }) => {
      await gse.audit.around('profile removed', profileId, () => gse.profiles.remove(profileId));
      await callbacks.reconcile();
      return answer();
    },
    'dispatch.profile.test': async ({ profileId, slotId }) => {
      const profile = gse.profiles.get(profileId);
      const wanted = slotId ?? profile.slots[0]?.slotId ?? '0';
      const link = links.list().find(({ id }) => id === linkIdOf(profileId));
      return testProfile({
        profile,
        // Whoever asks gives up before a long timeout of the profile would.
        options: {
          ...gse.profiles.gatewayOptions(profileId),
          timeoutMs: Math.min(profile.timeoutMs, LIMITS.gseRequestTimeoutMs),
        },
        slotId: wanted,
        hasToken: gse.profiles.secret(profileId, `slot:${wanted}`) !== null,
        callbackUrl: callbacks.urlOf(profileId),
        callbackReason: link?.reason ?? 'nothing listens',
      });
    },
    'dispatch.secret.set': async ({ profileId, name, value }) => {
      const secret = new Secret(value);
      await gse.audit.around('secret set', `${name} of ${profileId}`, () =>
        gse.profiles.setSecret(profileId, name, secret),
      );
      return answer();
    },
    'dispatch.secret.forget': async ({ profileId, name }) => {
      await gse.audit.around('secret forgotten', `${name} of ${profileId}`, () =>
        gse.profiles.forgetSecret(profileId, name),
      );
      return answer();
    },
    'dispatch.secrets.unlock': async ({ passphrase }) => {
      const secret = new Secret(passphrase);
      await gse.audit.around('secrets unlocked', gse.secrets.state().place, () => gse.secrets.unlock(secret));
      gse.profiles.changed();
      return answer();
    },
    'dispatch.preview': async (draft) => gse.preview(draft),
    'dispatch.start': (input) => gse.start(input),
    'dispatch.audit': async (input) => gse.audit.page(input),
    'dispatch.audit.export': ({ text }) => exportFile(parts, 'audit.jsonl', gse.audit.exportLines(text)),
    'dispatch.agents.check': ({ profileId, setId }) => gse.agents.check(profileId, setId, gse.sets),
    'dispatch.agent.info': ({ profileId, agentId }) => gse.agents.details(profileId, agentId),
  };
}

function targetCalls({ gse, store, options }: Parts): TargetCalls {
  return {
    'dispatch.targets.parse': async (input) => gse.sets.parse(input),
    'dispatch.targets.page': async ({ setId, from, rowsMax }) => {
      const ids = gse.sets.ids(setId);
      return { ids: ids.slice(from, from + rowsMax), total: ids.length };
    },
    'dispatch.targets.canary': async ({ setId, count }) => gse.sets.canary(setId, count, Math.random),
    'dispatch.targets.senders': async ({ sinceMs }) => {
      const filter = compileFilter(`src:gse -link:${PLUGIN_LINK_PREFIX}*`)?.expression ?? null;
      const { facets } = await store.facets(
        { filter, range: { fromMs: sinceMs, toMs: null } },
        LIMITS.pageRowsMax,
      );
      const hosts = facets.find(({ field }) => field === 'host')?.values ?? [];
      return {
        senders: hosts
          .filter(({ value }) => value !== '')
          .map(({ value, count }) => ({ agentId: value, messages: count })),
      };
    },
    'dispatch.lists': async () => gse.lists.list(),
    'dispatch.list.write': async ({ name, tags, setId }) => {
      const ids = [...gse.sets.ids(setId)];
      const list = { name, tags, changedAtMs: options.clock.wallMs(), ids };
      await gse.audit.around('list written', `${name}, ${ids.length} targets`, () => gse.lists.write(list));
      return gse.lists.list();
    },
    'dispatch.list.open': async ({ name }) => gse.sets.add(gse.lists.ids(name)),
    'dispatch.list.remove': async ({ name }) => {
      await gse.audit.around('list removed', name, () => gse.lists.remove(name));
      return gse.lists.list();
    },
  };
}

function templateCalls(parts: Parts): TemplateCalls {
  const { gse } = parts;
  const { templates } = gse;
  return {
    'dispatch.templates': () => templates.list(),
    'dispatch.template.read': ({ path }) => templates.read(path),
    'dispatch.template.write': async ({ path, template }) => {
      await gse.audit.around('template written', path, () => templates.write(path, template));
      return templates.list();
    },
    'dispatch.template.remove': async ({ path }) => {
      await gse.audit.around('template removed', path, () => templates.remove(path));
      return templates.list();
    },
    'dispatch.templates.export': async ({ path }) => {
      if (path === null) return exportFile(parts, 'templates.json', await templates.exportAll());
      const { text } = await templates.read(path);
      return exportFile(parts, path.slice(path.lastIndexOf('/') + 1), { bytes: Buffer.from(text), count: 1 });
    },
    'dispatch.templates.import': async ({ bytes, folder }) => {
      const detail = `${bytes.length} bytes into /${folder}`;
      await gse.audit.around('templates imported', detail, () => templates.importAll(bytes, folder));
      return templates.list();
    },
  };
}

function jobCalls({ gse }: Parts): JobCalls {
  return {
    'jobs.act': ({ jobId, action }) =>
      gse.audit.around(`job ${action}`, jobId, () => gse.jobs.act(jobId, action)),
    'jobs.retry': (input) => gse.retry(input),
    'jobs.rows': async ({ jobId, outcome, from, rowsMax }) => {
      const view = await gse.jobs.view(jobId);
      const { profileId } = view.head.draft;
      const { rows, total } = view.page(outcome, from, rowsMax);
      const known = rows.map((row) => ({ ...row, agent: gse.agents.known(profileId, row.agentId) }));
      return { rows: known, total };
    },
    'jobs.ids': (input) => gse.idsOf(input),
    'jobs.requests': async ({ jobId, from, rowsMax }) =>
      (await gse.jobs.view(jobId)).requestLines(from, rowsMax),
    'jobs.draft': ({ jobId }) => gse.draftOf(jobId),
  };
}

/** One job's summary, at most ten times a second. Fails with E_NOT_FOUND. */
export function openJobState(
  { gse }: Pick<Parts, 'gse'>,
  { jobId }: StreamInput<'jobs.state'>,
  sink: StreamSink<StreamItem<'jobs.state'>>,
): ReturnType<StreamHandlers['jobs.state']> {
  gse.jobs.summary(jobId);
  const topic = new Topic(() => gse.jobs.summary(jobId), JOB_STATE_MS);
  const stop = gse.jobs.onChange((changed) => {
    if (changed === jobId) topic.changed();
  });
  const leave = topic.subscribe(sink);
  return () => {
    stop();
    leave();
    topic.close();
  };
}
