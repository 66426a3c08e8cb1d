import type { FlowBatch, TextColumns } from '../flow/index.ts';
import { AutonomousSystemLabels } from './autonomous-system-labels.ts';
import { BlocklistLabels } from './blocklist-labels.ts';
import { CountryLabels } from './country-labels.ts';
import type { HomeNetworks } from './home-networks.ts';
import { buildPlaces } from './places/build-places.ts';
import { PlaceTable, type PlaceTableHandle } from './places/place-table.ts';
import { ReachLabels } from './reach-labels.ts';
import { RowColumns } from './row-columns.ts';
import type { RowEnds } from './row-ends.ts';
import { SiteLabels } from './site-labels.ts';
import { SubnetLabels } from './subnet-labels.ts';

const MAPPED = 0xffff;
const AT_FIRST = 1_024;

/**
 * Writes what follows from the addresses of rows: direction and sites, autonomous systems, countries, block lists, how far a flow goes. Each address is
 * looked up once. What nobody configured is not written. No allocation for a row.
 */
export class PlaceLabels {
  private readonly columns = new RowColumns();
  private readonly sites: SiteLabels;
  private readonly systems: AutonomousSystemLabels;
  private readonly countries: CountryLabels;
  private readonly blocklists: BlocklistLabels;
  private readonly reach: ReachLabels;
  private readonly subnets: SubnetLabels;
  private table!: PlaceTable;
  private readonly networks: HomeNetworks;
  /** Says the place of an address by these networks alone. */
  private readonly own: PlaceTableHandle;
  /** Set where `table` was made for other networks: what it says of places does not hold here. */
  private ownPlaces: PlaceTable | null = null;
  /** Something is known of some address. */
  private knows = false;
  private readonly ends: RowEnds = newEnds(AT_FIRST);
  private readonly ownEnds: RowEnds = newEnds(AT_FIRST);
  private batch: FlowBatch | null = null;
  private liveColumns = -1;
  private srcHi!: Uint32Array;
  private srcLo!: Uint32Array;
  private dstHi!: Uint32Array;
  private dstLo!: Uint32Array;

  constructor(networks: HomeNetworks, texts: TextColumns) {
    this.sites = new SiteLabels(networks, texts);
    this.systems = new AutonomousSystemLabels();
    this.countries = new CountryLabels(texts);
    this.blocklists = new BlocklistLabels(texts);
    this.reach = new ReachLabels(this.columns);
    this.networks = networks;
    this.own = buildPlaces({ networks });
    this.use(this.own);
    this.subnets = new SubnetLabels(networks, texts);
  }

  /** From the next row on addresses are what this table says; of places only where it was made for these networks. */
  use(handle: PlaceTableHandle, madeFor: HomeNetworks = this.networks): void {
    const table = new PlaceTable(handle);
    this.table = table;
    this.knows = table.asn.length > 1;
    this.ownPlaces = JSON.stringify(madeFor) === JSON.stringify(this.networks) ? null : new PlaceTable(this.own);
    this.sites.use(this.ownPlaces ?? table);
    this.systems.use(table);
    this.countries.use(table);
    this.blocklists.use(table);
  }

  bind(batch: FlowBatch): void {
    this.batch = batch;
    this.liveColumns = -1;
    this.sites.bind(batch);
    this.countries.bind(batch);
    this.blocklists.bind(batch);
    this.systems.bind(batch);
    this.reach.bind(batch);
    this.subnets.bind(batch);
  }

  rows(from: number, to: number): void {
    const { batch, ends, ownEnds, ownPlaces } = this;
    if (batch === null || to <= from) return;
    if (this.liveColumns !== batch.liveColumns) this.read(batch);
    if (this.knows) this.find(this.table, ends, from, to);
    else this.forget(ends, from, to);
    if (ownPlaces !== null) this.find(ownPlaces, ownEnds, from, to);
    this.sites.rows(ownPlaces === null ? ends : ownEnds, from, to);
    this.systems.rows(ends, from, to);
    this.countries.rows(ends, from, to);
    this.blocklists.rows(ends, from, to);
    this.reach.rows(ends.isIpv4, from, to);
    this.subnets.rows(from, to);
  }

  private find(table: PlaceTable, ends: RowEnds, from: number, to: number): void {
    const { srcHi, srcLo, dstHi, dstLo } = this;
    const { src, dst } = sized(ends, to - from);
    ends.isIpv4 = areIpv4(srcHi, srcLo, from, to) && areIpv4(dstHi, dstLo, from, to);
    if (ends.isIpv4) {
      for (let row = from; row < to; row++) {
        src[row - from] = table.find4(srcLo[2 * row]!);
        dst[row - from] = table.find4(dstLo[2 * row]!);
      }
      return;
    }
    for (let row = from; row < to; row++) {
      const at = 2 * row;
      src[row - from] = table.find(srcHi[at + 1]!, srcHi[at]!, srcLo[at + 1]!, srcLo[at]!);
      dst[row - from] = table.find(dstHi[at + 1]!, dstHi[at]!, dstLo[at + 1]!, dstLo[at]!);
    }
  }

  private forget(ends: RowEnds, from: number, to: number): void {
    const { srcHi, srcLo, dstHi, dstLo } = this;
    const { src, dst } = sized(ends, to - from);
    src.fill(0, 0, to - from);
    dst.fill(0, 0, to - from);
    ends.isIpv4 = areIpv4(srcHi, srcLo, from, to) && areIpv4(dstHi, dstLo, from, to);
  }

  private read(batch: FlowBatch): void {
    this.srcHi = this.columns.words(batch, 'src_hi');
    this.srcLo = this.columns.words(batch, 'src_lo');
    this.dstHi = this.columns.words(batch, 'dst_hi');
    this.dstLo = this.columns.words(batch, 'dst_lo');
    this.liveColumns = batch.liveColumns;
  }
}

function newEnds(rows: number): RowEnds {
  return { src: new Uint32Array(rows), dst: new Uint32Array(rows), isIpv4: false };
}

/** Whether all addresses are of IPv4 (mapped, RFC 4291 section 2.5.5.2). */
function areIpv4(hi: Uint32Array, lo: Uint32Array, from: number, to: number): boolean {
  let others = 0;
  for (let row = from; row < to; row++) others |= hi[2 * row]! | hi[2 * row + 1]! | (lo[2 * row + 1]! ^ MAPPED);
  return others === 0;
}

/** The arrays, with room for so many rows. */
function sized(ends: RowEnds, rows: number): RowEnds {
  if (ends.src.length < rows) {
    ends.src = new Uint32Array(2 * rows);
    ends.dst = new Uint32Array(2 * rows);
  }
  return ends;
}
