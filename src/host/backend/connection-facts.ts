/** Slots of one generation: a power of two, so that a hash is cut with a mask. */
const SLOTS = 1 << 16;
/** Entries of one generation. Above it searches become long. */
const ROOM = (SLOTS * 3) / 4;

interface Generation {
  readonly cookies: Float64Array;
  readonly rttUs: Uint32Array;
  readonly retransmits: Uint32Array;
  used: number;
}

/**
 * What the kernel's TCP knows of connections, by the cookie of their socket. Bounded without any order being kept: when the young generation is full,
 * the old one is forgotten and the young one becomes old.
 */
export class ConnectionFacts {
  /** Of the cookie that was found last. */
  rttUs = 0;
  retransmits = 0;
  private young = newGeneration();
  private old = newGeneration();

  set(cookie: number, rttUs: number, retransmits: number): void {
    let slot = slotOf(this.young, cookie);
    if (this.young.cookies[slot] !== cookie) {
      if (this.young.used === ROOM) {
        const { old } = this;
        this.old = this.young;
        this.young = old;
        old.cookies.fill(0);
        old.used = 0;
        slot = slotOf(old, cookie);
      }
      this.young.cookies[slot] = cookie;
      this.young.used += 1;
    }
    this.young.rttUs[slot] = rttUs;
    this.young.retransmits[slot] = retransmits;
  }

  /** True where something is known of the cookie: then it is in `rttUs` and `retransmits`. */
  find(cookie: number): boolean {
    return this.findIn(this.young, cookie) || this.findIn(this.old, cookie);
  }

  private findIn(generation: Generation, cookie: number): boolean {
    const slot = slotOf(generation, cookie);
    if (generation.cookies[slot] !== cookie) return false;
    this.rttUs = generation.rttUs[slot]!;
    this.retransmits = generation.retransmits[slot]!;
    return true;
  }
}

function newGeneration(): Generation {
  return {
    cookies: new Float64Array(SLOTS),
    rttUs: new Uint32Array(SLOTS),
    retransmits: new Uint32Array(SLOTS),
    used: 0,
  };
}

/** Where the cookie is, or would be. Cookies are handed out one after the other, in stretches: they need to be spread only a little. */
function slotOf({ cookies }: Generation, cookie: number): number {
  let slot = Math.imul(cookie % 0x1_0000_0000, 0x9e37_79b1) >>> 16;
  while (cookies[slot] !== 0 && cookies[slot] !== cookie) slot = (slot + 1) & (SLOTS - 1);
  return slot;
}
