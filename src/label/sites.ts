import { columnOf, type FlowBatch, rowShape, type TextColumns } from '../flow/index.ts';
import { HOME, type HomeNetworks, placedPrefixes, SITE_0 } from './home-networks.ts';
import { PrefixRanges } from './prefix-ranges.ts';

const SHAPE = rowShape(['direction', 'src_site', 'dst_site']);
const DIRECTIONS = columnOf('direction').values!;
const UNKNOWN = DIRECTIONS.indexOf('unknown');
const IN = DIRECTIONS.indexOf('in');
const OUT = DIRECTIONS.indexOf('out');
const INSIDE = DIRECTIONS.indexOf('inside');
const THROUGH = DIRECTIONS.indexOf('through');
/** A record without this address, which is ::. */
const NOWHERE = -1;
/** By 3 times what the source is (0 nowhere, 1 outside, 2 at home) and what the destination is: branches on what changes with each row cost more. */
const BY_ENDS = Uint8Array.of(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, THROUGH, IN, UNKNOWN, OUT, INSIDE);
const MAPPED = 0xffff;

/** A 64-bit column as pairs of words, the low one first. */
type Words = Uint32Array;

/**
 * Writes `direction`, `src_site` and `dst_site` of rows by the configured home networks: the longest prefix says where an address is. Where nothing is
 * configured nothing is written. No allocation for a row.
 */
export class Sites {
  /** Whether configuration says anything. */
  readonly configured: boolean;
  private readonly ranges: PrefixRanges;
  private readonly names: readonly string[];
  private readonly texts: TextColumns;
  private generation = -1;
  /** By place + 1, because the first is nowhere: 0 there, 1 outside, 2 at home. */
  private readonly ends: Uint8Array;
  /** Codes of the two text columns, by place + 1. */
  private readonly srcCodes: Uint32Array;
  private readonly dstCodes: Uint32Array;
  private batch: FlowBatch | null = null;
  private liveColumns = -1;
  /** Addresses of a batch that has none: all ::. */
  private none: Words = new Uint32Array(0);
  private srcHi!: Words;
  private srcLo!: Words;
  private dstHi!: Words;
  private dstLo!: Words;
  private direction!: Uint8Array;
  private srcSite!: Uint32Array;
  private dstSite!: Uint32Array;

  /** `texts` are those of the thread that writes the batches. */
  constructor(networks: HomeNetworks, texts: TextColumns) {
    const { prefixes, names } = placedPrefixes(networks);
    this.configured = prefixes.length > 0;
    this.ranges = new PrefixRanges(prefixes);
    this.names = names;
    this.texts = texts;
    const places = SITE_0 + names.length;
    this.ends = Uint8Array.from({ length: places + 1 }, (_, i) => Math.min(i, HOME + 1));
    this.srcCodes = new Uint32Array(places + 1);
    this.dstCodes = new Uint32Array(places + 1);
  }

  /** Rows of this batch come next; its texts are begun. */
  bind(batch: FlowBatch): void {
    this.batch = batch;
    this.liveColumns = -1;
    if (this.configured && this.generation !== this.texts.generation) this.learnCodes();
  }

  /** Labels rows [from, to) of the bound batch; they are its last. */
  rows(from: number, to: number): void {
    const { batch, ranges, ends, srcCodes, dstCodes } = this;
    if (!this.configured || batch === null || to <= from) return;
    batch.open(SHAPE, from);
    if (this.liveColumns !== batch.liveColumns) this.read(batch);
    const { srcHi, srcLo, dstHi, dstLo, direction, srcSite, dstSite } = this;
    for (let row = from; row < to; row++) {
      const src = placeOf(ranges, srcHi, srcLo, row) + 1;
      const dst = placeOf(ranges, dstHi, dstLo, row) + 1;
      direction[row] = BY_ENDS[3 * ends[src]! + ends[dst]!]!;
      srcSite[row] = srcCodes[src]!;
      dstSite[row] = dstCodes[dst]!;
    }
  }

  /** What the batch has of addresses; a column that is not live holds rows of another time. */
  private read(batch: FlowBatch): void {
    const words = (physical: string) => (batch.array(physical) as Words | undefined) ?? this.noneOf(batch.capacity);
    this.srcHi = words('src_hi');
    this.srcLo = words('src_lo');
    this.dstHi = words('dst_hi');
    this.dstLo = words('dst_lo');
    this.direction = batch.u8('direction');
    this.srcSite = batch.u32('src_site');
    this.dstSite = batch.u32('dst_site');
    this.liveColumns = batch.liveColumns;
  }

  private noneOf(capacity: number): Words {
    if (this.none.length < 2 * capacity) this.none = new Uint32Array(2 * capacity);
    return this.none;
  }

  private learnCodes(): void {
    const { names, texts } = this;
    names.forEach((name, i) => {
      this.srcCodes[SITE_0 + i + 1] = texts.of('src_site').code(name);
      this.dstCodes[SITE_0 + i + 1] = texts.of('dst_site').code(name);
    });
    this.generation = texts.generation;
  }
}

function placeOf(ranges: PrefixRanges, hi: Words, lo: Words, row: number): number {
  const at = 2 * row;
  const w0 = hi[at + 1]!;
  const w1 = hi[at]!;
  const w2 = lo[at + 1]!;
  const w3 = lo[at]!;
  if ((w0 | w1) === 0) {
    if (w2 === MAPPED) return ranges.ofIpv4(w3);
    if ((w2 | w3) === 0) return NOWHERE;
  }
  return ranges.ofWords(w0, w1, w2, w3);
}
