import { enumCode, type FlowBatch, rowShape, type TextColumns } from '../flow/index.ts';
import { ExporterSites } from './exporter-sites.ts';
import { HOME, type HomeNetworks, placedPrefixes, SITE_0 } from './home-networks.ts';
import type { PlaceTable } from './places/place-table.ts';
import { RowColumns } from './row-columns.ts';
import type { RowEnds } from './row-ends.ts';

const SHAPE = rowShape(['direction', 'src_site', 'dst_site']);
const UNKNOWN = enumCode('direction', 'unknown');
const IN = enumCode('direction', 'in');
const OUT = enumCode('direction', 'out');
const INSIDE = enumCode('direction', 'inside');
const THROUGH = enumCode('direction', 'through');
/** By 3 times what the source is (0 nowhere, 1 outside, 2 at home) and what the destination is: branches on what changes with each row cost more. */
const BY_ENDS = Uint8Array.of(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, THROUGH, IN, UNKNOWN, OUT, INSIDE);

interface SiteArrays {
  readonly direction: Uint8Array;
  readonly srcSite: Uint32Array;
  readonly dstSite: Uint32Array;
  readonly srcHi: Uint32Array;
  readonly srcLo: Uint32Array;
  readonly dstHi: Uint32Array;
  readonly dstLo: Uint32Array;
}

/**
 * Writes `direction`, `src_site` and `dst_site` by the configured home networks; nothing where nothing is configured. An end at home that no prefix gives a site
 * has that of its VLAN at the exporter: the source that of the VLAN in which the packet came in, the destination that in which it left. Else it has that of
 * the exporter, unless the other end might be the one that is there: both lack a site, or the other one is of that site.
 */
export class SiteLabels {
  private readonly configured: boolean;
  private readonly names: readonly string[];
  private readonly texts: TextColumns;
  private readonly columns = new RowColumns();
  private table: PlaceTable | null = null;
  private generation = -1;
  /** By place: 1 outside, 2 at home. */
  private readonly sides: Uint8Array;
  /** Codes of the two text columns, by place. */
  private readonly srcCodes: Uint32Array;
  private readonly dstCodes: Uint32Array;
  private readonly exporterSites: ExporterSites | null;
  private batch: FlowBatch | null = null;
  private liveColumns = -1;
  private arrays!: SiteArrays;

  constructor(networks: HomeNetworks, texts: TextColumns) {
    const { prefixes, names } = placedPrefixes(networks);
    this.configured = prefixes.length > 0;
    this.names = names;
    this.texts = texts;
    const places = SITE_0 + names.length;
    this.sides = Uint8Array.from({ length: places }, (_, place) => (place >= HOME ? 2 : 1));
    this.srcCodes = new Uint32Array(places);
    this.dstCodes = new Uint32Array(places);
    const { exporterSites = [] } = networks;
    this.exporterSites = this.configured && exporterSites.length > 0 ? new ExporterSites(exporterSites, names) : null;
  }

  use(table: PlaceTable): void {
    this.table = table;
  }

  bind(batch: FlowBatch): void {
    this.batch = batch;
    this.liveColumns = -1;
    if (this.configured && this.generation !== this.texts.generation) this.learnCodes();
  }

  rows({ src, dst, isIpv4 }: RowEnds, from: number, to: number): void {
    const { batch, table, sides, srcCodes, dstCodes } = this;
    if (!this.configured || batch === null || table === null) return;
    if (this.liveColumns !== batch.liveColumns) this.read(batch, from);
    const { place } = table;
    const { direction, srcSite, dstSite } = this.arrays;
    if (isIpv4)
      for (let row = from; row < to; row++) {
        const srcPlace = place[src[row - from]!]!;
        const dstPlace = place[dst[row - from]!]!;
        direction[row] = BY_ENDS[3 * sides[srcPlace]! + sides[dstPlace]!]!;
        srcSite[row] = srcCodes[srcPlace]!;
        dstSite[row] = dstCodes[dstPlace]!;
      }
    else this.any(place, src, dst, from, to);
    if (this.exporterSites !== null) this.byExporter(batch, this.exporterSites, from, to);
  }

