/**
 * ingest: sockets and files -> batches -> store: receive, TCP and import threads, exporters' state, the store thread, replay
 * of the journal.
 * In: export datagrams, IPFIX over TCP, captures and IPFIX files. Out: rows and ledger entries in the store, counters, the
 * list of exporters and what they say of themselves. Must not answer queries.
 */
export { attachReader } from './attach-reader.ts';
export {
  ACTIVE_ORDERS,
  type ActiveFlows,
  type ActiveQuery,
  type CaptureOptions,
} from './capture-messages.ts';
export type { ExporterRule } from './exporter-rules.ts';
export { type ImportService, importService } from './import-service.ts';
export type { ImportRequest } from './import-session.ts';
export { type ImportStore, openImportStore } from './import-store.ts';
export { ingestCounters } from './ingest-counters.ts';
export { JournalledStore, type JournalledUpTo } from './journalled-store.ts';
export {
  LIVE_DIMENSIONS,
  type LiveDimension,
  type LiveFigures,
  type LiveGroup,
  type LiveLabel,
  type LiveList,
  type LiveQuery,
  type LiveSecond,
  MOST_LIVE_GROUPS,
} from './live-messages.ts';
export { type MeasuredLoad, measureLoad } from './measure-load.ts';
export { MessageJournal } from './message-journal.ts';
export { espKeys, type KeyText, type MeterSettings, trafficOptions } from './meter-settings.ts';
export { MeteredHost } from './metered-host.ts';
export { openStoreHere } from './open-store.ts';
export { isSqueezed, keepsExtras, OVERLOAD_STEPS } from './overload-controller.ts';
export type { Overload } from './overload-watch.ts';
export { pipedCounters } from './piped-counters.ts';
export {
  type ForwardTarget,
  type GuestStatus,
  type HostForwarding,
  type HostMeterOptions,
  type HostMeterProgram,
  type HostMeterStatus,
  METER_COUNTERS,
  METER_LEVELS,
  type MeterOrder,
  type MeterReport,
  type OpenFlows,
  type PolicyRuleCounts,
  type ProxyLogStatus,
} from './piped-messages.ts';
export { HOST_EXPORTER, HOST_RULES } from './piped-rules.ts';
export { SAMPLE_MIX } from './sample-flows.ts';
export {
  type FlowSecond,
  MOST_SECOND_DIMENSIONS,
  MOST_SECOND_GROUPS,
  SECOND_DIMENSIONS,
  type SecondsQuestion,
} from './seconds/second-messages.ts';
export { BYTES_PER_DATAGRAM, type SocketLoad } from './socket-loads.ts';
export { type IngestHandle, startIngest } from './start-ingest.ts';
export type { KnownPlaces, StoreThreadStatus } from './store-messages.ts';
export { type StoreThread, startStore } from './store-thread.ts';
export { trafficProvenance } from './traffic-facts.ts';
export { TrafficReader } from './traffic-reader.ts';
