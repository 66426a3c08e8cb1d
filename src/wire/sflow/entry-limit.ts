/** Entries of one holder: more data sources or interfaces no agent has. */
const MOST_EACH = 4_096;
/** So many a holder keeps whatever others ask for, as long as it is heard of. */
const FAIR = 64;
/** A holder that was silent for so long gives all it has before anybody else gives anything. */
const IDLE_MS = 120_000;
/** What one that has very many gives at a time. */
const SHARE = 4;
const CLASSES = 14;

/**
 * A bound that many owners share: what senders can make grow by naming new things is bounded by the sum over all of them, because a
 * bound for each alone would be multiplied by the number of sender addresses. When it is reached, owners that are silent give way to
 * those who ask, then those with very much to those with less: no flood keeps an honest newcomer out.
 */
export class EntryLimit {
  private left: number;
  private readonly mostEach: number;
  private nowMs = 0;
  /** Holders with entries by the binary logarithm of how many, those used last at the end. */
  private readonly bySize: readonly Set<EntryHolder>[] = Array.from({ length: CLASSES }, () => new Set());

  constructor(most: number, mostEach = MOST_EACH) {
    this.left = most;
    this.mostEach = mostEach;
  }

  /** `shed` is asked to give so many entries back, of any kind. */
  holder(shed: (count: number) => void): EntryHolder {
    return new EntryHolder(this, shed);
  }

  /** For holders. */
  take(holder: EntryHolder): boolean {
    if (holder.size >= this.mostEach) return false;
    if (this.left === 0) this.makeRoom(holder);
    if (this.left === 0) return false;
    this.resize(holder, 1);
    return true;
  }

  /** For holders: `count` less, or more. */
  resize(holder: EntryHolder, count: number): void {
    const before = classOf(holder.size);
    this.left -= count;
    holder.size += count;
    const after = classOf(holder.size);
    if (before === after) return;
    this.bySize[before]!.delete(holder);
    if (holder.size > 0) this.bySize[after]!.add(holder);
  }

  /** For holders: it is heard of. */
  used(holder: EntryHolder, nowMs: number): void {
    this.nowMs = nowMs;
    holder.lastMs = nowMs;
    if (holder.size === 0) return;
    const among = this.bySize[classOf(holder.size)]!;
    among.delete(holder);
    among.add(holder);
  }

  private makeRoom(asking: EntryHolder): void {
    const idle = this.longestSilent();
    if (idle && idle !== asking && Math.abs(this.nowMs - idle.lastMs) > IDLE_MS) {
      idle.shed(idle.size);
      return;
    }
    for (let c = CLASSES - 1; c > classOf(asking.size) && c > classOf(FAIR); c--) {
      const large = firstOf(this.bySize[c]!);
      if (!large) continue;
      large.shed(Math.ceil(large.size / SHARE));
      return;
    }
  }

  private longestSilent(): EntryHolder | undefined {
    let found: EntryHolder | undefined;
    for (const holders of this.bySize) {
      const first = firstOf(holders);
      if (first && (!found || first.lastMs < found.lastMs)) found = first;
    }
    return found;
  }
}

/** One owner's share. */
export class EntryHolder {
  size = 0;
  lastMs = 0;
  readonly shed: (count: number) => void;
  private readonly limit: EntryLimit;

  constructor(limit: EntryLimit, shed: (count: number) => void) {
    this.limit = limit;
    this.shed = shed;
  }

  /** A datagram is about it. */
  used(nowMs: number): void {
    this.limit.used(this, nowMs);
  }

  /** True when there is room for one more, which is then taken. Others may have been asked to shed for it. */
  take(): boolean {
    return this.limit.take(this);
  }

  give(count: number): void {
    if (count > 0) this.limit.resize(this, -count);
  }
}

/** Deletes as many of the entries as `count` says, those entered first; how many. */
export function deleteFirst<Key>(entries: Map<Key, unknown>, count: number): number {
  let n = 0;
  for (const key of entries.keys()) {
    if (n >= count) break;
    entries.delete(key);
    n += 1;
  }
  return n;
}

function classOf(size: number): number {
  return Math.min(CLASSES - 1, 32 - Math.clz32(size));
}

function firstOf(holders: Set<EntryHolder>): EntryHolder | undefined {
  return holders.size === 0 ? undefined : holders.values().next().value;
}
