import { asWeirError } from '../../../base/index.ts';
import { type BothFamilies, type PlaceData, type RefusedFile, Skipped } from '../place-data.ts';
import type { AddressWidth } from '../prefix-list.ts';
import { RangeRows } from '../range-rows.ts';
import { corrupt, MmdbDecoder } from './mmdb-decoder.ts';
import { MmdbFieldReader, type MmdbFields } from './mmdb-fields.ts';
import { mmdbLayout } from './mmdb-layout.ts';
import { walkMmdbTree } from './mmdb-tree.ts';

/** Eight times what the tables of all routes of the Internet have. */
const MOST_RANGES = 1 << 23;
/** Twice what there are. */
const MOST_NAMES = 250_000;
/** Records that are remembered, so that what many networks share is decoded once. */
const MOST_REMEMBERED = 1 << 20;

/**
 * All networks of a MaxMind DB file of any kind that says autonomous systems or countries. A file that is damaged in its tree, or in what its records have of
 * these, is refused whole. Memory grows with the ranges of which it says something else than of their neighbours, which are bounded.
 */
export function readMmdb(file: Uint8Array): PlaceData | RefusedFile {
  try {
    return read(file);
  } catch (error) {
    return { refused: asWeirError(error).message };
  }
}

function read(file: Uint8Array): PlaceData | RefusedFile {
  const layout = mmdbLayout(file);
  const reader = new MmdbFieldReader(new MmdbDecoder(layout.data));
  const known = new Map<number, MmdbFields>();
  const systems = new NetworkRanges();
  const countries = new NetworkRanges();
  const names = new Map<number, string>();
  const skipped = new Skipped();
  walkMmdbTree(layout, (ipv4, address, bits, offset) => {
    let fields = known.get(offset);
    if (fields === undefined) {
      fields = reader.fields(offset);
      if (known.size === MOST_REMEMBERED) known.clear();
      known.set(offset, fields);
      const { asn, asName } = fields;
      if (asName !== '' && names.size < MOST_NAMES && !names.has(asn)) names.set(asn, asName);
    }
    // IPv4 of a tree of IPv6 stands in the last word of four; alone, in the first.
    const first = ipv4 && layout.ipVersion === 6 ? 3 : 0;
    if (fields.reserved) skipped.add('networks of a reserved system');
    if (fields.asn > 0) systems.add(ipv4 ? 1 : 4, address, first, bits, fields.asn);
    if (fields.country > 0) countries.add(ipv4 ? 1 : 4, address, first, bits, fields.country);
  });
  if (systems.rows === 0 && countries.rows === 0)
    return { refused: `it says neither autonomous systems nor countries (its kind is ${layout.type || 'not named'})` };
  return {
    autonomousSystems: systems.ranges(),
    countries: countries.ranges(),
    names,
    madeMs: layout.madeMs,
    skipped: skipped.counts,
    cutShort: null,
  };
}

/** Networks in order of their addresses, as ranges of both families. */
class NetworkRanges {
  private readonly ipv4 = new RangeRows(1);
  private readonly ipv6 = new RangeRows(4);
  private readonly first = { 1: new Uint32Array(1), 4: new Uint32Array(4) };
  private readonly last = { 1: new Uint32Array(1), 4: new Uint32Array(4) };

  get rows(): number {
    return this.ipv4.rows + this.ipv6.rows;
  }

  /** `width` words from `at` on are the address; `bits` of them count. */
  add(width: AddressWidth, words: Uint32Array, at: number, bits: number, value: number): void {
    const first = this.first[width];
    const last = this.last[width];
    for (let w = 0; w < width; w++) {
      const free = 32 * (w + 1) - bits;
      const host = free <= 0 ? 0 : free >= 32 ? 0xffff_ffff : 0xffff_ffff >>> (32 - free);
      first[w] = words[at + w]! & ~host;
      last[w] = words[at + w]! | host;
    }
    const rows = width === 1 ? this.ipv4 : this.ipv6;
    if (!rows.add(first, last, value)) throw corrupt('its search tree has networks within each other');
    if (rows.ranges > MOST_RANGES) throw corrupt(`it has more than ${MOST_RANGES} ranges`);
  }

  /** Null where there is none. */
  ranges(): BothFamilies | null {
    return this.rows === 0 ? null : { ipv4: this.ipv4.finish(), ipv6: this.ipv6.finish() };
  }
}
