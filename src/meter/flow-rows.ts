import { applicationName, enumCode, type FlowBatch, rowShape, setWide, type TextColumns } from '../flow/index.ts';
import { NO_LABEL } from './flow-record.ts';
import type { FlowColumns, FlowSink, Flows } from './flows.ts';
import { MOST_FLOWS_PER_PACKET } from './meter.ts';
import { PositionCodes } from './position-codes.ts';

const METER = enumCode('format', 'meter');
const IP = enumCode('byte_layer', 'ip');
const BY_DEFAULT = enumCode('sampling_origin', 'default');
const CONFIGURED = enumCode('sampling_origin', 'configured');
const OF_FLOWS = enumCode('sampling_origin', 'flows');
const NOT_CONTINUED = enumCode('continued', 'no');
const CONTINUED = enumCode('continued', 'yes');

/** What each row has. */
const ROW = rowShape([
  ...['start', 'end', 'time', 'src_addr', 'dst_addr', 'src_port', 'dst_port', 'protocol', 'raw_bytes', 'raw_packets'],
  ...['sampling', 'sampling_origin', 'tcp_flags', 'tos', 'ttl', 'in_if', 'format', 'byte_layer', 'end_reason'],
  ...['continued', 'icmp_type', 'icmp_code', 'src_mac', 'dst_mac'],
]);
/** What few rows have: where none does, the columns are not there. */
const TAGGED = rowShape(['vlan', 'inner_vlan']);
const LABELLED = rowShape(['mpls_label']);
const FLOW_LABELLED = rowShape(['flow_label']);
const SECURED = rowShape(['spi', 'ipsec']);
const TUNNELLED = rowShape(['tunnel']);
const RECOGNISED = rowShape(['application', 'application_evidence']);
const JUDGED = rowShape(['security']);
const BEGUN = rowShape(['client_side']);
const ASKED = rowShape(['server_name', 'server_name_source']);

/** Flows of a meter as rows of a batch; a flow of both directions is two rows, one behind the other. Whoever has the batch adds when and by whom it came. */
export class FlowRows implements FlowSink {
  private readonly texts: TextColumns;
  private batch: FlowBatch | null = null;
  private columns!: Columns;
  private readonly tunnels: PositionCodes;
  private readonly serverNames: PositionCodes;
  /** By number of the application; 0 is not known yet. */
  private readonly applicationCodes = new Uint32Array(65_536);
  private generation = -1;
  /** Rows of the batch that are the other direction of the row before. */
  private backs = new Uint8Array(0);

  /** `texts` are those of the batches. */
  constructor(texts: TextColumns) {
    this.texts = texts;
    this.tunnels = new PositionCodes(texts, 'tunnel');
    this.serverNames = new PositionCodes(texts, 'server_name');
  }

  /** Rows go to this batch from now on; its texts are begun. */
  bind(batch: FlowBatch): void {
    this.batch = batch;
    this.columns = columnsOf(batch);
    if (this.backs.length < batch.capacity) this.backs = new Uint8Array(batch.capacity);
    this.backs.fill(0);
    if (this.generation === this.texts.generation) return;
    this.generation = this.texts.generation;
    this.tunnels.forget();
    this.serverNames.forget();
    this.applicationCodes.fill(0);
  }

  /** Flows that the batch has room for. */
  get flowsLeft(): number {
    return this.batch === null ? 0 : (this.batch.capacity - this.batch.rows) >>> 1;
  }

  /** Whether another batch must be bound before the meter is given its next packet. */
  get isFull(): boolean {
    return this.flowsLeft < MOST_FLOWS_PER_PACKET;
  }

  /** Whether a row of the bound batch is the other direction of the one before it. */
  isBack(row: number): boolean {
    return this.backs[row] === 1;
  }

  flow(flows: Flows, slot: number, endReason: number): void {
    this.row(flows, slot, endReason);
    if (flows.revPackets[slot] === 0) return;
    this.backs[this.batch!.rows] = 1;
    this.row(flows.back, slot, endReason);
  }

  private row(flows: FlowColumns, slot: number, endReason: number): void {
    const batch = this.batch!;
    const c = this.columns;
    const row = this.begin(flows, slot, endReason);
    address(c.srcHi, c.srcLo, row, flows.srcAddr, 4 * slot);
    address(c.dstHi, c.dstLo, row, flows.dstAddr, 4 * slot);
    c.srcPort[row] = flows.srcPort[slot]!;
    c.dstPort[row] = flows.dstPort[slot]!;
    c.icmpType[row] = flows.icmpType[slot]!;
    c.icmpCode[row] = flows.icmpCode[slot]!;
    times(c, row, flows.start[slot]!, flows.end[slot]!);
    setWide(c.bytes, row, flows.bytes[slot]!);
    setWide(c.packets, row, flows.packets[slot]!);
    c.tcpFlags[row] = flows.tcpFlags[slot]!;
    c.tos[row] = flows.tos[slot]!;
    c.ttl[row] = flows.ttl[slot]!;
    c.inIf[row] = flows.inIf[slot]!;
    mac(c.srcMac, row, flows.srcMacHi[slot]!, flows.srcMacLo[slot]!);
    mac(c.dstMac, row, flows.dstMacHi[slot]!, flows.dstMacLo[slot]!);
    if (flows.flowLabel[slot] !== 0) {
      batch.open(FLOW_LABELLED, row);
      c.flowLabel[row] = flows.flowLabel[slot]!;
    }
    if (flows.mplsLabel[slot] !== NO_LABEL) {
      batch.open(LABELLED, row);
      c.mplsLabel[row] = flows.mplsLabel[slot]!;
    }
    this.rare(flows, slot, row);
    this.names(flows, slot, row);
    batch.rows = row + 1;
  }

