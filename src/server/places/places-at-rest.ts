import { asWeirError, type Log } from '../../base/index.ts';
import type { KnownPlaces } from '../../ingest/index.ts';
import { AsNames, type HomeNetworks, homePrefixes, type LookUpAddress } from '../../label/index.ts';
import { layoutOf } from '../../store/index.ts';
import type { BlocklistSource } from '../blocklists/blocklist-setting.ts';
import { Blocklists } from '../blocklists/blocklists.ts';
import { addressLookUp } from './address-look-up.ts';
import { makePlaces } from './make-places.ts';
import type { PlacesTable } from './place-messages.ts';
import type { PlacesStatus } from './places.ts';

export interface PlacesAtRestOptions {
  /** The data directory. */
  readonly root: string;
  readonly files: readonly string[];
  readonly bundled: boolean;
  readonly lists: readonly BlocklistSource[];
  readonly networks: HomeNetworks;
  readonly log: Log;
  /** The table is not there as kept: it is made, which takes a second or more. */
  readonly onMaking?: () => void;
}

/**
 * What is known of networks and places in a process that makes rows and ends: the table as it is kept, else made here while the caller waits. Block lists
 * are as they were kept last.
 */
export class PlacesAtRest {
  readonly blocklists: Blocklists;
  private readonly o: PlacesAtRestOptions;
  private table: Promise<PlacesTable | null> | null = null;
  private made: PlacesTable | null = null;
  private failure: string | null = null;

  constructor(options: PlacesAtRestOptions) {
    const { root, lists, networks, log } = options;
    this.o = options;
    const directory = layoutOf(root).blocklists;
    this.blocklists = new Blocklists({ directory, lists, home: homePrefixes(networks), log });
  }

  /** Null where it cannot be made: rows are then without. */
  async known(): Promise<KnownPlaces | null> {
    this.table ??= this.make();
    const table = await this.table;
    return table && { networks: this.o.networks, handle: table.places };
  }

  /** The name of an autonomous system, empty as long as there is no table. */
  asName(asn: number): string {
    return this.made === null ? '' : new AsNames(this.made.names).name(asn);
  }

  /** Which data says what of addresses, for one explanation. */
  lookUp(): LookUpAddress {
    return this.made === null
      ? () => null
      : addressLookUp(layoutOf(this.o.root).places, this.made, this.blocklists.origins());
  }

  status(): PlacesStatus {
    const { made, failure } = this;
    return { sources: made?.sources ?? [], problems: made?.problems ?? [], failure };
  }

  private async make(): Promise<PlacesTable | null> {
    const { root, files, bundled, networks, log, onMaking = () => {} } = this.o;
    const { places: directory } = layoutOf(root);
    try {
      const blocklists = this.blocklists.files();
      this.made = await makePlaces({ directory, files, bundled, blocklists, networks, forgets: false }, onMaking);
    } catch (error) {
      this.failure = asWeirError(error).message;
      log.error(`the table of networks and places could not be made: ${this.failure}`);
    }
    for (const { name, problem } of this.made?.sources ?? []) if (problem !== null) log.warn(`${name}: ${problem}`);
    for (const problem of this.made?.problems ?? []) log.warn(problem);
    return this.made;
  }
}
