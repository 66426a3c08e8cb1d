import { RECORD_U32, U32 } from './flow-record.ts';

/** No flow: a list is empty, or ends. */
export const NONE = 0xffff_ffff;

const LISTS = 256;
const MASK = LISTS - 1;
/** Of them, how many a whole timeout spans: deadlines always lie within the wheel. */
const SPAN = 200;

/**
 * When each flow is to be looked at: lists of flows by deadline, as links within their records. A packet does not move its flow: the one that comes up and
 * had packets since goes to a later list. So a flow costs something once a timeout and when it ends, and nothing for each of its packets.
 */
export class ExpiryWheel {
  private readonly heads = new Uint32Array(LISTS).fill(NONE);
  private readonly tails = new Uint32Array(LISTS).fill(NONE);
  private readonly u32: Uint32Array;
  private readonly listMs: number;
  /** Number of the list, counted from 1970, that comes up next, and where it is. */
  private next = 0;
  private nextList = 0;
  /** So many lists from there on are empty. */
  private empty = 0;

  constructor(u32: Uint32Array, timeoutMs: number) {
    this.u32 = u32;
    this.listMs = Math.max(1, timeoutMs / SPAN);
  }

  /** Puts the flow behind those with the same deadline, more or less. */
  add(slot: number, deadlineMs: number): void {
    const { u32, tails } = this;
    const ahead = Math.min(Math.max(Math.floor(deadlineMs / this.listMs) - this.next, 0), MASK);
    if (ahead < this.empty) this.empty = ahead;
    const list = (this.nextList + ahead) & MASK;
    const last = tails[list]!;
    const u = slot * RECORD_U32;
    u32[u + U32.list] = list;
    u32[u + U32.before] = last;
    u32[u + U32.after] = NONE;
    if (last === NONE) this.heads[list] = slot;
    else u32[last * RECORD_U32 + U32.after] = slot;
    tails[list] = slot;
  }

  remove(slot: number): void {
    const { u32 } = this;
    const u = slot * RECORD_U32;
    const list = u32[u + U32.list]!;
    const before = u32[u + U32.before]!;
    const after = u32[u + U32.after]!;
    if (before === NONE) this.heads[list] = after;
    else u32[before * RECORD_U32 + U32.after] = after;
    if (after === NONE) this.tails[list] = before;
    else u32[after * RECORD_U32 + U32.before] = before;
  }

  /** A flow whose deadline, as it was when it was added, is over at `nowMs`, or NONE. It stays where it is. */
  due(nowMs: number): number {
    const now = Math.floor(nowMs / this.listMs);
    // After a leap, or a step back, all lists come up once.
    if (this.next > now || this.next < now - LISTS) {
      this.next = now - LISTS;
      this.empty = 0;
    }
    while (this.next < now) {
      const head = this.heads[this.nextList]!;
      if (head !== NONE) return head;
      this.next += 1;
      this.nextList = (this.nextList + 1) & MASK;
      if (this.empty > 0) this.empty -= 1;
    }
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
