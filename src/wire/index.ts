/**
 * wire: export bytes <-> flows: NetFlow v5, v7 and v9, IPFIX, sFlow v5.
 * In: the bytes of a datagram or message, what its receiver knows (FlowContext), and what its stream said before
 * (TemplateSession, SflowSession). Out: rows of a FlowBatch, the header for the sequence tracker, interface counters and
 * facts about the exporter, a cause from DECODE_ERRORS when the bytes are not what they say; messages for export. Must not
 * open sockets, must not read a clock, must not throw for what the bytes hold, must not allocate per record.
 */
export { configured as configuredColumn } from './columns/column-mapping.ts';
export { DECODE_ERRORS, type DecodeError } from './decode-errors.ts';
export { findElementByName, parseElementReference } from './elements/registry.ts';
export { type ExportProtocol, flowEncoder } from './encode/create-encoder.ts';
export { CHANGED, type ExportCounts, LEFT_OUT } from './encode/export-counts.ts';
export type { RefilledFlow } from './encode/exported-flow.ts';
export { EXPORTED_COLUMNS } from './encode/fields.ts';
export type { FlowEncoder } from './encode/flow-encoder.ts';
export { interfaceOptions, levelOptions, openOptions, removedOptions } from './encode/options.ts';
export { type ExportHeader, FORMAT, newExportHeader } from './export-header.ts';
export { DEFAULT_EXPORTER_SETTINGS, type ElementMapping, type ExporterSettings } from './exporter-settings.ts';
export { type FlowContext, newFlowContext, SAMPLING_ORIGIN } from './flow-context.ts';
export { FlowSieve, MOST_SHED_RATE } from './flow-sieve.ts';
export { readIpfixHeader } from './ipfix-header.ts';
export { encodeNetflow5, type Netflow5Export, type Netflow5Record } from './netflow5-encoder.ts';
export {
  NETFLOW5_HEADER_BYTES,
  NETFLOW5_RECORD_BYTES,
} from './netflow5-format.ts';
export { type Netflow5Header, newNetflow5Header, readNetflow5Header } from './netflow5-header.ts';
export { applyNetflow5Sampling } from './netflow5-sampling.ts';
export { NETFLOW5_SHAPE, Netflow5Writer } from './netflow5-writer.ts';
export { readNetflow9Header } from './netflow9-header.ts';
export { AgentUptime } from './sflow/agent-uptime.ts';
export { deleteFirst, type EntryHolder, EntryLimit } from './sflow/entry-limit.ts';
export { SflowDecoder } from './sflow/sflow-decoder.ts';
export { readSflowHeader } from './sflow/sflow-header.ts';
export type { SflowResult } from './sflow/sflow-result.ts';
export { SflowSession } from './sflow/sflow-session.ts';
export type { Template } from './template.ts';
export { TemplateDecoder } from './template-decoder.ts';
export { TemplateSession } from './template-session.ts';
