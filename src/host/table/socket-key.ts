import { randomBytes } from 'node:crypto';

/** Words of a key in `words`: local address, then remote one. */
export const KEY_WORDS = 8;

/**
 * Hashes of sockets' addresses and ports, and of parts of these. Keys come from whoever sends packets: with a known hash they could all be made to fall on one place, so each
 * meter draws its own.
 */
export class SocketKeys {
  private readonly start: number;
  /** Odd. */
  private readonly multiplier: number;

  constructor() {
    const drawn = randomBytes(8);
    this.start = drawn.readInt32LE(0);
    this.multiplier = drawn.readInt32LE(4) | 1;
  }

  /** Of addresses, ports and protocol; `local` and `remote` are the places of the first word of each. */
  tuple(
    localWords: Uint32Array,
    local: number,
    remoteWords: Uint32Array,
    remote: number,
    ports: number,
    protocol: number,
  ): number {
    const m = this.multiplier;
    let h = step(this.start, ports, m);
    h = step(h, protocol, m);
    for (let i = 3; i >= 0; i--) {
      h = step(h, localWords[local + i]!, m);
      h = step(h, remoteWords[remote + i]!, m);
    }
    return h;
  }

  /** Of the words of one address. */
  address(a: number, b: number, c: number, d: number): number {
    const m = this.multiplier;
    return step(step(step(step(this.start, d, m), c, m), b, m), a, m);
  }

  /** Of a cookie alone. */
  cookie(cookie: number): number {
    return this.entry(this.start, cookie);
  }

  /** The same of one socket. Cookies are counted up: the upper half is nearly always 0. */
  entry(tupleHash: number, cookie: number): number {
    return step(step(tupleHash, cookie >>> 0, this.multiplier), (cookie / 4_294_967_296) >>> 0, this.multiplier);
  }
}

function step(hash: number, word: number, multiplier: number): number {
  let h = hash ^ word;
  h = Math.imul(h ^ (h >>> 16), multiplier);
  return h ^ (h >>> 15);
}

/** Local port in the upper half; an integer with its sign. */
export function portsOf(local: number, remote: number): number {
  return (local << 16) | remote;
}

export function swappedPorts(ports: number): number {
  return (ports << 16) | (ports >>> 16);
}
