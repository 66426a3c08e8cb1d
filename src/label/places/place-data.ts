import { flatten } from './flatten.ts';
import { PrefixList } from './prefix-list.ts';
import type { Ranges } from './ranges.ts';

/** Ranges of both families. */
export interface BothFamilies {
  readonly ipv4: Ranges;
  readonly ipv6: Ranges;
}

/** What a file says of addresses. A field of which it says nothing at all is null. */
export interface PlaceData {
  /** Numbers of autonomous systems. */
  readonly autonomousSystems: BothFamilies | null;
  /** Two ASCII letters, the first in the upper byte. */
  readonly countries: BothFamilies | null;
  /** Names of autonomous systems by number. */
  readonly names: ReadonlyMap<number, string>;
  /** When its maker says that it was made, ms since 1970; 0 unknown. */
  readonly madeMs: number;
  /** Parts of it that were passed over, by cause. */
  readonly skipped: Readonly<Record<string, number>>;
  /** Why the rest of it could not be read; what stands before it counts. */
  readonly cutShort: string | null;
}

/** A file that is of no use: why, in words for who gave it. */
export interface RefusedFile {
  readonly refused: string;
}

/** Prefixes of both families. */
export class PrefixLists {
  readonly ipv4 = new PrefixList(1);
  readonly ipv6 = new PrefixList(4);

  get length(): number {
    return this.ipv4.length + this.ipv6.length;
  }

  /** Null where there is none. */
  ranges(): BothFamilies | null {
    return this.length === 0 ? null : { ipv4: flatten(this.ipv4), ipv6: flatten(this.ipv6) };
  }
}

/** So many causes are told apart: a file of nonsense can have one for each of its records. */
const MOST_CAUSES = 16;

/** Parts that are passed over, counted by cause. */
export class Skipped {
  readonly counts: Record<string, number> = {};
  private causes = 0;

  add(cause: string): void {
    const known = this.counts[cause];
    if (known === undefined && this.causes === MOST_CAUSES) {
      this.counts.others = (this.counts.others ?? 0) + 1;
      return;
    }
    if (known === undefined) this.causes += 1;
    this.counts[cause] = (known ?? 0) + 1;
  }
}

/** `DE` as a number; 0 where the text is not two letters of ISO 3166-1. */
export function countryCode(text: string): number {
  return /^[A-Z]{2}$/.test(text) ? (text.charCodeAt(0) << 8) | text.charCodeAt(1) : 0;
}

/** The two letters of a number; empty for 0. */
export function countryText(code: number): string {
  return code === 0 ? '' : String.fromCharCode(code >>> 8, code & 255);
}
