import type { GapQuality } from './gap-quality.ts';
import type { LossQuality } from './loss.ts';

/** A part of the account that nobody has looked at: said, never shown as zero. */
export interface NotAssessed {
  readonly status: 'not_assessed';
  readonly reason: string;
}

/** The error of one shown total: `total ± half_width` holds the truth 95 times of 100. */
export interface TotalError {
  readonly total: number;
  readonly half_width: number;
}

export interface SamplingQuality {
  /** Share of bytes that came from records with a rate above 1 or an unknown one. */
  readonly sampled_share: number;
  /** Share of bytes whose sampling rate is known (1 counts as known). */
  readonly known_share: number;
  /** Smallest and largest rate, 1 in N; both 1 when nothing was sampled. */
  readonly min_rate: number;
  readonly max_rate: number;
  /** Values of `sampling_origin` that occur. */
  readonly origins: readonly string[];
  /** 95 % error of the answer's totals, by metric; absent for metrics that sampling does not touch. */
  readonly error95: Readonly<Record<string, TotalError>>;
  readonly formula: string;
  readonly source: string;
}

/** What a number of flows is worth: a record that continues a flow is none of its own, where that is known. */
export interface FlowsQuality {
  readonly status: 'assessed' | 'partly_assessed' | 'not_assessed';
  readonly records: number;
  /** Records of which nobody knows whether they continue a flow: each is counted as one. */
  readonly unsure_records: number;
  readonly continued_records: number;
}

interface Completeness {
  readonly hosts: { readonly asked: number; readonly answered: number };
}

/** Records of flows of which another one counts. */
interface LeftOut {
  readonly records: number;
  readonly bytes: number;
  readonly packets: number;
}

interface JudgedDuplicates {
  readonly status: 'assessed' | 'partly_assessed';
  /** Null where roll-ups answered, which do not have them. */
  readonly left_out: LeftOut | null;
  /** They count in the answer, as was asked. */
  readonly included?: true | undefined;
}

/** Records of one flow are told by who metered both of its ends; copies of packets by meters alone, and not by exporters. */
export type DuplicatesQuality = (JudgedDuplicates | NotAssessed) & Uncompared;

interface Uncompared {
  /** Exporters that told of the range and whose records were not compared with each other: what passed several of them counts several times. Absent where there is one. */
  readonly uncompared_exporters?: number | undefined;
  /** Packets of the range, whatever was asked of it, that count as traffic though they may be copies which a mirror made; absent where there is none. */
  readonly unsure_packets?: number | undefined;
}

/** What the privacy policies of hosts removed in the range, whatever was asked of it: it was seen, and nobody wanted it recorded. */
export interface RemovedQuality {
  readonly records: number;
  readonly bytes: number;
  readonly packets: number;
}

/** A host whose own traffic was metered, for a part of the range, at a level that does not see all of it. */
export interface LowerLevel {
  /** Its name; its address as exporter where it has none; empty: one of many. */
  readonly host: string;
  /** `sock_diag`: payload of TCP, no UDP; `proc`: which flows there are, without their bytes. */
  readonly level: 'sock_diag' | 'proc';
  /** For how long, ms. */
  readonly ms: number;
}

/** A file that could not be read whole, so that its rows are missing from the answer. */
interface DamagedFile {
  /** Name of the segment or journal. */
  readonly name: string;
  /** Rows it should have had, where that is known. */
  readonly rows?: number;
  readonly reason: string;
}

/** How much of what matches has an application by the port of its server alone, 0..1. */
export interface NamesQuality {
  readonly status: 'assessed';
  readonly by_port_bytes: number;
  readonly by_port_flows: number;
}

/** How much of what matches has no known client and server, 0..1. */
export interface ClientsQuality {
  readonly status: 'assessed';
  readonly unknown_bytes: number;
  readonly unknown_flows: number;
}

/** A source of what is known of addresses, as it is today: rows have what it said when they were stored. */
export interface NetworkSource {
  /** Path of the file, or name and version of the packages that come with Weir. */
  readonly source: string;
  readonly kind: 'mrt' | 'file' | 'bundled';
  /** When its maker says that it was made, ms since 1970, and how many whole days ago that is; null where it does not say. */
  readonly made: number | null;
  readonly age_days: number | null;
}

/** The data that name autonomous systems, or countries; of each address the first that knows it counts, systems after the exporters. */
export interface NetworkData {
  readonly of: 'systems' | 'countries';
  readonly sources: readonly NetworkSource[];
}

/** What an answer is worth: stands in every result. */
export interface Quality {
  readonly lost: LossQuality;
  readonly sampling: SamplingQuality;
  /** Absent where the question does not count flows. */
  readonly flows?: FlowsQuality | undefined;
  readonly duplicates: DuplicatesQuality;
  /** Absent where nothing was removed. */
  readonly removed?: RemovedQuality | undefined;
  /** Those that saw least first; absent where no host says that it was metered so. */
  readonly lower_levels?: readonly LowerLevel[] | undefined;
  /** Absent where the question names no application, service or category, or also how they are known. */
  readonly names?: NamesQuality | NotAssessed | undefined;
  /** Absent where the question names neither client nor server. */
  readonly clients?: ClientsQuality | NotAssessed | undefined;
  /** Of reports of systems and countries; absent where none is known. */
  readonly network_data?: NetworkData | undefined;
  readonly scans: NotAssessed;
  /** Not assessed where no node ran that wrote it down. */
  readonly gaps: GapQuality | NotAssessed;
  readonly completeness: Completeness;
  readonly clocks: { readonly corrected_records: number };
  /** Data received up to here is in the answer, ms since 1970. */
  readonly complete_until: number;
  readonly damaged: readonly DamagedFile[];
  /** Rows are least values: roll-ups had to leave keys out. By how much the row that may be furthest off is too small at most, as a share of what is shown. */
  readonly bounded?: { readonly metric: string; readonly share: number };
  /** Values that are estimated from sketches, and the share by which they are off at most in 95 of 100 cases. */
  readonly estimated?: { readonly metrics: readonly string[]; readonly error95: number };
  /** Parts of the range of which there were data once, and nothing is kept that could answer. */
  readonly expired?: readonly { readonly from: number; readonly to: number }[];
}
