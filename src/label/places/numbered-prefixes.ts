import { buildPlaces, rangesOfPrefixes } from './build-places.ts';
import { PlaceTable } from './place-table.ts';

const MAPPED = 0xffff;

/** Which of a few prefixes an address is in: the number of the longest, from 1, in the order in which they were given. */
export class NumberedPrefixes {
  private readonly table: PlaceTable;

  constructor(prefixes: readonly string[]) {
    const ranges = rangesOfPrefixes(prefixes.map((text, i) => [text, i + 1]));
    // A table of places can number anything; the number of an autonomous system is the one that is wide enough.
    this.table = new PlaceTable(buildPlaces({ autonomousSystems: [{ source: 'file', ranges }] }));
  }

  /** 0: in none. The address stands at this index of columns of 64 bits, as pairs of words with the low one first. */
  at(hi: Uint32Array, lo: Uint32Array, at: number): number {
    const { table } = this;
    const entry =
      lo[at + 1] === MAPPED && (hi[at]! | hi[at + 1]!) === 0
        ? table.find4(lo[at]!)
        : table.find(hi[at + 1]!, hi[at]!, lo[at + 1]!, lo[at]!);
    return table.asn[entry]!;
  }
}
