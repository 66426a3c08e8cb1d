/** Buckets of four entries: a million flows that may go on. One bucket of entries is a cache line. */
const BUCKETS = 2 ** 18;
const WAYS = 4;
/** Words of an entry: rest of the hash, end, duration with the mark, when it was heard of. */
const WORDS = 4;
const CHECK = 0;
const END = 1;
const DURATION = 2;
const HEARD = 3;
/** In the word of the duration: the meter itself said that it cut the flow. */
const MARK = 0x8000_0000;
const LONGEST_MS = 0x7fff_ffff;
/** An entry that was heard of longer ago stands for no flow: the longest usual active timeout is half an hour, and the rest of the flow is told after it. */
const LIVE_S = 31 * 60;
/** Times are kept as their lowest 32 bits of milliseconds: entries this old could be taken for new ones. */
const READABLE_S = 20 * 86_400;
const NONE = -1;

/**
 * Records that may have been cut, by the hash of their key: what the next record of the flow is compared with. Fixed in size; the oldest entry of a bucket gives way,
 * and where that one might still have gone on the bucket remembers it. A byte for each entry, apart, answers most questions for what is not there. Nothing is
 * allocated before the first entry.
 */
export class ContinuityTable {
  /** Entries that gave way while their flow might still have gone on. */
  overflowed = 0;
  /** Four bytes of each bucket, one for each entry; 0 is free. */
  private tags: Uint32Array | null = null;
  private entries = new Uint32Array(0);
  /** Of each bucket: the latest end, in seconds of our clock, of an entry that gave way too early. */
  private gone = new Uint32Array(0);
  /** The latest of all buckets. */
  private goneMs = Number.NEGATIVE_INFINITY;
  private readonly buckets: number;
  /** Of no meaning: reads whose result is used nowhere are left out by the compiler. */
  fetched = 0;

  /** `buckets`: a power of two. */
  constructor(buckets = BUCKETS) {
    this.buckets = buckets;
  }

  /** The entry with this hash of two words, or -1. `nowS`: time of receipt in seconds. */
  find(h1: number, h2: number, nowS: number): number {
    const { tags } = this;
    if (tags === null) return NONE;
    const bucket = h1 & (this.buckets - 1);
    if (!hasTag(tags[bucket]!, tagOf(h2))) return NONE;
    const { entries } = this;
    const check = h2 >>> 0;
    for (let at = bucket * WAYS * WORDS, last = at + WAYS * WORDS; at < last; at += WORDS)
      if (
        entries[at + HEARD] !== 0 &&
        entries[at + CHECK] === check &&
        Math.abs(nowS - entries[at + HEARD]!) < READABLE_S
      )
        return at;
    return NONE;
  }

  /**
   * Brings into the cache what `find` looks at for the first `count` hashes, and the entries of those of which `lasting` is 1: their waits for memory
   * overlap, which those of questions one by one do not.
   */
  fetch(h1: Int32Array, lasting: Uint8Array, count: number): void {
    const { tags, entries } = this;
    if (tags === null) return;
    const mask = this.buckets - 1;
    let fetched = 0;
    for (let i = 0; i < count; i++) {
      const bucket = h1[i]! & mask;
      fetched ^= tags[bucket]! ^ entries[bucket * lasting[i]! * WAYS * WORDS]!;
    }
    this.fetched = fetched;
  }

  /** Milliseconds from the end of the entry's record to `ms`, a time of the same clock. */
  sinceEnd(entry: number, ms: number): number {
    return (low32(ms) - this.entries[entry + END]!) | 0;
  }

  /** How long the entry's record lasted, in ms. */
  durationOf(entry: number): number {
    return this.entries[entry + DURATION]! & LONGEST_MS;
  }

  /** Whether the meter itself said that it cut the flow. */
  isMarked(entry: number): boolean {
    return (this.entries[entry + DURATION]! & MARK) !== 0;
  }

  /** Whether a record that ended at `ms` of our clock, or later, may have been in this bucket and given way too early. */
  mayHaveGone(h1: number, ms: number): boolean {
    return ms <= this.goneMs && ms <= this.gone[h1 & (this.buckets - 1)]! * 1000;
  }

  /** Enters a record, in place of `known` if that is one; `endS` is its end on our clock, for the case that it gives way. */
  put(h1: number, h2: number, known: number, endMs: number, durationMs: number, marked: boolean, nowS: number): void {
    const tags = this.tags ?? this.make();
    const bucket = h1 & (this.buckets - 1);
    const at = known === NONE ? this.room(tags[bucket]!, bucket, nowS) : known;
    const { entries } = this;
    entries[at + CHECK] = h2;
    entries[at + END] = low32(endMs);
    entries[at + DURATION] = Math.min(durationMs, LONGEST_MS) | (marked ? MARK : 0);
    entries[at + HEARD] = Math.max(1, nowS);
    this.tag(tags, bucket, at, tagOf(h2));
  }

  remove(h1: number, entry: number): void {
    this.entries[entry + HEARD] = 0;
    this.tag(this.tags!, h1 & (this.buckets - 1), entry, 0);
  }

  private tag(tags: Uint32Array, bucket: number, entry: number, tag: number): void {
    const shift = 8 * ((entry / WORDS) & (WAYS - 1));
    tags[bucket] = (tags[bucket]! & ~(0xff << shift)) | (tag << shift);
  }

  /** A free entry of the bucket, or the oldest. */
  private room(tags: number, bucket: number, nowS: number): number {
    const { entries } = this;
    const first = bucket * WAYS * WORDS;
    // Without a look at the entries, which are far away.
    for (let way = 0; way < WAYS; way++) if (((tags >>> (8 * way)) & 0xff) === 0) return first + way * WORDS;
    let oldest = first;
    for (let at = first; at < first + WAYS * WORDS; at += WORDS)
      if (entries[at + HEARD]! < entries[oldest + HEARD]!) oldest = at;
    const heard = entries[oldest + HEARD]!;
    if (nowS - heard < LIVE_S) {
      this.overflowed += 1;
      // What was heard of then had ended by then.
      if (heard > this.gone[bucket]!) this.gone[bucket] = heard;
      this.goneMs = Math.max(this.goneMs, heard * 1000);
    }
    return oldest;
  }

  private make(): Uint32Array {
    this.tags = new Uint32Array(this.buckets);
    this.entries = new Uint32Array(this.buckets * WAYS * WORDS);
    this.gone = new Uint32Array(this.buckets);
    return this.tags;
  }
}

/** Whether one of the four bytes of a bucket is this tag (Bit Twiddling Hacks, "Determine if a word has a zero byte"). */
function hasTag(tags: number, tag: number): boolean {
  const differences = tags ^ Math.imul(tag, 0x0101_0101);
  return ((differences - 0x0101_0101) & ~differences & 0x8080_8080) !== 0;
}

function tagOf(h2: number): number {
  return h2 >>> 24 || 1;
}

/** The lowest 32 bits of a whole number of ms. */
function low32(ms: number): number {
  return ms >>> 0;
}
