/**
 * meter: packets -> flows.
 * In: PacketFields of room packet, one packet after the other, with their time, length and interface. Out: flows, as columns, to a sink that takes each when
 * it is over or cut; or as export messages; what was counted. Must not read captures, open sockets or read a clock, must not allocate per packet or
 * flow, and must not take memory without bound.
 */
export { FlowExport } from './flow-export.ts';
export { FlowRows } from './flow-rows.ts';
export { FLOW_BYTES, MOST_FLOWS } from './flow-table.ts';
export { END_REASON, type FlowSink, type Flows } from './flows.ts';
export { Meter, MOST_FLOWS_PER_PACKET } from './meter.ts';
export type { MeterCounts } from './meter-counts.ts';
export { DEFAULT_METER, type MeterOptions } from './meter-options.ts';
export { Metering, type MeteringOptions } from './metering.ts';
export { believedMs } from './packet-clock.ts';
export { fillNames } from './record-names.ts';
