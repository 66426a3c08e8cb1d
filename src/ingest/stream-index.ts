/** Words of a key: the source address (4), that of the agent (4), port, observation domain. */
const KEY_WORDS = 10;
/** Values of a place without a stream: never used, and used by a key that was removed. */
const FREE = -1;
const REMOVED = -2;

/**
 * Finds the stream of a datagram by (source address, agent address, source port, domain) without allocating: a hash table with open addressing over typed
X */
export class StreamIndex {
  private readonly mask: number;
  private readonly keys: Uint32Array;
  private readonly values: Int32Array;
  /** Places that are not free, those of removed keys with them: a search ends at a free one. */
  private used = 0;

  /** Room for `limit` streams at a load of at most one half. */
  constructor(limit: number) {
    let size = 16;
    while (size < limit * 2) size *= 2;
    this.mask = size - 1;
    this.keys = new Uint32Array(size * KEY_WORDS);
    this.values = new Int32Array(size).fill(FREE);
  }

  /** The value entered for the key, or a negative number. */
  find(source: Uint32Array, at: number, agent: Uint32Array, agentAt: number, port: number, domain: number): number {
    return this.values[this.slot(source, at, agent, agentAt, port, domain)]!;
  }

  enter(
    source: Uint32Array,
    at: number,
    agent: Uint32Array,
    agentAt: number,
    port: number,
    domain: number,
    value: number,
  ): void {
    // Before the search: it ends at a free place only, so that there must always be some.
    if (this.crowded) this.rebuild();
    const slot = this.slot(source, at, agent, agentAt, port, domain);
    if (this.values[slot] === FREE) this.used += 1;
    const k = slot * KEY_WORDS;
    for (let i = 0; i < 4; i++) {
      this.keys[k + i] = source[at + i]!;
      this.keys[k + 4 + i] = agent[agentAt + i]!;
    }
    this.keys[k + 8] = port;
    this.keys[k + 9] = domain;
    this.values[slot] = value;
  }

  remove(source: Uint32Array, at: number, agent: Uint32Array, agentAt: number, port: number, domain: number): void {
    const slot = this.slot(source, at, agent, agentAt, port, domain);
    if (this.values[slot]! >= 0) this.values[slot] = REMOVED;
  }

  private get crowded(): boolean {
    return this.used * 4 > (this.mask + 1) * 3;
  }

  /** Lets the removed places go. At most half of the places hold a key, so that this is due once in a quarter of them. */
  private rebuild(): void {
    const keys = this.keys.slice();
    const values = this.values.slice();
    this.clear();
    values.forEach((value, i) => {
      const k = i * KEY_WORDS;
      if (value >= 0) this.enter(keys, k, keys, k + 4, keys[k + 8]!, keys[k + 9]!, value);
    });
  }

  clear(): void {
    this.values.fill(FREE);
    this.used = 0;
  }

  /** Where the key stands, or the place where it would: the first of a removed key on the way to a free one, or that one. */
  private slot(
    source: Uint32Array,
    at: number,
    agent: Uint32Array,
    agentAt: number,
    port: number,
    domain: number,
  ): number {
    const { keys, values, mask } = this;
    const a = source[at]!;
    const b = source[at + 1]!;
    const c = source[at + 2]!;
    const d = source[at + 3]!;
    // Murmur3's finaliser over a mix of the words: forged addresses must not pile up in one place.
    let h =
      Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^
      Math.imul(b, 0xc2b2ae35) ^
      Math.imul(c, 0x27d4eb2f) ^
      Math.imul(d, 0x165667b1);
    // The agent is the source itself, but for sFlow.
    h ^= Math.imul((agent[agentAt + 2]! ^ c) + 1, 0x2545f491) ^ Math.imul((agent[agentAt + 3]! ^ d) + 1, 0x9e3779b1);
    h ^= Math.imul(agent[agentAt]! ^ a, 0x7feb352d) ^ Math.imul(agent[agentAt + 1]! ^ b, 0x846ca68b);
    h ^= Math.imul(port + 1, 0x85ebca77) ^ Math.imul(domain, 0x9e3779b1);
    h ^= h >>> 16;
    h = Math.imul(h, 0x85ebca6b);
    h ^= h >>> 13;
    let removed = -1;
    for (let i = h & mask; ; i = (i + 1) & mask) {
      const value = values[i]!;
      if (value === FREE) return removed >= 0 ? removed : i;
      if (value === REMOVED) {
        if (removed < 0) removed = i;
        continue;
      }
      const k = i * KEY_WORDS;
      if (
        keys[k + 3] === d &&
        keys[k + 8] === port &&
        keys[k + 9] === domain &&
        keys[k + 2] === c &&
        keys[k + 1] === b &&
        keys[k] === a &&
        keys[k + 7] === agent[agentAt + 3] &&
        keys[k + 6] === agent[agentAt + 2] &&
        keys[k + 5] === agent[agentAt + 1] &&
        keys[k + 4] === agent[agentAt]
      )
        return i;
    }
  }
}
