/** A range of a source with what it says. */
export interface RangeOfSource {
  /** A prefix, or its first and last address. */
  readonly range: string;
  /** Path of the file, or name and version of the package. */
  readonly source: string;
  /** When its maker says that it was made, ms since 1970; 0 unknown. */
  readonly madeMs: number;
}

/** The entry of a block list that an address is in. */
export interface ListEntry {
  readonly list: string;
  readonly prefix: string;
  /** File or URL; null where the list is not configured any more. */
  readonly source: string | null;
  readonly fetchedMs: number;
}

/** What the table of places has of an address today, and which data gave it. */
export interface AddressFacts {
  /** 0: no system is known. */
  readonly asn: number;
  /** Empty where nobody names it. */
  readonly asName: string;
  readonly asFrom: RangeOfSource | null;
  /** Empty: unknown. */
  readonly country: string;
  readonly countryFrom: RangeOfSource | null;
  readonly lists: readonly ListEntry[];
}

/** Null where there is no table, or the text is no address. */
export type LookUpAddress = (address: string) => AddressFacts | null;
