const FIRST_PLACES = 1024;

/**
 * From the hash of a key to the slots of flows with that hash: open addressing with linear probing. Each place has two words, the hash and the slot plus
 * one (0: free), so that a search reads neighbouring memory until it has found its hash. It doubles when half of its places are taken, and what is
 * deleted leaves no mark behind: those that follow move up (Knuth, The Art of Computer Programming 3, 6.4, Algorithm R).
 */
export class FlowIndex {
  private places = new Int32Array(2 * FIRST_PLACES);
  private mask = FIRST_PLACES - 1;
  private used = 0;

  /** Where a search for `hash` begins. */
  first(hash: number): number {
    return hash & this.mask;
  }

  /** From `place` on: the place of the next slot with that hash, or -1. */
  find(place: number, hash: number): number {
    const { places, mask } = this;
    for (let p = place & mask; ; p = (p + 1) & mask) {
      if (places[2 * p + 1] === 0) return -1;
      if (places[2 * p] === hash) return p;
    }
  }

  slotAt(place: number): number {
    return this.places[2 * place + 1]! - 1;
  }

  insert(hash: number, slot: number): void {
    if (2 * (this.used + 1) > this.mask + 1) this.grow();
    this.used += 1;
    this.put(hash, slot + 1);
  }

  delete(hash: number, slot: number): void {
    const { places, mask } = this;
    let hole = hash & mask;
    while (places[2 * hole + 1] !== slot + 1) hole = (hole + 1) & mask;
    this.used -= 1;
    for (let p = (hole + 1) & mask; places[2 * p + 1] !== 0; p = (p + 1) & mask) {
      // It may move up when its own place is not between the hole and where it is.
      const home = places[2 * p]! & mask;
      if (((p - home) & mask) < ((p - hole) & mask)) continue;
      places[2 * hole] = places[2 * p]!;
      places[2 * hole + 1] = places[2 * p + 1]!;
      hole = p;
    }
    places[2 * hole + 1] = 0;
  }

  private put(hash: number, entry: number): void {
    const { places, mask } = this;
    let p = hash & mask;
    while (places[2 * p + 1] !== 0) p = (p + 1) & mask;
    places[2 * p] = hash;
    places[2 * p + 1] = entry;
  }

  private grow(): void {
    const old = this.places;
    this.places = new Int32Array(2 * old.length);
    this.mask = 2 * this.mask + 1;
    for (let i = 0; i < old.length; i += 2) if (old[i + 1] !== 0) this.put(old[i]!, old[i + 1]!);
  }
}
