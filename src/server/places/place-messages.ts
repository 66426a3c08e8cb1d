import type { HomeNetworks, NamedPlaces } from '../../label/index.ts';

/** A block list that is ready: prefixes, one a line. */
export interface ListedFile {
  readonly name: string;
  readonly path: string;
  readonly revision: string;
}

/** What a table is made of: plain data for the thread that makes it. */
export interface PlacesJob {
  /** Where finished tables and what was read of files are kept. */
  readonly directory: string;
  readonly files: readonly string[];
  readonly bundled: boolean;
  readonly blocklists: readonly ListedFile[];
  readonly networks: HomeNetworks;
  /** Whether what is kept there of other sources goes: not where a node with another configuration may come back to it. */
  readonly forgets: boolean;
}

/** What is known of one source. */
export interface PlaceSourceStatus {
  /** Path of the file, or name and version of the package. */
  readonly name: string;
  readonly kind: 'mrt' | 'file' | 'bundled';
  /** Whether the table has what it says: the present file, or an older state of it where `problem` is set. */
  readonly used: boolean;
  /** What is used is what came before the end of a file that was cut short. */
  readonly partial: boolean;
  /** When its maker says that it was made, ms since 1970; 0 unknown. */
  readonly madeMs: number;
  /** Ranges of autonomous systems and of countries. */
  readonly systems: number;
  readonly countries: number;
  readonly skipped: Readonly<Record<string, number>>;
  /** Why the present file, or a part of it, is not used; null where all of it is. */
  readonly problem: string | null;
}

export interface PlacesTable extends NamedPlaces {
  readonly sources: readonly PlaceSourceStatus[];
  /** Block lists that could not be read. */
  readonly problems: readonly string[];
  /** Something that is there could not be read, for a cause that is not in it: that may pass without any change of the file. */
  readonly unread: boolean;
  /** Taken as it was made before. */
  readonly kept: boolean;
  readonly seconds: number;
}

/** What the thread tells: that it has to make the table, where none is kept of these sources; then the table. */
export type PlacesReport =
  | { readonly type: 'making' }
  | { readonly type: 'table'; readonly table: PlacesTable }
  | { readonly type: 'failed'; readonly message: string };
