import type { FlowBatch, TextColumns } from '../flow/index.ts';
import { filterSets, type HomeNetworks } from './home-networks.ts';
import { NameLabels } from './names/name-labels.ts';
import { type NamingSettings, NO_NAMING } from './naming-settings.ts';
import { PlaceLabels } from './place-labels.ts';
import type { PlaceTableHandle } from './places/place-table.ts';

/** What labels rest on beside the rows: plain data, which crosses to the threads that decode and stands at the head of journal files. */
export interface LabelOptions {
  /** What is inside. */
  readonly networks: HomeNetworks;
  /** What configuration adds to the names that come with Weir; absent: nothing. */
  readonly naming?: NamingSettings | undefined;
}

/**
 * Gives names to the rows that a thread writes: where their ends are, what is spoken, by whom. Rows are labelled once, when they are written; what other
 * flows tell of them later is not known here.
 */
export class Labeller {
  private readonly places: PlaceLabels;
  private readonly networks: HomeNetworks;
  private readonly naming: NamingSettings;
  private readonly texts: TextColumns;
  /** From the first batch on: who only keeps messages labels none, and names take some megabytes. */
  private names: NameLabels | null = null;
  private batch: FlowBatch | null = null;

  /** `texts` are those of the thread that writes the batches. */
  constructor({ networks, naming = NO_NAMING }: LabelOptions, texts: TextColumns) {
    this.places = new PlaceLabels(networks, texts);
    this.networks = networks;
    this.naming = naming;
    this.texts = texts;
  }

  /** From the next row on, what is known of addresses; where the table was made for other networks, these still say what is inside. */
  use(places: PlaceTableHandle, madeFor?: HomeNetworks): void {
    this.places.use(places, madeFor);
  }

  /** Rows of this batch come next; its texts are begun. */
  bind(batch: FlowBatch): void {
    this.batch = batch;
    this.places.bind(batch);
    this.names ??= new NameLabels(this.naming, this.texts, filterSets(this.networks));
    this.names.bind(batch);
  }

  /** Labels rows [from, to) of the bound batch; they are its last, and those before are labelled. */
  rows(from: number, to: number): void {
    this.places.rows(from, to);
    this.names?.rows(from, to);
    this.batch?.settle(to);
  }
}
