import type { MeterLevel } from './piped-messages.ts';

/** What the live view of this host adds up by. `process` is a process by itself, with its pid. */
export const LIVE_DIMENSIONS = ['process', 'app', 'user', 'remote', 'container', 'vm'] as const;
export type LiveDimension = (typeof LIVE_DIMENSIONS)[number];

/** Groups of one dimension that can be asked for. */
export const MOST_LIVE_GROUPS = 1_000;

/** Asks for the next second, of which nothing is computed while nobody asks. */
export interface LiveQuery {
  readonly by: readonly LiveDimension[];
  /** Groups of each. */
  readonly top: number;
}

/** Of flows or groups within a second. `in` is what sockets received, `out` what they sent. */
export interface LiveFigures {
  readonly in_bytes: number;
  readonly in_packets: number;
  readonly out_bytes: number;
  readonly out_packets: number;
  /** Flows that are open at its end. */
  readonly open: number;
  /** That began in it. */
  readonly opened: number;
  /** That ended in it, by outcome; those that are 0 are absent. */
  readonly ended: Readonly<Record<string, number>>;
}

/** A group by what it is called; what is not known, or was removed, is absent. */
export interface LiveLabel {
  readonly process?: string;
  readonly pid?: number;
  readonly user?: string;
  readonly app?: string;
  readonly remote?: string;
  readonly container?: string;
  readonly vm?: string;
}

export interface LiveGroup extends LiveFigures {
  readonly group: LiveLabel;
}

export interface LiveList {
  /** Those with the most bytes first. */
  readonly groups: readonly LiveGroup[];
  /** Groups that are not among them, added up; null where all are. */
  readonly other: (LiveFigures & { readonly groups: number }) | null;
}

/** What this host sent and received between two looks at its sockets, about a second apart. */
export interface LiveSecond {
  /** ms since 1970. */
  readonly from: number;
  readonly to: number;
  readonly level: MeterLevel;
  readonly byte_layer: 'ip' | 'payload';
  /** Traffic between two sockets of this host is in it once, where it was sent. */
  readonly total: LiveFigures;
  readonly by: Readonly<Partial<Record<LiveDimension, LiveList>>>;
  readonly quality: {
    /** What sockets of this host received from others of it: in the groups of both, in the total once. */
    readonly duplicates: { readonly bytes: number; readonly packets: number };
    /** What the privacy policy removed from all of the above. */
    readonly removed: { readonly bytes: number; readonly packets: number };
    /** Packets of this time that are in no flow: there was no room. */
    readonly unmetered_packets: number;
    /** Records that are stored are a sample: 1 in at most so many. What is live is not sampled. */
    readonly records_sampled: number;
    readonly notes: readonly string[];
  };
}

/** What the thread of the meter is asked. */
export type LiveRequest = { readonly type: 'live'; readonly id: number; readonly query: LiveQuery };
export type LiveReply = { readonly type: 'live'; readonly id: number; readonly answer: LiveSecond | null };
