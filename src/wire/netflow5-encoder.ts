import {
  NETFLOW5_HEADER_BYTES,
  NETFLOW5_MAX_RECORDS,
  NETFLOW5_RECORD_BYTES,
  NETFLOW5_VERSION,
} from './netflow5-format.ts';

/** A flow as NetFlow v5 can carry it. Numbers are cut to the width of their field; absent ones are 0. */
export interface Netflow5Record {
  /** IPv4 addresses as one 32-bit word. */
  readonly src: number;
  readonly dst: number;
  readonly nextHop?: number;
  readonly inIf?: number;
  readonly outIf?: number;
  readonly packets: number;
  readonly bytes: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly srcPort?: number;
  /** For ICMP: type x 256 + code. */
  readonly dstPort?: number;
  readonly tcpFlags?: number;
  readonly protocol: number;
  readonly tos?: number;
  readonly srcAs?: number;
  readonly dstAs?: number;
  readonly srcMask?: number;
  readonly dstMask?: number;
}

export interface Netflow5Export {
  /** The clock when the datagrams leave, ms since 1970. */
  readonly exportMs: number;
  /** When the exporter booted: what record times are counted from. */
  readonly bootMs: number;
  /** Flows sent before. */
  readonly sequence: number;
  readonly engineType?: number;
  readonly engineId?: number;
  readonly samplingMode?: number;
  readonly samplingRate?: number;
  /** At most 30, which is also what is used unless told. */
  readonly recordsPerDatagram?: number;
}

/** Datagrams for the records, and the sequence number to go on with. */
export function encodeNetflow5(
  records: readonly Netflow5Record[],
  head: Netflow5Export,
): { datagrams: Uint8Array[]; sequence: number } {
  const most = Math.min(head.recordsPerDatagram ?? NETFLOW5_MAX_RECORDS, NETFLOW5_MAX_RECORDS);
  const datagrams: Uint8Array[] = [];
  for (let i = 0; i < records.length; i += most) {
    datagrams.push(encodeDatagram(records.slice(i, i + most), head, head.sequence + i));
  }
  return { datagrams, sequence: (head.sequence + records.length) >>> 0 };
}

function encodeDatagram(records: readonly Netflow5Record[], head: Netflow5Export, sequence: number): Uint8Array {
  const bytes = new Uint8Array(NETFLOW5_HEADER_BYTES + records.length * NETFLOW5_RECORD_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, NETFLOW5_VERSION);
  view.setUint16(2, records.length);
  view.setUint32(4, head.exportMs - head.bootMs);
  view.setUint32(8, Math.floor(head.exportMs / 1000));
  view.setUint32(12, (head.exportMs % 1000) * 1e6);
  view.setUint32(16, sequence);
  view.setUint8(20, head.engineType ?? 0);
  view.setUint8(21, head.engineId ?? 0);
  view.setUint16(22, ((head.samplingMode ?? 0) << 14) | ((head.samplingRate ?? 0) & 0x3fff));
  records.forEach((record, i) => {
    encodeRecord(view, NETFLOW5_HEADER_BYTES + i * NETFLOW5_RECORD_BYTES, record, head.bootMs);
  });
  return bytes;
}

function encodeRecord(view: DataView, at: number, r: Netflow5Record, bootMs: number): void {
  view.setUint32(at, r.src);
  view.setUint32(at + 4, r.dst);
  view.setUint32(at + 8, r.nextHop ?? 0);
  view.setUint16(at + 12, r.inIf ?? 0);
  view.setUint16(at + 14, r.outIf ?? 0);
  view.setUint32(at + 16, r.packets);
  view.setUint32(at + 20, r.bytes);
  view.setUint32(at + 24, r.startMs - bootMs);
  view.setUint32(at + 28, r.endMs - bootMs);
  view.setUint16(at + 32, r.srcPort ?? 0);
  view.setUint16(at + 34, r.dstPort ?? 0);
  view.setUint8(at + 37, r.tcpFlags ?? 0);
  view.setUint8(at + 38, r.protocol);
  view.setUint8(at + 39, r.tos ?? 0);
  view.setUint16(at + 40, r.srcAs ?? 0);
  view.setUint16(at + 42, r.dstAs ?? 0);
  view.setUint8(at + 44, r.srcMask ?? 0);
  view.setUint8(at + 45, r.dstMask ?? 0);
}
