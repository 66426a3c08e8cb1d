import { AddressFilter } from './address-filter.ts';
import { AddressHashes } from './address-hashes.ts';
import { FactTable } from './fact-table.ts';

/** What a fact is about; keys begin with it. */
export const ABOUT = {
  ...{ flow: 1, pair: 2, clientName: 3, follows: 4, speaks: 5 },
  ...{ host: 6, serverName: 7, server: 8 },
  end: 9,
} as const;
/** The first that are about one address, not about two; and about one with its port. */
const ONE_ADDRESS = ABOUT.host;
const ONE_END = ABOUT.end;
const FACTS = 65_536;
/** Facts outlive the rows that they came from by this time at least: that of the longest usual active timeout, 30 minutes, and the next record of the flow. */
const KEPT_MS = 35 * 60_000;

/**
 * Facts of the last while, in two tables: one is filled, the other is of the time before and goes as a whole. Filters tell by two addresses, or by one, whether
 * there may be a fact at all: most rows are done with that.
 */
export class Facts {
  /** Facts that were given up before their time, or never kept, for want of room. */
  dropped = 0;
  /** By which filters know what facts are about. */
  readonly hashes = new AddressHashes();
  readonly all = new AddressFilter();
  private current = new AddressFilter();
  private next = new AddressFilter();
  private young: FactTable;
  private old: FactTable;
  private readonly capacity: number;
  private begunMs = Number.NEGATIVE_INFINITY;
  /** Facts that came since the last `turn`. */
  unmatched = 0;
  /** Facts about one address, and about one port of it. */
  hosts = 0;
  ends = 0;

  constructor(capacity = FACTS) {
    this.capacity = capacity;
    this.young = new FactTable(capacity);
    this.old = new FactTable(capacity);
  }

  get size(): number {
    return this.young.size + this.old.size;
  }

  /** Lets go what is too old; `nowMs` on any clock that nobody sets. */
  age(nowMs: number): void {
    if (this.begunMs === Number.NEGATIVE_INFINITY) this.begunMs = nowMs;
    if (this.young.size < this.capacity && nowMs - this.begunMs < KEPT_MS) return;
    if (nowMs - this.begunMs < KEPT_MS) this.dropped += this.old.size;
    this.begunMs = nowMs;
    [this.young, this.old] = [this.old, this.young];
    this.young.clear();
    this.all.clear();
    this.hosts = 0;
    this.ends = 0;
    this.old.each((keys, at) => {
      this.all.add(this.hashOf(keys, at));
      this.count(keys[at]! >>> 24);
    });
  }

  add(key: Uint32Array, packed: number, fromMs: number, toMs: number): void {
    const { young } = this;
    const refused = young.refused;
    const isNew = young.add(key, packed, fromMs, toMs);
    this.dropped += young.refused - refused;
    if (!isNew) return;
    const hash = this.hashOf(key, 0);
    this.count(key[0]! >>> 24);
    this.unmatched += 1;
    this.all.add(hash);
    this.current.add(hash);
    this.next.add(hash);
  }

  private count(about: number): void {
    if (about >= ONE_END) this.ends += 1;
    else if (about >= ONE_ADDRESS) this.hosts += 1;
  }

  find(key: Uint32Array, fromMs: number, toMs: number, visit: (packed: number) => void): void {
    this.young.find(key, fromMs, toMs, visit);
    this.old.find(key, fromMs, toMs, visit);
  }

  /** Whether facts came that rows of before were not compared with. */
  get news(): boolean {
    return !this.next.empty;
  }

  /**
   * The filter of what came since the last call, by which rows that were looked at before are looked at again. What comes meanwhile goes into it, and
   * into that of the next call as well, because rows before the one that gave it have not seen it.
   */
  turn(): AddressFilter {
    [this.current, this.next] = [this.next, this.current];
    this.next.clear();
    this.unmatched = 0;
    return this.current;
  }

  private hashOf(keys: Uint32Array, at: number): number {
    const { hashes } = this;
    const a = hashes.address(keys, at + 2, keys, at + 4);
    const about = keys[at]! >>> 24;
    if (about >= ONE_END) return hashes.end(a, keys[at + 1]!);
    return about >= ONE_ADDRESS ? hashes.host(a) : (a + hashes.address(keys, at + 6, keys, at + 8)) | 0;
  }
}
