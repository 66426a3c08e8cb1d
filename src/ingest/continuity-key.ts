import { type ColumnArray, columnOf, type FlowBatch, fillOf, physicalColumns, WORD_BYTES } from '../flow/index.ts';

/** A column that a batch does not have live reads as one that holds its `unknown` in every row. */
export class ReadColumns {
  private readonly constants = new Map<string, ColumnArray>();

  read(batch: FlowBatch, physical: string): ColumnArray {
    return batch.array(physical) ?? this.constant(physical, batch.capacity);
  }

  private constant(physical: string, capacity: number): ColumnArray {
    const { word, column } = physicalColumns.find((p) => p.name === physical)!;
    const fill = fillOf(column);
    const key = `${word} ${fill} ${capacity}`;
    let constant = this.constants.get(key);
    if (!constant) {
      const bytes = WORD_BYTES[word];
      constant =
        bytes === 1
          ? new Uint8Array(capacity)
          : bytes === 2
            ? new Uint16Array(capacity)
            : new Uint32Array((capacity * bytes) / 4);
      constant.fill(fill);
      this.constants.set(key, constant);
    }
    return constant;
  }
}

const SEED1 = 0x1e37_79b1;
const SEED2 = 0x05eb_ca6b;
const NO_ICMP = fillOf(columnOf('icmp_type'));

/**
 * What tells the flows of one exporter apart, as a hash of two 32-bit words: addresses, ports, protocol, kind of ICMP, interfaces, the side of metering, VLAN and VRF.
 * The type of service is not in it: it changes within a connection (ECN), and exporters tell that of the first packet.
 */
export class ContinuityKey {
  h1 = 0;
  h2 = 0;
  private readonly columns: ReadColumns;
  private srcHi!: ColumnArray;
  private srcLo!: ColumnArray;
  private dstHi!: ColumnArray;
  private dstLo!: ColumnArray;
  private srcPort!: ColumnArray;
  private dstPort!: ColumnArray;
  private protocol!: ColumnArray;
  private icmpType!: ColumnArray;
  private icmpCode!: ColumnArray;
  private inIf!: ColumnArray;
  private outIf!: ColumnArray;
  private side!: ColumnArray;
  private vlan!: ColumnArray;
  private vrf!: ColumnArray;
  private exporterHi!: ColumnArray;
  private exporterLo!: ColumnArray;
  private domain!: ColumnArray;
  private seed1 = 0;
  private seed2 = 0;

  constructor(columns: ReadColumns) {
    this.columns = columns;
  }

  /** Again when more columns of the batch became live. */
  bind(batch: FlowBatch): void {
    const of = (physical: string) => this.columns.read(batch, physical);
    this.srcHi = of('src_hi');
    this.srcLo = of('src_lo');
    this.dstHi = of('dst_hi');
    this.dstLo = of('dst_lo');
    this.srcPort = of('src_port');
    this.dstPort = of('dst_port');
    this.protocol = of('protocol');
    this.icmpType = of('icmp_type');
    this.icmpCode = of('icmp_code');
    this.inIf = of('in_if');
    this.outIf = of('out_if');
    this.side = of('flow_direction');
    this.vlan = of('vlan');
    this.vrf = of('vrf');
    this.exporterHi = of('exporter_hi');
    this.exporterLo = of('exporter_lo');
    this.domain = of('domain');
  }

  /** The rows that follow are of the exporter and domain of this one. */
  begin(row: number): void {
    const { exporterHi: hi, exporterLo: lo } = this;
    const words = [hi[2 * row]!, hi[2 * row + 1]!, lo[2 * row]!, this.domain[row]!];
    let a = SEED1;
    let b = SEED2;
    for (const word of words) {
      a = mix1(a, word);
      b = mix2(b, word);
    }
    this.seed1 = a;
    this.seed2 = b;
  }

  /** Sets `h1` and `h2` to the hash of this row. Local variables, because what stands in fields is written to memory at each step. */
  of(row: number): void {
    const { srcHi, srcLo, dstHi, dstLo } = this;
    const at = 2 * row;
    let a = this.seed1;
    let b = this.seed2;
    const src = srcLo[at]!;
    const dst = dstLo[at]!;
    const ports = this.srcPort[row]! | (this.dstPort[row]! << 16);
    const inIf = this.inIf[row]!;
    const outIf = this.outIf[row]!;
    const kind = this.protocol[row]! | (this.side[row]! << 8) | (this.vlan[row]! << 16);
    a = mix1(mix1(mix1(a, src), dst), ports);
    b = mix2(mix2(mix2(b, src), dst), ports);
    a = mix1(mix1(mix1(a, inIf), outIf), kind);
    b = mix2(mix2(mix2(b, inIf), outIf), kind);
    // Of IPv4 the rest of both addresses is the same.
    if ((srcHi[at]! | srcHi[at + 1]! | dstHi[at]! | dstHi[at + 1]!) !== 0 || srcLo[at + 1] !== dstLo[at + 1])
      for (const half of [srcHi, dstHi]) {
        a = mix1(mix1(a, half[at]!), half[at + 1]!);
        b = mix2(mix2(b, half[at]!), half[at + 1]!);
      }
    const upper = srcLo[at + 1]! ^ Math.imul(dstLo[at + 1]!, 31);
    const more = (this.icmpType[row]! ^ NO_ICMP) | (this.icmpCode[row]! << 8) | (this.vrf[row]! << 16);
    a = mix1(mix1(a, upper), more);
    b = mix2(mix2(b, upper), more);
    this.h1 = a ^ (a >>> 16);
    this.h2 = b ^ (b >>> 13);
  }
}

/** The mixing of a word of MurmurHash3, by two different constants: two independent halves of a hash. */
function mix1(hash: number, word: number): number {
  const x = Math.imul(hash ^ word, 0xcc9e_2d51);
  return x ^ (x >>> 15);
}

function mix2(hash: number, word: number): number {
  const x = Math.imul((hash + word) | 0, 0x1b87_3593);
  return ((x ^ (x >>> 13)) + 0x2545_f491) | 0;
}