  /** The next row, with what both directions have alike. */
  private begin(flows: FlowColumns, slot: number, endReason: number): number {
    const batch = this.batch!;
    const c = this.columns;
    const row = batch.rows;
    batch.begin(ROW, row, 1);
    const sampling = flows.sampling[slot]!;
    c.protocol[row] = flows.protocol[slot]!;
    c.sampling[row] = sampling;
    c.samplingOrigin[row] = sampling > 1 ? (flows.wholeFlows ? OF_FLOWS : CONFIGURED) : BY_DEFAULT;
    c.format[row] = METER;
    c.byteLayer[row] = IP;
    c.endReason[row] = endReason;
    c.continued[row] = flows.continued[slot] === 1 ? CONTINUED : NOT_CONTINUED;
    return row;
  }

  private rare(flows: FlowColumns, slot: number, row: number): void {
    const batch = this.batch!;
    const c = this.columns;
    if ((flows.vlan[slot]! | flows.innerVlan[slot]!) !== 0) {
      batch.open(TAGGED, row);
      c.vlan[row] = flows.vlan[slot]!;
      c.innerVlan[row] = flows.innerVlan[slot]!;
    }
    if ((flows.spi[slot]! | flows.ipsec[slot]!) !== 0) {
      batch.open(SECURED, row);
      c.spi[row] = flows.spi[slot]!;
      c.ipsec[row] = flows.ipsec[slot]!;
    }
    if (flows.tunnel[slot] !== 0) {
      batch.open(TUNNELLED, row);
      c.tunnel[row] = this.tunnels.code(flows.tunnels, flows.tunnel[slot]!);
    }
  }

  /** What payload showed, or other conversations. */
  private names(flows: FlowColumns, slot: number, row: number): void {
    const batch = this.batch!;
    const c = this.columns;
    const application = flows.application[slot]!;
    if (application !== 0) {
      batch.open(RECOGNISED, row);
      c.application[row] = this.applicationCodes[application] ||= this.texts
        .of('application')
        .code(applicationName(application));
      c.evidence[row] = flows.evidence[slot]!;
    }
    if (flows.security[slot] !== 0) {
      batch.open(JUDGED, row);
      c.security[row] = flows.security[slot]!;
    }
    if (flows.clientSide[slot] !== 0) {
      batch.open(BEGUN, row);
      c.clientSide[row] = flows.clientSide[slot]!;
    }
    if (flows.serverName[slot] !== 0) {
      batch.open(ASKED, row);
      c.serverName[row] = this.serverNames.code(flows.names, flows.serverName[slot]!);
      c.nameSource[row] = flows.nameSource[slot]!;
    }
  }
}

type Columns = ReturnType<typeof columnsOf>;

/** The arrays of a batch, live or not. */
function columnsOf(batch: FlowBatch) {
  return {
    start: batch.u32('start'),
    end: batch.u32('end'),
    time: batch.u32('time'),
    srcHi: batch.u32('src_hi'),
    srcLo: batch.u32('src_lo'),
    dstHi: batch.u32('dst_hi'),
    dstLo: batch.u32('dst_lo'),
    srcPort: batch.u16('src_port'),
    dstPort: batch.u16('dst_port'),
    protocol: batch.u8('protocol'),
    icmpType: batch.u8('icmp_type'),
    icmpCode: batch.u8('icmp_code'),
    bytes: batch.u32('raw_bytes'),
    packets: batch.u32('raw_packets'),
    sampling: batch.u32('sampling'),
    samplingOrigin: batch.u8('sampling_origin'),
    tcpFlags: batch.u8('tcp_flags'),
    tos: batch.u8('tos'),
    ttl: batch.u8('ttl'),
    inIf: batch.u32('in_if'),
    format: batch.u8('format'),
    byteLayer: batch.u8('byte_layer'),
    endReason: batch.u8('end_reason'),
    continued: batch.u8('continued'),
    srcMac: batch.u32('src_mac'),
    dstMac: batch.u32('dst_mac'),
    vlan: batch.u16('vlan'),
    innerVlan: batch.u16('inner_vlan'),
    mplsLabel: batch.u32('mpls_label'),
    flowLabel: batch.u32('flow_label'),
    spi: batch.u32('spi'),
    ipsec: batch.u8('ipsec'),
    tunnel: batch.u32('tunnel'),
    application: batch.u32('application'),
    evidence: batch.u8('application_evidence'),
    security: batch.u8('security'),
    clientSide: batch.u8('client_side'),
    serverName: batch.u32('server_name'),
    nameSource: batch.u8('server_name_source'),
  };
}

function address(hi: Uint32Array, lo: Uint32Array, row: number, words: Uint32Array, at: number): void {
  hi[2 * row + 1] = words[at]!;
  hi[2 * row] = words[at + 1]!;
  lo[2 * row + 1] = words[at + 2]!;
  lo[2 * row] = words[at + 3]!;
}

function mac(column: Uint32Array, row: number, hi: number, lo: number): void {
  column[2 * row] = lo;
  column[2 * row + 1] = hi;
}

function times({ start, end, time }: Columns, row: number, startMs: number, endMs: number): void {
  setWide(start, row, startMs);
  setWide(end, row, endMs);
  setWide(time, row, endMs);
}
