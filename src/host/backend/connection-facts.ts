import { SocketKeys } from '../table/socket-key.ts';

/** Slots of one generation: a power of two, so that a hash is cut with a mask. */
const SLOTS = 1 << 16;
/** Entries of one generation. Above it searches become long. */
const ROOM = (SLOTS * 3) / 4;
/** No search is longer: a generation with such a crowd in it is full. At three quarters there is none by chance. */
const MOST_PROBES = 256;

interface Generation {
  readonly cookies: Float64Array;
  readonly rttUs: Uint32Array;
  readonly retransmits: Uint32Array;
  used: number;
}

/**
 * What the kernel's TCP knows of connections, by the cookie of their socket. Bounded without any order being kept: when the young generation is full,
 * the old one is forgotten and the young one becomes old. A process can read its own cookies and choose which of its sockets stay: places are drawn anew in each
 * meter.
 */
export class ConnectionFacts {
  /** Of the cookie that was found last. */
  rttUs = 0;
  retransmits = 0;
  private young = newGeneration();
  private old = newGeneration();
  private readonly keys = new SocketKeys();

  set(cookie: number, rttUs: number, retransmits: number): void {
    let slot = this.slotOf(this.young, cookie);
    if (slot < 0 || this.young.cookies[slot] !== cookie) {
      if (slot < 0 || this.young.used === ROOM) {
        const { old } = this;
        this.old = this.young;
        this.young = old;
        old.cookies.fill(0);
        old.used = 0;
        slot = this.slotOf(old, cookie);
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
    const slot = this.slotOf(generation, cookie);
    if (slot < 0 || generation.cookies[slot] !== cookie) return false;
    this.rttUs = generation.rttUs[slot]!;
    this.retransmits = generation.retransmits[slot]!;
    return true;
  }

  /** Where the cookie is, or would be; -1 where it is not, and there is no place for it. */
  private slotOf({ cookies }: Generation, cookie: number): number {
    const from = this.keys.cookie(cookie);
    for (let probe = 0; probe < MOST_PROBES; probe++) {
      const slot = (from + probe) & (SLOTS - 1);
      if (cookies[slot] === 0 || cookies[slot] === cookie) return slot;
    }
    return -1;
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
