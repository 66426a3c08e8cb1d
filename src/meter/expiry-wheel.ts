import { RECORD_U32, U32 } from './flow-record.ts';

/** No flow: a list is empty, or ends. A small integer, as slots are: V8 would count with all of them as doubles else. */
export const NONE = -1;

const LISTS = 256;
const MASK = LISTS - 1;
/** Of them, how many a whole timeout spans: deadlines always lie within the wheel. */
const SPAN = 200;

/**
 * When each flow is to be looked at: lists of flows by deadline, as links within their records. A packet does not move its flow: the one that comes up and
 * had packets since goes to a later list. So a flow costs something once a timeout and when it ends, and nothing for each of its packets.
 */
export class ExpiryWheel {
  private readonly heads = new Int32Array(LISTS).fill(NONE);
  private readonly tails = new Int32Array(LISTS).fill(NONE);
  private readonly i32: Int32Array;
  private readonly listMs: number;
  /** Number of the list, counted from 1970, that comes up next, and where it is. */
  private next = 0;
  private nextList = 0;
  /** So many lists from there on are empty. */
  private empty = 0;
  /** Within these times no list comes up: nearly all packets come at one of them, and need not divide. */
  private quietFromMs = 0;
  private quietToMs = 0;

  /** `i32` are the records. */
  constructor(i32: Int32Array, timeoutMs: number) {
    this.i32 = i32;
    this.listMs = Math.max(1, timeoutMs / SPAN);
  }

  /** Puts the flow behind those with the same deadline, more or less. */
  add(slot: number, deadlineMs: number): void {
    const { i32, tails } = this;
    const ahead = Math.min(Math.max(Math.floor(deadlineMs / this.listMs) - this.next, 0), MASK);
    if (ahead < this.empty) this.empty = ahead;
    const list = (this.nextList + ahead) & MASK;
    const last = tails[list]!;
    const u = slot * RECORD_U32;
    i32[u + U32.list] = list;
    i32[u + U32.before] = last;
    i32[u + U32.after] = NONE;
    if (last === NONE) this.heads[list] = slot;
    else i32[last * RECORD_U32 + U32.after] = slot;
    tails[list] = slot;
  }

  remove(slot: number): void {
    const { i32 } = this;
    const u = slot * RECORD_U32;
    const list = i32[u + U32.list]!;
    const before = i32[u + U32.before]!;
    const after = i32[u + U32.after]!;
    if (before === NONE) this.heads[list] = after;
    else i32[before * RECORD_U32 + U32.after] = after;
    if (after === NONE) this.tails[list] = before;
    else i32[after * RECORD_U32 + U32.before] = before;
  }

  /** A flow whose deadline, as it was when it was added, is over at `nowMs`, or NONE. It stays where it is. */
  due(nowMs: number): number {
    if (nowMs >= this.quietFromMs && nowMs < this.quietToMs) return NONE;
    return this.turnTo(Math.floor(nowMs / this.listMs));
  }

  /** List number `now` is the first one whose time is not over. */
  private turnTo(now: number): number {
    // After a leap, or a step back, all lists come up once.
    if (this.next > now || this.next < now - LISTS) {
      this.next = now - LISTS;
      this.empty = 0;
      this.quietToMs = this.quietFromMs;
    }
    while (this.next < now) {
      const head = this.heads[this.nextList]!;
      if (head !== NONE) return head;
      this.next += 1;
      this.nextList = (this.nextList + 1) & MASK;
      if (this.empty > 0) this.empty -= 1;
    }
    this.quietFromMs = now * this.listMs;
    this.quietToMs = (now + 1) * this.listMs;
    return NONE;
  }

  /** The flow whose deadline comes first of all, or NONE. */
  earliest(): number {
    for (; this.empty < LISTS; this.empty++) {
      const head = this.heads[(this.nextList + this.empty) & MASK]!;
      if (head !== NONE) return head;
    }
    return NONE;
  }
}
