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

const K1 = 0x9e37_79b1;
const K2 = 0x85eb_ca6b;
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
    this.h1 = K1;
    this.h2 = K2;
    this.mix(hi[2 * row]!);
    this.mix(hi[2 * row + 1]!);
    this.mix(lo[2 * row]!);
    this.mix(this.domain[row]!);
    this.seed1 = this.h1;
    this.seed2 = this.h2;
  }

  /** Sets `h1` and `h2` to the hash of this row. */
  of(row: number): void {
    this.h1 = this.seed1;
    this.h2 = this.seed2;
    const at = 2 * row;
    const { srcHi, srcLo, dstHi, dstLo } = this;
    // Of IPv4 all but the lowest word is the same in each address.
    const wide = srcHi[at]! | srcHi[at + 1]! | dstHi[at]! | dstHi[at + 1]!;
    if (wide !== 0 || srcLo[at + 1] !== dstLo[at + 1]) {
      this.mix(srcHi[at + 1]!);
      this.mix(srcHi[at]!);
      this.mix(srcLo[at + 1]!);
      this.mix(dstHi[at + 1]!);
      this.mix(dstHi[at]!);
      this.mix(dstLo[at + 1]!);
    }
    this.mix(srcLo[at]!);
    this.mix(dstLo[at]!);
    this.mix(this.srcPort[row]! | (this.dstPort[row]! << 16));
    this.mix(this.inIf[row]!);
    this.mix(this.outIf[row]!);
    this.mix(this.protocol[row]! | (this.side[row]! << 8) | (this.vlan[row]! << 16));
    const icmp = this.icmpType[row]!;
    if (icmp !== NO_ICMP) this.mix(icmp | (this.icmpCode[row]! << 8));
    const vrf = this.vrf[row]!;
    if (vrf !== 0) this.mix(~vrf);
    this.h1 ^= this.h1 >>> 16;
    this.h2 = (this.h2 ^ (this.h2 >>> 13)) >>> 0;
  }

  /** Two multiplications with different constants: MurmurHash3's mixing of a word. */
  private mix(word: number): void {
    const a = Math.imul(this.h1 ^ word, 0xcc9e_2d51);
    this.h1 = a ^ (a >>> 15);
    const b = Math.imul(this.h2 + word, 0x1b87_3593);
    this.h2 = (b ^ (b >>> 13)) + 0x2545_f491;
  }
}
