import type { FilterNode } from '../../filter/index.ts';
import type { JsonValue } from '../../flow/index.ts';
import type { LossQuality } from '../../truth/index.ts';

/** What the talkers of a second can be told apart by. */
export const SECOND_DIMENSIONS = [
  'src_addr',
  'dst_addr',
  'service_port',
  'protocol',
  'application',
  'service',
  'category',
  'direction',
  'src_as',
  'dst_as',
  'src_country',
  'dst_country',
  'src_site',
  'dst_site',
  'exporter',
  'host',
  'process',
  'user',
  'app',
] as const;
export type SecondDimension = (typeof SECOND_DIMENSIONS)[number];

/** Dimensions of one question. */
export const MOST_SECOND_DIMENSIONS = 4;
/** Groups of each dimension that are told. */
export const MOST_SECOND_GROUPS = 100;

/** What is asked of each second; it goes from thread to thread as it is. */
export interface SecondsQuestion {
  readonly filter: FilterNode;
  readonly by: readonly SecondDimension[];
  readonly top: number;
}

/** Sums over records: bytes and packets scaled by sampling, exact below 2^53. */
export interface SecondFigures {
  readonly bytes: number;
  readonly packets: number;
  readonly flows: number;
  readonly records: number;
}

interface SecondGroup extends SecondFigures {
  /** Null is "not known". */
  readonly value: JsonValue;
}

export interface SecondList {
  readonly groups: readonly SecondGroup[];
  /** Those that are not shown, added up; null where all are. */
  readonly other: (SecondFigures & { readonly groups: number }) | null;
  /** Of `other`, what found no room in the table of groups: a group may miss at most this much. */
  readonly unsorted: SecondFigures | null;
}

/** Traffic of one category in one direction. */
export interface SecondCategory extends SecondFigures {
  readonly category: string;
  readonly direction: string;
}

export interface SecondQuality {
  /** Records whose flow another record counts; they are in no sum. */
  readonly duplicates: SecondFigures;
  readonly sampling: {
    /** Records with a rate above 1. */
    readonly records: number;
    /** Scaled bytes of records without a known rate. */
    readonly unknown_bytes: number;
    readonly origins: readonly string[];
    /** Half-widths at 95 %; null where some rate is not known. */
    readonly error: { readonly bytes: number; readonly packets: number } | null;
  };
  /** What was noticed as lost in this second, by all exporters. */
  readonly lost: Pick<LossQuality, 'records' | 'by' | 'unmetered_packets'>;
  /** Records that came and were not looked at, because the node had more to do than it could: they are in the store, and in no second. */
  readonly not_looked_at: number;
  /** Datagrams wait in the journal, to be decoded later: they are in the store then, and in no second. */
  readonly deferred: boolean;
  /** All that was received before this is in this second or in one before it. */
  readonly complete_until: number;
}

/** Records that came between two looks, about a second apart. Times are ms since 1970. */
export interface FlowSecond {
  readonly from: number;
  readonly to: number;
  readonly total: SecondFigures;
  readonly categories: readonly SecondCategory[];
  readonly by: Readonly<Partial<Record<SecondDimension, SecondList>>>;
  readonly quality: SecondQuality;
}
