import { enumCode, type FlowBatch, parsePrefix, rowShape, type TextColumns } from '../flow/index.ts';
import type { HomeNetworks } from './home-networks.ts';
import { NumberedPrefixes } from './places/numbered-prefixes.ts';
import { RowColumns } from './row-columns.ts';

const SHAPE = rowShape(['src_subnet', 'dst_subnet', 'reach']);
const SAME_SUBNET = enumCode('reach', 'same_subnet');
const ON_SITE = enumCode('reach', 'on_site');
const INSIDE = enumCode('direction', 'inside');
const MULTICAST = enumCode('reach', 'multicast');
const BROADCAST = enumCode('reach', 'broadcast');
/** The two addresses of a subnet of two (RFC 3021) are hosts. */
const MOST_BROADCAST_BITS = 126;

/**
 * Writes `src_subnet` and `dst_subnet` by the configured subnets, and corrects `reach` by them: what stays in one of their prefixes, what goes to the last
 * address of one, and what goes from one to another although a route of the exporter holds both. Nothing where none is configured.
 */
export class SubnetLabels {
  private readonly names: readonly string[];
  private readonly numbers: NumberedPrefixes | null;
  /** By number of the prefix: its last address, where that is for all of them; 0 for none. */
  private readonly lasts: Uint32Array;
  /** Codes of the two text columns, by number of the prefix. */
  private readonly srcCodes: Uint32Array;
  private readonly dstCodes: Uint32Array;
  private readonly texts: TextColumns;
  private readonly columns = new RowColumns();
  private generation = -1;
  private batch: FlowBatch | null = null;

  constructor({ subnets = {} }: HomeNetworks, texts: TextColumns) {
    const prefixes = Object.entries(subnets).flatMap(([name, of]) => of.map((prefix) => ({ name, prefix })));
    this.names = prefixes.map(({ name }) => name);
    this.numbers = prefixes.length === 0 ? null : new NumberedPrefixes(prefixes.map(({ prefix }) => prefix));
    this.lasts = Uint32Array.of(0, ...prefixes.map(({ prefix }) => lastAddress(prefix)));
    this.srcCodes = new Uint32Array(prefixes.length + 1);
    this.dstCodes = new Uint32Array(prefixes.length + 1);
    this.texts = texts;
  }

  bind(batch: FlowBatch): void {
    this.batch = batch;
    if (this.numbers !== null && this.generation !== this.texts.generation) this.learnCodes();
  }

  /** After `reach` was written by all else. */
  rows(from: number, to: number): void {
    const { batch, numbers, lasts, srcCodes, dstCodes, columns } = this;
    if (batch === null || numbers === null) return;
    batch.claim(SHAPE, from);
    const srcSubnet = batch.u32('src_subnet');
    const dstSubnet = batch.u32('dst_subnet');
    const reach = batch.u8('reach');
    const direction = columns.read(batch, 'direction');
    const srcHi = columns.words(batch, 'src_hi');
    const srcLo = columns.words(batch, 'src_lo');
    const dstHi = columns.words(batch, 'dst_hi');
    const dstLo = columns.words(batch, 'dst_lo');
    for (let row = from; row < to; row++) {
      const src = numbers.at(srcHi, srcLo, 2 * row);
      const dst = numbers.at(dstHi, dstLo, 2 * row);
      srcSubnet[row] = srcCodes[src]!;
      dstSubnet[row] = dstCodes[dst]!;
      if (dst === 0 || reach[row] === MULTICAST) continue;
      if (lasts[dst] !== 0 && lasts[dst] === dstLo[2 * row]) reach[row] = BROADCAST;
      else if (src === dst) reach[row] = SAME_SUBNET;
      else if (src !== 0 && reach[row] === SAME_SUBNET) reach[row] = direction[row] === INSIDE ? ON_SITE : 0;
    }
  }

  private learnCodes(): void {
    const { names, texts } = this;
    names.forEach((name, i) => {
      this.srcCodes[i + 1] = texts.of('src_subnet').code(name);
      this.dstCodes[i + 1] = texts.of('dst_subnet').code(name);
    });
    this.generation = texts.generation;
  }
}

/** The address of an IPv4 prefix that is for all in it (RFC 919 section 7); 0 where there is none: IPv6 has no broadcast (RFC 4291 section 2). */
function lastAddress(text: string): number {
  const { address, bits } = parsePrefix(text)!;
  const isIpv4 = address[0] === 0 && address[1] === 0 && address[2] === 0xffff && bits >= 96;
  if (!isIpv4 || bits > MOST_BROADCAST_BITS) return 0;
  return (address[3] | (0xffff_ffff >>> (bits - 96))) >>> 0;
}
