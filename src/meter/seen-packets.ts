/** Packets that are remembered at first, and at most: those of 50 ms at 1.3 million packets a second. Powers of 2. */
const FIRST_PACKETS = 1024;
const MOST_PACKETS = 65_536;
/** So that most packets find no other in their chain. */
const CHAINS_PER_PACKET = 2;

/** How a packet lies in memory: 32 bytes. These are offsets in units of 4 bytes (SEEN) and of 8 bytes (SEEN_F64); the chain is this class's own, the rest its user's. */
const PACKET_BYTES = 32;
const PACKET_WORDS = PACKET_BYTES / 4;
export const SEEN = {
  high: 0,
  low: 1,
  vantage: 2,
  /** Number of the packet before it in its chain. */
  before: 3,
  /** Copies that may still be seen elsewhere. */
  expected: 6,
  /** How far the copy was from its packet, as a float. */
  pair: 7,
} as const;
export const SEEN_F64 = {
  /** When the last one came from that vantage point. */
  time: 2,
} as const;

/**
 * The latest packets, by signature. They lie in a ring, one behind the other as they came, and in chains of those whose signatures end alike, the latest first.
 * Each packet looks at a place of its own, so that the ring has to fit into the processor's cache: it begins small, and doubles when a packet would take the place of one
 * that came less than `windowMs` ago. Packets have numbers, which begin again behind 2^32; one whose number is too old has given its place to another.
 */
export class SeenPackets {
  i32!: Int32Array;
  f32!: Float32Array;
  f64!: Float64Array;
  private readonly windowMs: number;
  private size = 0;
  /** By the last bits of a signature: number of the latest packet. */
  private heads = new Int32Array(0);
  /** Number of the next packet. */
  private next = 0;

  constructor(windowMs: number) {
    this.windowMs = windowMs;
    this.resize(FIRST_PACKETS);
  }

  /** The place of the packet with that signature: the first of its words; or -1. */
  find(high: number, low: number): number {
    const { i32, heads, next, size } = this;
    let number = heads[low & (heads.length - 1)]!;
    // Each packet of a chain is older than the one before: no search goes on for ever, whatever numbers were left behind.
    for (let age = 0; ; ) {
      const older = (next - number) >>> 0;
      if (older <= age || older > size) return -1;
      age = older;
      const place = (number & (size - 1)) * PACKET_WORDS;
      if (i32[place + SEEN.high] === high && i32[place + SEEN.low] === low) return place;
      number = i32[place + SEEN.before]!;
    }
  }

  /** The place of one packet more, in place of the oldest one. */
  add(high: number, low: number, timeMs: number): number {
    if (this.size < MOST_PACKETS && this.isNeeded(timeMs)) this.resize(2 * this.size);
    const place = this.put(this.next, high, low);
    this.next = (this.next + 1) | 0;
    return place;
  }

  /** Whether the oldest packet came within the window. */
  private isNeeded(timeMs: number): boolean {
    const oldest = (this.next & (this.size - 1)) * (PACKET_WORDS / 2);
    return Math.abs(timeMs - this.f64[oldest + SEEN_F64.time]!) <= this.windowMs;
  }

  private put(number: number, high: number, low: number): number {
    const { i32, heads, size } = this;
    const chain = low & (heads.length - 1);
    const place = (number & (size - 1)) * PACKET_WORDS;
    i32[place + SEEN.high] = high;
    i32[place + SEEN.low] = low;
    i32[place + SEEN.before] = heads[chain]!;
    heads[chain] = number;
    return place;
  }

  /** Room for `size` packets; those that are there keep their numbers. */
  private resize(size: number): void {
    const { i32: old, size: before, next } = this;
    const memory = new ArrayBuffer(size * PACKET_BYTES);
    this.size = size;
    this.i32 = new Int32Array(memory);
    this.f32 = new Float32Array(memory);
    this.f64 = new Float64Array(memory);
    // The number of a packet that has given its place away.
    this.heads = new Int32Array(CHAINS_PER_PACKET * size).fill((next - size - 1) | 0);
    // A time that is within no window.
    this.f64.fill(Number.NEGATIVE_INFINITY);
    for (let age = before; age > 0; age--) {
      const number = (next - age) | 0;
      const from = (number & (before - 1)) * PACKET_WORDS;
      const place = this.put(number, old[from + SEEN.high]!, old[from + SEEN.low]!);
      for (const word of [SEEN.vantage, SEEN.expected, SEEN.pair, 2 * SEEN_F64.time, 2 * SEEN_F64.time + 1])
        this.i32[place + word] = old[from + word]!;
    }
  }
}
