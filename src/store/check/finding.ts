import type { Damage } from '../reader.ts';

/** How something that was found is put right. */
export type Fix =
  /** Opening the store does it: strays, a lost manifest, the end of a ledger file that no commit names. */
  | { readonly kind: 'open' }
  /** A segment or roll-up of the manifest that cannot be believed goes to quarantine/. */
  | { readonly kind: 'damaged' }
  /** An hour of history is made again from its records. */
  | { readonly kind: 'remake'; readonly hour: number }
  /** Coarser rows of an hour are made again from its minutes. */
  | { readonly kind: 'settle'; readonly hour: number }
  /** The rows of a day are made again from its hours. */
  | { readonly kind: 'settle-day'; readonly day: number }
  /** A small file goes to quarantine/; `left` takes its place: what can be read of it. */
  | { readonly kind: 'aside'; readonly left: string | null }
  /** The file stays where it is, with what can be read of it, and answers name it. */
  | { readonly kind: 'note'; readonly damage: Damage }
  | { readonly kind: 'none' };

/** Something in a store that is not as it should be. */
export interface Finding {
  /** Path below the data directory, or a part of history. */
  readonly what: string;
  readonly problem: string;
  readonly fix: Fix;
  /** What the fix does, in words. */
  readonly will: string;
  /** What is gone for good, in words; null when nothing is. */
  readonly lost: string | null;
  /** As a crash leaves it: the node goes on from it, and nothing has to be done. */
  readonly harmless?: true;
}

/** What was looked at. */
export interface Checked {
  segments: number;
  rollups: number;
  journals: number;
  ledger: number;
  lists: number;
}

/** `2026-11-21 14:00` of UTC; times without such a date in ms. */
export function timeText(ms: number): string {
  return ms >= 0 && ms < Date.UTC(9999, 11, 31)
    ? new Date(ms).toISOString().slice(0, 16).replace('T', ' ')
    : `${ms} ms`;
}
