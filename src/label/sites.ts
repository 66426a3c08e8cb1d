import { columnOf, type FlowBatch, rowShape, type TextColumns } from '../flow/index.ts';
import { HOME, type HomeNetworks, OUTSIDE, placedPrefixes, SITE_0 } from './home-networks.ts';
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
  private srcPlaces = new Int32Array(0);
  private dstPlaces = new Int32Array(0);

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

  /** Labels rows [from, to) of a batch whose texts are begun; they are its last. */
  rows(batch: FlowBatch, from: number, to: number): void {
    if (!this.configured || to <= from) return;
    if (this.generation !== this.texts.generation) this.learnCodes();
    batch.open(SHAPE, from);
    const count = to - from;
    if (this.srcPlaces.length < count) {
      this.srcPlaces = new Int32Array(count);
      this.dstPlaces = new Int32Array(count);
    }
    const { srcPlaces, dstPlaces } = this;
    this.places(batch, 'src', from, count, srcPlaces);
    this.places(batch, 'dst', from, count, dstPlaces);
    const direction = batch.u8('direction');
    for (let i = 0; i < count; i++) direction[from + i] = directionOf(srcPlaces[i]!, dstPlaces[i]!);
    writeCodes(batch.u32('src_site'), from, count, srcPlaces, this.srcCodes);
    writeCodes(batch.u32('dst_site'), from, count, dstPlaces, this.dstCodes);
  }

  private places(batch: FlowBatch, side: 'src' | 'dst', from: number, count: number, into: Int32Array): void {
    const hi = batch.array(`${side}_hi`);
    const lo = batch.array(`${side}_lo`);
    if (!hi || !lo) {
      into.fill(NOWHERE, 0, count);
      return;
    }
    const { ranges } = this;
    for (let i = 0, at = 2 * from; i < count; i++, at += 2) {
      const w0 = hi[at + 1]!;
      const w1 = hi[at]!;
      const w2 = lo[at + 1]!;
      const w3 = lo[at]!;
      if ((w0 | w1) !== 0) into[i] = ranges.ofWords(w0, w1, w2, w3);
      else if (w2 === MAPPED) into[i] = ranges.ofIpv4(w3);
      else into[i] = (w2 | w3) === 0 ? NOWHERE : ranges.ofWords(w0, w1, w2, w3);
    }
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

function writeCodes(
  into: Uint8Array | Uint16Array | Uint32Array,
  from: number,
  count: number,
  places: Int32Array,
  codes: Uint32Array,
): void {
  for (let i = 0; i < count; i++) {
    const place = places[i]!;
    into[from + i] = place > OUTSIDE ? codes[place]! : 0;
  }
}
