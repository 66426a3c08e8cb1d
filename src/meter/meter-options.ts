/** Sampling on purpose: 1 in `rate` packets (`systematic`: every rate-th; `random`: each with that chance), or 1 in `rate` flows, each of them whole. */
export type MeterSampling =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'systematic' | 'random' | 'flow';
      readonly rate: number;
      /** Meters with the same seed choose alike; chosen at random where it is not given. */
      readonly seed?: number;
    };

export interface MeterOptions {
  /** A packet that comes later than this after the one before begins another flow; one that comes just then does not. */
  readonly idleMs: number;
  /** What comes so soon after a connection is over still belongs to it: FINs that are sent again. 15 s where it is not given. */
  readonly lingerMs?: number;
  /** A record is cut when its flow has lasted longer; null: never. */
  readonly activeMs: number | null;
  /** One flow for both directions (RFC 5103), else one for each. */
  readonly biflow: boolean;
  /** Flows that are open at once, at most. */
  readonly maxFlows: number;
  /** What becomes of the copies that a mirror makes of a packet which it sees twice. */
  readonly duplicates: 'left_out' | 'counted';
  readonly sampling: MeterSampling;
  /** Whether the names of servers are read from payload. */
  readonly serverNames: boolean;
  /**
   * Where this is given, places in tables are the same in each run, and so is what is decided by them: which of the copies that a mirror may have made of a packet is
   * left out where none is certain. Absent wherever others send the packets: who knows the places could make all fall on one (base/secret-hash.ts).
   */
  readonly hashSeed?: number;
}

export const DEFAULT_METER: MeterOptions = {
  idleMs: 90_000,
  activeMs: 300_000,
  biflow: false,
  maxFlows: 1_048_576,
  duplicates: 'left_out',
  sampling: { kind: 'none' },
  serverNames: true,
};
