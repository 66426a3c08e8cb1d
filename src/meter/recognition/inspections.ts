import type { JoinedBytes } from './joined-bytes.ts';

/** No slot. */
const NONE = -1;

/**
 * What is kept of flows whose payload is looked at, until it is known or given up: both directions of a conversation share one, by position; 0 is none. The pool is
 * bounded: when all are in use, that of the conversation which has been looked at for the longest time gives way, and its flows stay without a name. A flow keeps
 * the position, and asks whether it still has it.
 */
export class Inspections {
  /** Those that gave way. */
  gaveWay = 0;
  /** By position and side: the sequence number that is expected next, or at which the bytes of the buffer begin. */
  readonly base: Uint32Array;
  readonly hasBase: Uint8Array;
  /** Buffer in JoinedBytes; 0 none. */
  readonly buffer: Uint16Array;
  /** Payloads that recognisers were given. */
  readonly turns: Uint8Array;
  /** Packets that brought nothing new in order since the last that did. */
  readonly waits: Uint8Array;
  /** 1: what comes of this side is not looked at any more. */
  readonly done: Uint8Array;
  /** 1: the last that was given is cut, as a recogniser says. */
  readonly cut: Uint8Array;
  /** By position: packets with payload of both sides, what they may be, and whether later ones are to be looked at as well. */
  readonly packets: Uint8Array;
  readonly candidate: Uint16Array;
  readonly watched: Uint8Array;
  private readonly slots: Int32Array;
  private readonly capacity: number;
  private readonly joined: JoinedBytes;
  private readonly free: number[] = [];
  private used = 0;
  private next = 0;

  constructor(capacity: number, joined: JoinedBytes) {
    this.capacity = capacity;
    this.joined = joined;
    const sides = 2 * (capacity + 1);
    this.base = new Uint32Array(sides);
    this.hasBase = new Uint8Array(sides);
    this.buffer = new Uint16Array(sides);
    this.turns = new Uint8Array(sides);
    this.waits = new Uint8Array(sides);
    this.done = new Uint8Array(sides);
    this.cut = new Uint8Array(sides);
    this.packets = new Uint8Array(capacity + 1);
    this.candidate = new Uint16Array(capacity + 1);
    this.watched = new Uint8Array(capacity + 1);
    this.slots = new Int32Array(sides).fill(NONE);
  }

  /** A new one, of nobody yet. */
  open(): number {
    const position = this.free.pop() ?? (this.used < this.capacity ? ++this.used : this.rob());
    this.clearSide(2 * position);
    this.clearSide(2 * position + 1);
    this.packets[position] = 0;
    this.candidate[position] = 0;
    this.watched[position] = 0;
    return position;
  }

  /** The flow in `slot` has it, too; of one flow for both directions, alone. */
  join(position: number, slot: number): void {
    const { slots } = this;
    if (slots[2 * position] === NONE) slots[2 * position] = slot;
    else slots[2 * position + 1] = slot;
  }

  /** The other flow that has it; below 0 none. */
  otherOf(position: number, slot: number): number {
    const { slots } = this;
    return slots[2 * position] === slot ? slots[2 * position + 1]! : slots[2 * position]!;
  }

  isOf(position: number, slot: number): boolean {
    return this.slots[2 * position] === slot || this.slots[2 * position + 1] === slot;
  }

  /** The flow in `slot` is over; the last one to leave gives it back. */
  leave(position: number, slot: number): void {
    const { slots } = this;
    const side = slots[2 * position] === slot ? 2 * position : 2 * position + 1;
    if (slots[side] !== slot) return;
    slots[side] = NONE;
    if (slots[2 * position] === NONE && slots[2 * position + 1] === NONE) this.give(position);
  }

  /** Nothing more is looked at. */
  close(position: number): void {
    this.slots[2 * position] = NONE;
    this.slots[2 * position + 1] = NONE;
    this.give(position);
  }

  /** Gives the buffer of a side back. */
  drop(side: number): void {
    const buffer = this.buffer[side]!;
    if (buffer !== 0 && this.joined.isOf(buffer, side)) this.joined.give(buffer);
    this.buffer[side] = 0;
  }

  private give(position: number): void {
    this.drop(2 * position);
    this.drop(2 * position + 1);
    this.free.push(position);
  }

  private rob(): number {
    this.next = (this.next % this.capacity) + 1;
    this.gaveWay += 1;
    this.drop(2 * this.next);
    this.drop(2 * this.next + 1);
    this.slots[2 * this.next] = NONE;
    this.slots[2 * this.next + 1] = NONE;
    return this.next;
  }

  private clearSide(side: number): void {
    this.hasBase[side] = 0;
    this.buffer[side] = 0;
    this.turns[side] = 0;
    this.waits[side] = 0;
    this.done[side] = 0;
    this.cut[side] = 0;
  }
}
