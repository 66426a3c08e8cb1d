/**
 * meter: packets -> flows.
 * In: packets as room packet reads them, with their time and their length. Out: flows, as columns, to a sink that takes each when it is over or cut; or as
 * export messages. Must not read captures, open sockets or read a clock, and must not allocate per packet or flow.
 */
export { FlowExport } from './flow-export.ts';
export type { FlowSink, Flows } from './flows.ts';
