import { OUTSIDE } from '../home-networks.ts';

/** Who knows an autonomous system: stored values of `src_as_source`. */
export const AS_SOURCE = { none: 0, mrt: 2, file: 3, bundled: 4 } as const;

/** All that is known of the addresses of a range. */
export interface PlaceEntry {
  readonly asn: number;
  readonly asSource: number;
  /** Two ASCII letters of ISO 3166-1, the first in the upper byte; 0 unknown. */
  readonly country: number;
  /** Index into the joined names of block lists; 0 none. */
  readonly blocklist: number;
  /** As in home-networks.ts. */
  readonly place: number;
}

/** Each is a value of the column `blocklist`, known to each thread: lists that overlap in ever other ways have an end. */
export const MOST_JOINED = 4_096;
/** What an address is on whose lists no other address before it was on together, where there are that many values already. No list is called so. */
export const SEVERAL = 'several lists';

const NOTHING: PlaceEntry = { asn: 0, asSource: AS_SOURCE.none, country: 0, blocklist: 0, place: OUTSIDE };

/** The entries of a table while it is made: each once, by number; number 0 knows nothing. */
export class PlaceEntries {
  readonly entries: PlaceEntry[] = [];
  /** Joined names of the block lists that an address is on. */
  readonly blocklists: string[] = [''];
  private readonly byKey = new Map<string, number>();
  private readonly byNames = new Map([['', 0]]);

  constructor() {
    this.number(NOTHING);
  }

  /** The number of this entry with other words in it. */
  with(number: number, change: Partial<PlaceEntry>): number {
    return this.number({ ...this.entries[number]!, ...change });
  }

  /** The number of this entry, on one more list. */
  listed(number: number, name: string): number {
    const entry = this.entries[number]!;
    const names = this.blocklists[entry.blocklist]!;
    const joined = names === '' ? name : `${names}+${name}`;
    return this.number({ ...entry, blocklist: this.joinedNumber(names === SEVERAL ? SEVERAL : joined) });
  }

  private joinedNumber(names: string): number {
    const known = this.byNames.get(names);
    if (known !== undefined) return known;
    if (this.blocklists.length >= MOST_JOINED && names.includes('+')) return this.joinedNumber(SEVERAL);
    this.blocklists.push(names);
    this.byNames.set(names, this.blocklists.length - 1);
    return this.blocklists.length - 1;
  }

  private number(entry: PlaceEntry): number {
    const key = `${entry.asn} ${entry.asSource} ${entry.country} ${entry.blocklist} ${entry.place}`;
    const known = this.byKey.get(key);
    if (known !== undefined) return known;
    this.entries.push(entry);
    this.byKey.set(key, this.entries.length - 1);
    return this.entries.length - 1;
  }
}
