import type { ColumnArray, FlowBatch } from '../../flow/index.ts';

/** `sampling_origin` of rows that stand for others, of whose packets none is missing: whole flows were chosen. */
const WHOLE_FLOWS = new Set([6, 7]);
const UNKNOWN_ORIGIN = 0;
const TWO_32 = 4_294_967_296;

/** Columns of a batch that another thread fills, as far as they are live; those that are not are null. */
export class HotColumns {
  readonly srcLo: Uint32Array;
  readonly srcHi: Uint32Array;
  readonly dstLo: Uint32Array;
  readonly dstHi: Uint32Array;
  readonly srcPort: ColumnArray;
  readonly dstPort: ColumnArray;
  readonly protocol: ColumnArray;
  readonly application: ColumnArray;
  readonly evidence: ColumnArray;
  readonly exporterLo: ColumnArray | null;
  readonly exporterHi: ColumnArray | null;
  readonly clientSide: ColumnArray | null;
  readonly duplicate: ColumnArray | null;
  readonly service: ColumnArray | null;
  readonly serviceEvidence: ColumnArray | null;
  readonly category: ColumnArray | null;
  private readonly flags: ColumnArray | null;
  private readonly packets: ColumnArray | null;
  private readonly start: Uint32Array;
  private readonly end: Uint32Array;
  private readonly time: Uint32Array;
  private readonly sampling: ColumnArray | null;
  private readonly samplingOrigin: ColumnArray | null;

  private constructor(batch: FlowBatch) {
    const need = (name: string) => batch.array(name)!;
    const words = (name: string) => need(name) as Uint32Array;
    const perhaps = (name: string) => batch.array(name) ?? null;
    this.srcLo = words('src_lo');
    this.srcHi = words('src_hi');
    this.dstLo = words('dst_lo');
    this.dstHi = words('dst_hi');
    this.srcPort = need('src_port');
    this.dstPort = need('dst_port');
    this.protocol = need('protocol');
    this.application = need('application');
    this.evidence = need('application_evidence');
    this.exporterLo = perhaps('exporter_lo');
    this.exporterHi = perhaps('exporter_hi');
    this.clientSide = perhaps('client_side');
    this.duplicate = perhaps('duplicate');
    this.service = perhaps('service');
    this.serviceEvidence = perhaps('service_evidence');
    this.category = perhaps('category');
    this.flags = perhaps('tcp_flags');
    this.packets = perhaps('raw_packets');
    this.start = words('start');
    this.end = words('end');
    this.time = words('time');
    this.sampling = perhaps('sampling');
    this.samplingOrigin = perhaps('sampling_origin');
  }

  /** Null while no row has what labels rest on. */
  static of(batch: FlowBatch): HotColumns | null {
    return NEEDED.every((name) => batch.array(name) !== undefined) ? new HotColumns(batch) : null;
  }

  /** First and last packet, on the clock of this node: `time` is the end on it. */
  endMs(row: number): number {
    return wide(this.time, row);
  }
  startMs(row: number): number {
    return wide(this.start, row) + wide(this.time, row) - wide(this.end, row);
  }

  packetsOf(row: number): number {
    return this.packets ? wide(this.packets, row) : 0;
  }

  /** 0 where the exporter does not tell. */
  flagsOf(row: number): number {
    return this.flags?.[row] ?? 0;
  }

  /** Whether packets of the flow, or flows beside it, may have been missed because only some were looked at. */
  isSampled(row: number): boolean {
    const origin = this.samplingOrigin?.[row];
    return origin === UNKNOWN_ORIGIN || ((this.sampling?.[row] ?? 1) > 1 && !WHOLE_FLOWS.has(origin!));
  }
}

const NEEDED = [
  ...['src_lo', 'src_hi', 'dst_lo', 'dst_hi', 'src_port', 'dst_port', 'protocol', 'start', 'end', 'time'],
  ...['application', 'application_evidence'],
];

function wide(words: ColumnArray, row: number): number {
  return (words[2 * row + 1]! | 0) * TWO_32 + words[2 * row]!;
}