  /** Of rows of which some may have no address: that is ::, which is nowhere. */
  private any(place: Uint16Array, src: Uint32Array, dst: Uint32Array, from: number, to: number): void {
    const { sides, srcCodes, dstCodes } = this;
    const { direction, srcSite, dstSite, srcHi, srcLo, dstHi, dstLo } = this.arrays;
    for (let row = from; row < to; row++) {
      const at = 2 * row;
      const srcPlace = place[src[row - from]!]!;
      const dstPlace = place[dst[row - from]!]!;
      const srcSide = (srcLo[at]! | srcLo[at + 1]! | srcHi[at]! | srcHi[at + 1]!) === 0 ? 0 : sides[srcPlace]!;
      const dstSide = (dstLo[at]! | dstLo[at + 1]! | dstHi[at]! | dstHi[at + 1]!) === 0 ? 0 : sides[dstPlace]!;
      direction[row] = BY_ENDS[3 * srcSide + dstSide]!;
      srcSite[row] = srcSide === 0 ? 0 : srcCodes[srcPlace]!;
      dstSite[row] = dstSide === 0 ? 0 : dstCodes[dstPlace]!;
    }
  }

  /** Sites of ends at home that have none yet. */
  private byExporter(batch: FlowBatch, sites: ExporterSites, from: number, to: number): void {
    const { srcCodes, dstCodes, columns } = this;
    const direction = batch.u8('direction');
    const srcSite = batch.u32('src_site');
    const dstSite = batch.u32('dst_site');
    const dstHi = columns.words(batch, 'dst_hi');
    const dstLo = columns.words(batch, 'dst_lo');
    const exporterHi = columns.words(batch, 'exporter_hi');
    const exporterLo = columns.words(batch, 'exporter_lo');
    const vlan = columns.read(batch, 'vlan');
    const outVlan = columns.read(batch, 'out_vlan');
    for (let row = from; row < to; row++) {
      const way = direction[row]!;
      let srcOpen = (way === OUT || way === INSIDE) && srcSite[row] === 0;
      let dstOpen = (way === IN || way === INSIDE) && dstSite[row] === 0 && !isGroup(dstHi, dstLo, 2 * row);
      if (!srcOpen && !dstOpen) continue;
      sites.ask(exporterHi, exporterLo, row);
      const { always, byVlan } = sites;
      const srcVlan = srcOpen ? byVlan[vlan[row]! & 0xfff]! : 0;
      const dstVlan = dstOpen ? byVlan[outVlan[row]! & 0xfff]! : 0;
      if (srcVlan !== 0) {
        srcSite[row] = srcCodes[srcVlan]!;
        srcOpen = false;
      }
      if (dstVlan !== 0) {
        dstSite[row] = dstCodes[dstVlan]!;
        dstOpen = false;
      }
      if (always === 0 || srcOpen === dstOpen) continue;
      if (srcOpen && dstSite[row] !== dstCodes[always]) srcSite[row] = srcCodes[always]!;
      else if (dstOpen && srcSite[row] !== srcCodes[always]) dstSite[row] = dstCodes[always]!;
    }
  }

  private read(batch: FlowBatch, from: number): void {
    const { columns } = this;
    batch.claim(SHAPE, from);
    this.arrays = {
      direction: batch.u8('direction'),
      srcSite: batch.u32('src_site'),
      dstSite: batch.u32('dst_site'),
      srcHi: columns.words(batch, 'src_hi'),
      srcLo: columns.words(batch, 'src_lo'),
      dstHi: columns.words(batch, 'dst_hi'),
      dstLo: columns.words(batch, 'dst_lo'),
    };
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

/** 224.0.0.0/4 (RFC 5771) and ff00::/8 (RFC 4291 section 2.7): members of a group may be anywhere. */
function isGroup(hi: Uint32Array, lo: Uint32Array, at: number): boolean {
  return hi[at + 1]! >>> 24 === 0xff || (hi[at + 1] === 0 && lo[at + 1] === 0xffff && lo[at]! >>> 28 === 0xe);
}
