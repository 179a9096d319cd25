/**
 * THE list of what a window may ask of the core. A call is one question and one `Result`; a stream is items until either side ends it.
 * Adding a line here without a handler does not compile (electron/rpc/dispatcher.ts).
 */
import type { BaseIssue, BaseSchema, InferOutput } from 'valibot';
import * as app from './app.ts';
import * as agents from './dispatch-agents.ts';
import * as jobs from './dispatch-jobs.ts';
import * as profiles from './dispatch-profiles.ts';
import * as targets from './dispatch-targets.ts';
import * as templates from './dispatch-templates.ts';
import * as values from './dispatch-values.ts';
import * as dispatch from './dispatch.ts';
import * as feed from './feed.ts';
import * as plugin from './plugin.ts';
import * as snapshots from './snapshots.ts';

type Schema = BaseSchema<unknown, unknown, BaseIssue<unknown>>;
/**
 * `drop_oldest` keeps the newest items and tells the reader how many were lost; `latest` keeps one item, because each replaces the
 * one before; `wait` is for sources that produce only when there is room.
 */
export interface StreamPolicy {
  readonly queueItemsMax: number;
  readonly onFull: 'drop_oldest' | 'latest' | 'wait';
}
export interface Contract {
  readonly calls: Readonly<Record<string, { readonly input: Schema; readonly output: Schema }>>;
  readonly streams: Readonly<
    Record<string, { readonly input: Schema; readonly item: Schema; readonly policy: StreamPolicy }>
  >;
}

const LATEST: StreamPolicy = { queueItemsMax: 1, onFull: 'latest' };
const WAIT: StreamPolicy = { queueItemsMax: 4, onFull: 'wait' };

