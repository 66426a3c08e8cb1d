import { protocolName, protocolNumber } from './protocols.ts';
import type { JsonValue } from './record.ts';

/** A flow record as `weir flows --format jsonl` prints it. */
export type FlowRecordJson = Readonly<Record<string, JsonValue>>;

/** What names a flow: its key, and as far as they are given its start and its exporter. */
export interface FlowName {
  readonly protocol: number;
  readonly srcAddress: string;
  readonly srcPort: number;
  readonly dstAddress: string;
  readonly dstPort: number;
  /** ms since 1970. */
  readonly start: number | null;
  readonly exporter: string | null;
}

/** ms since 1970 of what stands in a record or a name. */
export function timeOf(text: string): number {
  return /^\d+$/.test(text) ? Number(text) : Date.parse(text);
}

/** The name as text, which `parseFlowName` reads. */
export function formatFlowName({
  protocol,
  srcAddress,
  srcPort,
  dstAddress,
  dstPort,
  start,
  exporter,
}: FlowName): string {
  const end = (address: string, port: number) =>
    address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  const key = `${protocolName(protocol)} ${end(srcAddress, srcPort)} > ${end(dstAddress, dstPort)}`;
  const begun = start === null ? '' : ` start ${new Date(start).toISOString()}`;
  return `${key}${begun}${exporter === null ? '' : ` exporter ${exporter}`}`;
}

export function nameOfRecord(record: FlowRecordJson): FlowName {
  const number = (value: JsonValue | undefined) => Number(value ?? 0);
  const protocol = record.protocol;
  return {
    protocol: typeof protocol === 'string' ? (protocolNumber(protocol) ?? Number(protocol)) : number(protocol),
    srcAddress: String(record.src_addr ?? '::'),
    srcPort: number(record.src_port),
    dstAddress: String(record.dst_addr ?? '::'),
    dstPort: number(record.dst_port),
    start: record.start === undefined ? null : timeOf(String(record.start)),
    exporter: record.exporter === undefined ? null : String(record.exporter),
  };
}

/** The filter that its key and exporter are. */
export function filterOfName({ protocol, srcAddress, srcPort, dstAddress, dstPort, exporter }: FlowName): string {
  return [
    `protocol = ${protocol}`,
    `src_addr = ${srcAddress}`,
    `src_port = ${srcPort}`,
    `dst_addr = ${dstAddress}`,
    `dst_port = ${dstPort}`,
    ...(exporter === null ? [] : [`exporter = ${exporter}`]),
  ].join(' and ');
}
