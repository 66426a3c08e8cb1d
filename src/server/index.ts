/**
 * server: the HTTP API, metrics, the query service and its thread, the configuration and the assembly of a node.
 * In: requests and a configuration. Out: answers and a running node. Must not decode flows or write SQL.
 */
export { type ActiveAnswer, MAX_ACTIVE_FLOWS } from './active-flows.ts';
export { agentFailure, startAgent } from './agent.ts';
export { openImportsAtRest, openStoreAtRest } from './at-rest.ts';
export { loadConfig } from './config.ts';
export { type ExporterLines, exporterLines, type OpenDoors } from './exporter-lines/exporter-lines.ts';
export { type Finding, fail, ok, warn } from './finding.ts';
export { DAMAGE_ADVICE, type Health } from './health.ts';
export { explainLabels, type LabelExplanation } from './label-explain.ts';
export { NAME_KINDS, type NameKind, type NamesAnswer, namesOf, withNameNotes } from './label-names.ts';
export { formatListenAddress, type ListenAddress } from './listen-address.ts';
export type { LiveLine } from './live-schema.ts';
export { localQueryService, queryResources } from './local-query-service.ts';
export type { RunningNode } from './node.ts';
export { MEMORY_SEGMENTS, SEGMENT_AGE_MS, WRITER_MEMORY_BYTES } from './node-bounds.ts';
export {
  type Ask,
  EXPORT_FORMATS,
  type ExportFile,
  type FlowsAnswer,
  type QueryService,
} from './query-service.ts';
export type { RunningQuery } from './query-slots.ts';
export { retentionOf } from './retention-setting.ts';
export { type RunningNodeFile, runningNodes } from './runtime-directory.ts';
export type { FlowSecondLine } from './seconds-schema.ts';
export { describeFallback, flagOf, SETTING_NAMES, SETTINGS, type SettingName } from './settings.ts';
export { nodeSocket, shortSocketPath } from './socket-path.ts';
export { startNode } from './start.ts';
export { parseDuration } from './units.ts';
export { weirVersion } from './version.ts';
export type { PublicPanel, PublicView } from './views/published.ts';
export type { SavedDashboard, SavedView } from './views/view-schema.ts';
