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

const FACTOR1 = 0x1e37_79b1;
const FACTOR2 = 0x05eb_ca6b;
const NO_ICMP = fillOf(columnOf('icmp_type'));

/** Columns that few exporters fill. */
const RARE = ['flow_direction', 'vlan', 'vrf'];

/**
 * What tells the flows of one exporter apart, as a hash of two 32-bit words: addresses, ports, protocol, kind of ICMP, interfaces, the side of metering, VLAN and VRF.
 * The type of service is not in it: it changes within a connection (ECN), and exporters tell that of the first packet.
 */
export class ContinuityKey {
  /** The two words of the hash of each row asked for. */
  readonly h1: Int32Array;
  readonly h2: Int32Array;
  private readonly columns: ReadColumns;
  private srcHi!: ColumnArray;
  private srcLo!: ColumnArray;
  private dstHi!: ColumnArray;
  private dstLo!: ColumnArray;
  private srcPort!: ColumnArray;
  private dstPort!: ColumnArray;
  private protocol!: ColumnArray;
  private inIf!: ColumnArray;
  private outIf!: ColumnArray;
  private hasRare = false;
  private icmpType!: ColumnArray;
  private icmpCode!: ColumnArray;
  private side!: ColumnArray;
  private vlan!: ColumnArray;
  private vrf!: ColumnArray;
  private exporterHi!: ColumnArray;
  private exporterLo!: ColumnArray;
  private domain!: ColumnArray;
  private seed1 = 0;
  private seed2 = 0;

  /** `most`: rows that are asked for at once. */
  constructor(columns: ReadColumns, most: number) {
    this.columns = columns;
    this.h1 = new Int32Array(most);
    this.h2 = new Int32Array(most);
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
    this.inIf = of('in_if');
    this.outIf = of('out_if');
    this.hasRare = RARE.some((name) => batch.array(name) !== undefined);
    this.icmpType = of('icmp_type');
    this.icmpCode = of('icmp_code');
    this.side = of('flow_direction');
    this.vlan = of('vlan');
    this.vrf = of('vrf');
    this.exporterHi = of('exporter_hi');
    this.exporterLo = of('exporter_lo');
    this.domain = of('domain');
  }

  /** Sets `h1` and `h2` to the hashes of the first `count` of these rows, which are of one exporter and domain. */
  hash(rows: Uint32Array, count: number): void {
    const { srcHi, srcLo, dstHi, dstLo, srcPort, dstPort, protocol, inIf, outIf, hasRare, h1, h2 } = this;
    const { icmpType, icmpCode, side, vlan, vrf } = this;
    this.begin(rows[0]!);
    const { seed1, seed2 } = this;
    for (let i = 0; i < count; i++) {
      const row = rows[i]!;
      const at = 2 * row;
      let src = srcLo[at]!;
      let dst = dstLo[at]!;
      // Of IPv4 the rest of both addresses is the same.
      const upper = srcHi[at]! | srcHi[at + 1]! | dstHi[at]! | dstHi[at + 1]! | (srcLo[at + 1]! ^ dstLo[at + 1]!);
      if (upper !== 0) {
        src = folded(src, srcLo[at + 1]!, srcHi[at]!, srcHi[at + 1]!);
        dst = folded(dst, dstLo[at + 1]!, dstHi[at]!, dstHi[at + 1]!);
      }
      const ports = srcPort[row]! | (dstPort[row]! << 16);
      const interfaces = inIf[row]! ^ Math.imul(outIf[row]!, FACTOR1);
      let kind = protocol[row]! | ((icmpType[row]! ^ NO_ICMP) << 8) | (icmpCode[row]! << 16);
      if (hasRare) kind ^= Math.imul(vlan[row]! | (side[row]! << 16), FACTOR1) ^ Math.imul(vrf[row]!, FACTOR2);
      const a = mix1(mix1(mix1(mix1(mix1(seed1, src), dst), ports), interfaces), kind);
      const b = mix2(mix2(mix2(mix2(mix2(seed2, src), dst), ports), interfaces), kind);
      h1[i] = a ^ (a >>> 16);
      h2[i] = b ^ (b >>> 13);
    }
  }

  private begin(row: number): void {
    const { exporterHi: hi, exporterLo: lo } = this;
    const exporter = folded(lo[2 * row]!, lo[2 * row + 1]!, hi[2 * row]!, hi[2 * row + 1]!);
    this.seed1 = mix1(mix1(FACTOR1, exporter), this.domain[row]!);
    this.seed2 = mix2(mix2(FACTOR2, exporter), this.domain[row]!);
  }
}

/** An address as one word: those of a flow differ in few ways, and of two words of hash each there is enough to tell them. */
function folded(w0: number, w1: number, w2: number, w3: number): number {
  return mix1(mix1(mix1(w0, w1), w2), w3);
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