export const contract = {
  calls: {
    'app.hello': { input: app.nothing, output: app.helloOutput },
    'app.doctor': { input: app.nothing, output: app.doctorOutput },
    'app.report': { input: app.reportInput, output: app.nothing },
    'settings.read': { input: app.nothing, output: app.settings },
    'settings.write': { input: app.settingsPatch, output: app.settings },
    'links.act': { input: app.linkActInput, output: app.linksItem },
    'lab.set': { input: app.labSetInput, output: app.labState },
    'feed.page': { input: feed.feedPageInput, output: feed.feedPageOutput },
    'feed.event': { input: feed.feedEventInput, output: feed.feedEventOutput },
    'feed.facets': { input: feed.feedFacetsInput, output: feed.feedFacetsOutput },
    'feed.bookmark.set': { input: feed.bookmarkSetInput, output: feed.bookmarkListOutput },
    'feed.bookmark.list': { input: app.nothing, output: feed.bookmarkListOutput },
    'snapshots.page': { input: snapshots.snapshotPageInput, output: snapshots.snapshotPageOutput },
    'snapshots.lookup': { input: snapshots.snapshotLookupInput, output: snapshots.snapshotLookupOutput },
    'snapshots.diff': { input: snapshots.snapshotDiffInput, output: snapshots.snapshotDiffOutput },
    'snapshots.raw': { input: snapshots.snapshotRawInput, output: snapshots.snapshotRawOutput },
    'snapshots.act': { input: snapshots.snapshotActInput, output: snapshots.snapshotServicesItem },
    'snapshots.cgroups': { input: snapshots.snapshotCgroupsInput, output: snapshots.snapshotCgroupsOutput },
    'snapshots.apps': { input: snapshots.snapshotAppsInput, output: snapshots.snapshotAppsOutput },
    'dispatch.profiles': { input: app.nothing, output: profiles.profilesOutput },
    'dispatch.profile.write': { input: profiles.profileWriteInput, output: profiles.profilesOutput },
    'dispatch.profile.remove': { input: profiles.profileIdInput, output: profiles.profilesOutput },
    'dispatch.profile.test': { input: profiles.profileTestInput, output: profiles.profileTestOutput },
    'dispatch.secret.set': { input: profiles.secretSetInput, output: profiles.profilesOutput },
    'dispatch.secret.forget': { input: profiles.secretForgetInput, output: profiles.profilesOutput },
    'dispatch.secrets.unlock': { input: profiles.secretsUnlockInput, output: profiles.profilesOutput },
    'dispatch.targets.parse': { input: targets.targetsParseInput, output: targets.targetSet },
    'dispatch.targets.page': { input: targets.targetsPageInput, output: targets.targetsPageOutput },
    'dispatch.targets.canary': { input: targets.targetsCanaryInput, output: targets.targetSet },
    'dispatch.targets.senders': { input: targets.targetsSendersInput, output: targets.targetsSendersOutput },
    'dispatch.lists': { input: app.nothing, output: targets.targetLists },
    'dispatch.list.write': { input: targets.targetListWriteInput, output: targets.targetLists },
    'dispatch.list.open': { input: targets.targetListInput, output: targets.targetSet },
    'dispatch.list.remove': { input: targets.targetListInput, output: targets.targetLists },
    'dispatch.templates': { input: app.nothing, output: templates.templatesOutput },
    'dispatch.template.read': { input: templates.templatePathInput, output: templates.templateOutput },
    'dispatch.template.write': { input: templates.templateWriteInput, output: templates.templatesOutput },
    'dispatch.template.remove': { input: templates.templatePathInput, output: templates.templatesOutput },
    'dispatch.templates.export': { input: templates.templatesExportInput, output: values.writtenFile },
    'dispatch.templates.import': { input: templates.templatesImportInput, output: templates.templatesOutput },
    'dispatch.preview': { input: dispatch.draft, output: dispatch.previewOutput },
    'dispatch.start': { input: dispatch.dispatchStartInput, output: jobs.jobSummary },
    'dispatch.audit': { input: dispatch.auditInput, output: dispatch.auditOutput },
    'dispatch.audit.export': { input: dispatch.auditExportInput, output: values.writtenFile },
    'dispatch.agents.check': { input: agents.agentsCheckInput, output: agents.agentsCheckOutput },
    'dispatch.agent.info': { input: agents.agentInfoInput, output: agents.agentInfoOutput },
    'jobs.act': { input: jobs.jobActInput, output: jobs.jobSummary },
    'jobs.retry': { input: jobs.jobRetryInput, output: jobs.jobSummary },
    'jobs.rows': { input: jobs.jobRowsInput, output: jobs.jobRowsOutput },
    'jobs.ids': { input: jobs.jobIdsInput, output: jobs.jobIdsOutput },
    'jobs.requests': { input: jobs.jobRequestsInput, output: jobs.jobRequestsOutput },
    'jobs.draft': { input: jobs.jobIdInput, output: jobs.jobDraftOutput },
    'plugin.write': { input: plugin.pluginWriteInput, output: plugin.pluginsItem },
    'plugin.remove': { input: plugin.pluginIdInput, output: plugin.pluginsItem },
    'plugin.act': { input: plugin.pluginActInput, output: plugin.pluginsItem },
    'plugin.places': { input: app.nothing, output: plugin.pluginPlacesOutput },
    'plugin.rows': { input: plugin.pluginRowsInput, output: plugin.pluginRowsOutput },
    'plugin.preview': { input: plugin.pluginPreviewInput, output: plugin.pluginPreviewOutput },
    'plugin.send': { input: plugin.pluginSendInput, output: plugin.pluginSendOutput },
    'plugin.report': { input: plugin.pluginReportInput, output: plugin.pluginsItem },
    'snapshots.export': { input: snapshots.snapshotExportInput, output: snapshots.snapshotExportOutput },
  },
  streams: {
    'feed.live': { input: feed.feedLiveInput, item: feed.feedLiveItem, policy: WAIT },
    'feed.histogram': { input: feed.feedHistogramInput, item: feed.feedHistogramItem, policy: LATEST },
    'feed.pulse': { input: app.nothing, item: feed.feedPulseItem, policy: LATEST },
    'export.run': { input: feed.exportStartInput, item: feed.exportProgressItem, policy: LATEST },
    'links.state': { input: app.nothing, item: app.linksItem, policy: LATEST },
    'lab.state': { input: app.nothing, item: app.labState, policy: LATEST },
    'snapshots.services': { input: app.nothing, item: snapshots.snapshotServicesItem, policy: LATEST },
    'dispatch.changed': { input: app.nothing, item: profiles.profilesOutput, policy: LATEST },
    'jobs.list': { input: app.nothing, item: jobs.jobsListItem, policy: LATEST },
    'jobs.state': { input: jobs.jobIdInput, item: jobs.jobSummary, policy: LATEST },
    'plugin.list': { input: app.nothing, item: plugin.pluginsItem, policy: LATEST },
    'settings.changed': { input: app.nothing, item: app.settings, policy: LATEST },
  },
} as const satisfies Contract;

export type CallName = keyof typeof contract.calls;
export type StreamName = keyof typeof contract.streams;
export type CallInput<K extends CallName> = InferOutput<(typeof contract.calls)[K]['input']>;
export type CallOutput<K extends CallName> = InferOutput<(typeof contract.calls)[K]['output']>;
export type StreamInput<K extends StreamName> = InferOutput<(typeof contract.streams)[K]['input']>;
export type StreamItem<K extends StreamName> = InferOutput<(typeof contract.streams)[K]['item']>;

export function isCallName(name: unknown): name is CallName {
  return typeof name === 'string' && Object.hasOwn(contract.calls, name);
}
export function isStreamName(name: unknown): name is StreamName {
  return typeof name === 'string' && Object.hasOwn(contract.streams, name);
}
