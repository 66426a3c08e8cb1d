/** A template as its exporter last told it. */
interface TemplateState {
  readonly id: number;
  /** Describes the exporter itself, not flows. */
  readonly options: boolean;
  readonly fields: number;
  /** When it was last told, ms since 1970. */
  readonly told: number;
}

/** An interface as options name it. */
export interface InterfaceState {
  readonly index: number;
  readonly name: string;
  readonly description: string;
  /** Bits per second; 0 not known. */
  readonly speed: number;
}

/** What one export stream says of itself, beside its flows: templates, sampling, names. The figures of its loss are in the ledger. */
export interface ExporterState {
  readonly exporter: string;
  /** The sFlow agent, where it is not the exporter itself; '' otherwise. */
  readonly agent: string;
  readonly port: number;
  readonly domain: number;
  /** A name of the column `format`. */
  readonly format: string;
  /** What configuration calls the exporter; '' where it says nothing. */
  readonly name: string;
  readonly first_seen: number;
  readonly last_seen: number;
  /** Latest rate, 1 in N, and where it is known from (a name of the column `sampling_origin`). */
  readonly sampling: number;
  readonly sampling_origin: string;
  /** Why the rate is not known and what to do about it; null where there is nothing to do. */
  readonly remedy: { readonly cause: string; readonly remedy: string } | null;
  /** Largest number of datagrams that came within 10 and 100 ms. */
  readonly burst_10ms: number;
  readonly burst_100ms: number;
  readonly templates: readonly TemplateState[];
  readonly interfaces: readonly InterfaceState[];
}
