/**
 * Every bound of the product, in one place. `signalbox doctor` prints this table; docs/LIMITS.md is generated
 * from it. Units stand last in each name. A limit that is not here does not exist.
 */
export const LIMITS = {
  // the loopback HTTP door (docs/THREATS.md, B5 to B8)
  httpEventBodyBytesMax: 256 * 1024,
  httpCallbackBodyBytesMax: 16 * 1024 * 1024,
  httpHeaderBytesMax: 8 * 1024,
  httpHeadersTimeoutMs: 5_000,
  httpRequestTimeoutMs: 10_000,
  httpSweepIntervalMs: 1_000,
  httpConnectionsMax: 512,
  /** Requests up to this size may be served without node:http (electron/net/lean-intake.ts). */
  httpLeanRequestBytesMax: 8 * 1024,
  /** A new connection that says nothing for so long is watched by node:http. */
  httpSilentMs: 100,
  /** So long the door leaves connections in the kernel's queue when there is no descriptor for them. */
  httpAcceptPauseMs: 100,
  /**
   * Longer than the 30 s after which a MIMO sender closes an idle connection, so that it is the sender who
   * closes.
   */
  httpKeepAliveMs: 65_000,
  /**
   * After an early refusal the rest of the request is read and thrown away, so that the peer can read the
   * answer.
   */
  httpLingerMs: 1_000,
  httpLingerBytesMax: 4 * 1024 * 1024,
  httpRefusedBytesMax: 16 * 1024,
  jsonDepthMax: 64,
  jsonNodesMax: 20_000,
  // sending MIMO events
  senderQueueEventsMax: 100_000,
  senderQueueBytesMax: 16 * 1024 * 1024,
  senderIdleMs: 30_000,
  senderRedirectsMax: 10,
  httpReplyHeadBytesMax: 64 * 1024,
  httpReplyBodyBytesMax: 1024 * 1024,

  tokenWrongTriesMax: 5,
  tokenDelayMs: 1_000,

  // the event store
  storeCommitDelayMsMax: 10,
  storeCommitEventsMax: 1_000,
  storePendingEventsMax: 50_000,
  storePendingBytesMax: 64 * 1024 * 1024,
  storeRetentionDaysDefault: 30,
  storeRetentionBytesDefault: 4 * 1024 * 1024 * 1024,
  storeScanRowsPerStep: 50_000,
  pageRowsMax: 1_000,
  previewCharactersMax: 200,
  bodyInlineBytesMax: 32 * 1024,

  // feed and streams
  feedRingRowsMax: 100_000,
  feedSampleAboveRowsPerSecond: 500,
  feedSampleIntervalMs: 100,
  feedSampleRowsMax: 100,
  feedSubscriberQueueRowsMax: 1_000,
  linkHistoryEntriesMax: 20,
  exportDownloadsMax: 32,
  controlSessionsMax: 32,
  streamTickMs: 16,
  frameBytesMax: 256 * 1024,
  /**
   * From a window to the core: the largest settings patch (200 saved filters of 2 000 characters, 3 bytes
   * each) fits.
   */
  frameInboundBytesMax: 2 * 1024 * 1024,
  /** One message of the core to a window: the largest body (httpCallbackBodyBytesMax) with its head fits. */
  frameOutboundBytesMax: 24 * 1024 * 1024,
  serveWindowsMax: 32,
  callsInFlightMax: 256,
  callDeadlineMs: 30_000,
  streamsPerClientMax: 64,
  streamCreditsInitial: 8,
  clientQueueBytesMax: 8 * 1024 * 1024,
  clientWriteAgeMsMax: 10_000,

  // text
  filterCharactersMax: 2_000,
  filterDepthMax: 64,
  logFieldBytesMax: 4 * 1024,
  peerTextBytesMax: 4 * 1024,
  logFileBytesMax: 8 * 1024 * 1024,
  settingsBytesMax: 1024 * 1024,
  importBytesMax: 5 * 1024 * 1024,

  // peers
  backoffMinMs: 250,
  backoffMaxMs: 30_000,
  stopDeadlineMs: 5_000,
  unixPathBytesMax: 107,

  // GSE plugin messages (docs/protocols/gse.md)
  gseFrameBytesMax: 10 * 1024 * 1024,
  /** What the lab's agent takes from a plugin: the SDK itself sends without a limit. */
  gseLabFrameBytesMax: 64 * 1024 * 1024,
  gseReplyBytesMax: 4 * 1024 * 1024,
  gseReplyKeptBytesMax: 64 * 1024,
  gseRequestTimeoutMs: 15_000,
  gseConnectionsMax: 16,
  gseJsonDepthMax: 10_000,
  gseJsonNodesMax: 1_000_000,
  gseWriteTimeoutMs: 10_000,
  gseSendQueueBytesMax: 64 * 1024 * 1024,
  gseCallbackQueueFramesMax: 1_000,
  gseCallbackQueueBytesMax: 64 * 1024 * 1024,
  gseKeepaliveMs: 3_000,
  gseReconnectMs: 1_000,
  gseHealthyMs: 10_000,
  gseAgentIdCharactersMax: 64,
  gseAgentsPerQueryMax: 1_000,
  /** For all states of one set of targets together; a call has a little more. */
  gseAgentCheckMs: 25_000,
  /** States of agents that are remembered for the lists. */
  gseAgentStatesMax: 200_000,
  gseTargetsMax: 50_000,
  gseTargetTextCharactersMax: 2_000_000,
  gseTargetSetsMax: 64,
  gseTargetsShownMax: 100,
  gseTargetListsMax: 500,
  gseBatchTargetsMax: 10_000,
  gseConcurrencyMax: 16,
  /** Contents of one request when each agent gets its own. */
  gseMultiBodyBytesMax: 16 * 1024 * 1024,
  gseDraftCharactersMax: 500_000,
  gseRequestsPerJobMax: 50_000,
  gseJobsListedMax: 200,
  gseJobsInMemoryMax: 16,
  gseReplyShownCharactersMax: 500,
  gseJobFileBytesMax: 256 * 1024 * 1024,
  /** The newest of them are looked through on the screen; files hold logFileBytesMax. */
  gseAuditLinesMax: 5_000,
  gseTemplatesMax: 2_000,
  gseTemplateBytesMax: 2 * 1024 * 1024,
  gseProfilesMax: 50,
  gsePluginsMax: 20,
  /** Lines of a plugin connection the window shows; older ones are in the feed. */
  gsePluginTrafficRowsMax: 1_000,
  /** Of a plugin connection, not stored yet; above either the agent's socket is not read. */
  gsePluginUnstoredFramesMax: 1_000,
  gsePluginUnstoredBytesMax: 16 * 1024 * 1024,
  gsePluginMessageIdCharactersMax: 1_000,
  /** It travels with every change of the connection. */
  gsePluginAnswerCharactersMax: 10_000,
  gsePluginPreviewBytesMax: 4_096,
  gsePluginReportsPerSecondMax: 1_000,
  gsePluginKeepaliveMsMin: 500,
  gsePluginKeepaliveMsMax: 600_000,

  // netipc
  netipcPacketBytes: 65_536,
  netipcHandshakeTimeoutMs: 2_000,
  netipcCallTimeoutMs: 30_000,
  netipcContinuationTimeoutMs: 5_000,
  netipcGrowthBytesMax: 1024 * 1024,
  netipcSessionsMax: 64,
  netipcQueuedRequestsMax: 1_024,
  netipcQueuedRequestBytesMax: 8 * 1024 * 1024,
  netipcSendQueueBytesMax: 8 * 1024 * 1024,
  netipcResponseBytesMax: 64 * 1024 * 1024,
  netipcAttachTimeoutMs: 5_000,
  netipcStartLockTimeoutMs: 1_000,
  netipcGenerationsKept: 30,
  netipcGenerationsKeptBytesMax: 32 * 1024 * 1024,
  netipcProviderResponseBytesMax: 4 * 1024 * 1024,
  netipcRefreshMsMin: 100,
  netipcRefreshMsDefault: 1_000,
  netipcScanCgroupsMax: 20_000,
  netipcScanDepthMax: 32,
} as const;

export type LimitName = keyof typeof LIMITS;
