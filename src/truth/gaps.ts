/** Why nothing was measured for a while. */
export const GAP_CAUSES = ['before', 'stopped', 'crashed', 'closed', 'silent'] as const;
export type GapCause = (typeof GAP_CAUSES)[number];

/**
 * A time in which this node did not measure, or one exporter did not send. `before`: the node had not been started for the first time; `stopped`: orderly;
 * `crashed`: from the last sign of life to the next start; `closed`: it ran with no port open; `silent`: an exporter was silent for longer than three of its usual intervals.
 */
export interface Gap {
  /** ms since 1970, half-open; `to` is null while it lasts. */
  readonly from: number;
  readonly to: number | null;
  readonly cause: GapCause;
  /** Of silence: whose. */
  readonly exporter?: string;
  readonly domain?: number;
  /** Of silence: records a minute that the exporter usually sends: its weight among the others. */
  readonly usual?: number;
}
