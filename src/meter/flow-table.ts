import type { PacketFields } from '../packet/index.ts';
import { ExpiryWheel, NONE } from './expiry-wheel.ts';
import { FlowIndex } from './flow-index.ts';
import { RECORD_BYTES, RECORD_U32, U32 } from './flow-record.ts';
import type { PacketKey } from './packet-key.ts';

/** What a flow takes at most while it is open: its record, and 8 bytes for each of four places of an index that is a quarter full or fuller. Tunnels come on top. */
export const FLOW_BYTES = RECORD_BYTES + 4 * 8;
/** Open flows of a meter at most, so that offsets of words stay below 2^31. */
export const MOST_FLOWS = 16_777_216;

/**
 * The open flows: 192 bytes for each and 16 to 32 bytes of index. Memory for `maxFlows` is asked for at once, but the system gives a page of it only when a
 * flow comes to lie there; slots that were given back are the first to be used again.
 */
export class FlowTable {
  readonly f64: Float64Array;
  readonly u32: Uint32Array;
  /** The same words with a sign: hashes, keys and slots are compared like this. */
  private readonly i32: Int32Array;
  readonly wheel: ExpiryWheel;
  readonly maxFlows: number;
  /** Flows that are open. */
  size = 0;
  private readonly index = new FlowIndex();
  /** Slots that were ever used: open flows lie in some of them. */
  used = 0;
  /**
   * The last one that was given back plus one, 0 for none; a free slot is in no list, and names the next one in the same way where its neighbour was. Slots
   * stay small integers like this, which V8 keeps without a box.
   */
  private free = 0;

  constructor(maxFlows: number, timeoutMs: number) {
    this.maxFlows = Math.max(1, Math.min(maxFlows, MOST_FLOWS));
    const memory = new ArrayBuffer(this.maxFlows * RECORD_BYTES);
    this.f64 = new Float64Array(memory);
    this.u32 = new Uint32Array(memory);
    this.i32 = new Int32Array(memory);
    this.wheel = new ExpiryWheel(this.i32, timeoutMs);
  }

  isOpen(slot: number): boolean {
    return slot < this.used && this.i32[slot * RECORD_U32 + U32.list] !== NONE;
  }

  get full(): boolean {
    return this.size >= this.maxFlows;
  }

  /** The slot of the flow with this key and direction, or NONE. */
  find(key: PacketKey, fields: PacketFields): number {
    const { index, u32 } = this;
    for (let p = index.find(index.first(key.hash), key.hash); p >= 0; p = index.find(p + 1, key.hash)) {
      const slot = index.slotAt(p);
      if (key.isForward(u32, slot * RECORD_U32, fields)) return slot;
    }
    return NONE;
  }

  /** The slot of the flow that goes the other way, or NONE. */
  findReverse(key: PacketKey, fields: PacketFields): number {
    const { index, u32 } = this;
    for (let p = index.find(index.first(key.hash), key.hash); p >= 0; p = index.find(p + 1, key.hash)) {
      const slot = index.slotAt(p);
      if (key.isReverse(u32, slot * RECORD_U32, fields)) return slot;
    }
    return NONE;
  }

  /** A slot for a flow with that hash; there must be room. */
  open(hash: number): number {
    const slot = this.free === 0 ? this.used++ : this.free - 1;
    if (this.free !== 0) this.free = this.i32[slot * RECORD_U32 + U32.after]!;
    this.size += 1;
    this.index.insert(hash, slot);
    return slot;
  }

  /** The flow must be in the wheel. */
  close(slot: number): void {
    this.wheel.remove(slot);
    this.index.delete(this.i32[slot * RECORD_U32 + U32.hash]!, slot);
    this.i32[slot * RECORD_U32 + U32.after] = this.free;
    this.i32[slot * RECORD_U32 + U32.list] = NONE;
    this.free = slot + 1;
    this.size -= 1;
  }
}
