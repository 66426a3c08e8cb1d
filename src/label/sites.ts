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
  /** Codes of the two text columns, by place. */
  private readonly srcCodes: Uint32Array;
  private readonly dstCodes: Uint32Array;
  private batch: FlowBatch | null = null;
  private liveColumns = -1;
  private srcHi: Words | undefined;
  private srcLo: Words | undefined;
  private dstHi: Words | undefined;
  private dstLo: Words | undefined;
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
    this.srcCodes = new Uint32Array(SITE_0 + names.length);
    this.dstCodes = new Uint32Array(SITE_0 + names.length);
  }

  /** Rows of this batch come next; its texts are begun. */
  bind(batch: FlowBatch): void {
    this.batch = batch;
    this.liveColumns = -1;
    if (this.configured && this.generation !== this.texts.generation) this.learnCodes();
  }

  /** Labels rows [from, to) of the bound batch; they are its last. */
  rows(from: number, to: number): void {
    const { batch, ranges, srcCodes, dstCodes } = this;
    if (!this.configured || batch === null || to <= from) return;
    batch.open(SHAPE, from);
    if (this.liveColumns !== batch.liveColumns) this.read(batch);
    const { srcHi, srcLo, dstHi, dstLo, direction, srcSite, dstSite } = this;
    for (let row = from; row < to; row++) {
      const src = srcHi && srcLo ? placeOf(ranges, srcHi, srcLo, row) : NOWHERE;
      const dst = dstHi && dstLo ? placeOf(ranges, dstHi, dstLo, row) : NOWHERE;
      direction[row] = directionOf(src, dst);
      srcSite[row] = src > HOME ? srcCodes[src]! : 0;
      dstSite[row] = dst > HOME ? dstCodes[dst]! : 0;
    }
  }

  /** What the batch has of addresses; a column that is not live holds rows of another time. */
  private read(batch: FlowBatch): void {
    this.srcHi = batch.array('src_hi') as Words | undefined;
    this.srcLo = batch.array('src_lo') as Words | undefined;
    this.dstHi = batch.array('dst_hi') as Words | undefined;
    this.dstLo = batch.array('dst_lo') as Words | undefined;
    this.direction = batch.u8('direction');
    this.srcSite = batch.u32('src_site');
    this.dstSite = batch.u32('dst_site');
    this.liveColumns = batch.liveColumns;
  }

  private learnCodes(): void {
    const { names, texts } = this;
    names.forEach((name, i) => {
      this.srcCodes[SITE_0 + i] = texts.of('src_site').code(name);
      this.dstCodes[SITE_0 + i] = texts.of('dst_site').code(name);
    });
    this.generation = texts.generation;
  }
}

function directionOf(src: number, dst: number): number {
  if (src < 0 || dst < 0) return UNKNOWN;
  if (src >= HOME) return dst >= HOME ? INSIDE : OUT;
  return dst >= HOME ? IN : THROUGH;
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
