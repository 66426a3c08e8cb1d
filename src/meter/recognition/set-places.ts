import { type HashSecrets, hashEnd, hashPair } from '../key-hash.ts';

/** Places in a set: of more entries that fall on it, the one that is over first gives way. */
export const WAYS = 4;

/**
 * A table of at most `sets` x WAYS entries that are each over at some time: an entry lies in one of the places of the set that its hash gives, so that the table never
 * grows and nothing has to be deleted. Users keep the entries in arrays of their own, by place.
 */
export class SetPlaces {
  readonly capacity: number;
  /** Until when an entry holds, ms; 0 where there is none. */
  readonly until: Float64Array;
  private readonly mask: number;
  private readonly secrets: HashSecrets;

  /** `sets` is a power of two. */
  constructor(sets: number, secrets: HashSecrets) {
    this.capacity = sets * WAYS;
    this.until = new Float64Array(this.capacity);
    this.mask = sets - 1;
    this.secrets = secrets;
  }

  /** The first place of the set of an address with a number, which may be that of a second address. */
  first(address: Uint32Array, number: number): number {
    const { secrets } = this;
    return (hashPair(secrets, hashEnd(secrets, address, number), 0, 0, 0, 0) & this.mask) * WAYS;
  }

  /** The first place of a set that is one of the `count` (a power of two) which follow that of `hash`: the one that `among` tells. */
  within(hash: number, among: number, count: number): number {
    return ((hash + (among & (count - 1))) & this.mask) * WAYS;
  }

  /** The place of a set that can be taken best: what is over first. */
  weakest(first: number): number {
    let place = first;
    for (let p = first + 1; p < first + WAYS; p++) if (this.until[p]! < this.until[place]!) place = p;
    return place;
  }
}

/** The same four words at `at` of both. */
export function sameWords(a: Uint32Array, at: number, b: Uint32Array, bt: number): boolean {
  return a[at] === b[bt] && a[at + 1] === b[bt + 1] && a[at + 2] === b[bt + 2] && a[at + 3] === b[bt + 3];
}
