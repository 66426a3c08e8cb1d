import { NONE } from './expiry-wheel.ts';
import type { FlowOutput } from './flow-output.ts';
import { F64, RECORD_F64, RECORD_U32, STATE, U32 } from './flow-record.ts';
import type { FlowTable } from './flow-table.ts';
import { gapOf, lastOf } from './flow-times.ts';
import { END_REASON } from './flows.ts';
import { REORDER_MS } from './packet-clock.ts';
import type { Recognition } from './recognition/recognition.ts';
import { has, setState } from './tcp-connection.ts';
import type { TunnelTable } from './tunnel-table.ts';

/**
 * What still belongs to a connection that is over: the last ACK, and FINs that are sent again because an ACK was lost. Their sender waits 1 s and each time
 * twice as long (RFC 6298): four of them come within 15 s.
 */
const LINGER_MS = 15_000;

/** Flows that are not idle and are moved on, at most, before one gives way to another. */
const CHECKS_FOR_ROOM = 64;

/**
 * When flows are over. A packet tells exactly whether its own flow was (`isOver`); the others are looked at as their time comes, a second later than they
 * could be, so that packets which are a little out of order find what they belong to.
 */
export class FlowExpiry {
  private readonly table: FlowTable;
  private readonly tunnels: TunnelTable;
  private readonly recognition: Recognition;
  private readonly output: FlowOutput;
  private readonly idleMs: number;
  private readonly lingerMs: number;

  constructor(
    table: FlowTable,
    tunnels: TunnelTable,
    recognition: Recognition,
    output: FlowOutput,
    idleMs: number,
    lingerMs = LINGER_MS,
  ) {
    this.table = table;
    this.tunnels = tunnels;
    this.recognition = recognition;
    this.output = output;
    this.idleMs = idleMs;
    this.lingerMs = Math.min(lingerMs, idleMs);
  }

  /** Whether a packet at `timeMs` does not belong to the flow any more. Nearly all come soon after the one before in their direction, and no flow is over that soon. */
  isOver(slot: number, timeMs: number): boolean {
    const { f64 } = this.table;
    const sinceLast = timeMs - f64[slot * RECORD_F64 + F64.end]!;
    if (sinceLast >= 0 && sinceLast <= this.lingerMs) return false;
    return gapOf(f64, slot, timeMs) > this.timeoutOf(slot);
  }

  /** A flow begins with a packet at `timeMs`. */
  begin(slot: number, timeMs: number): void {
    this.table.wheel.add(slot, timeMs + this.idleMs + REORDER_MS);
  }

  /** The connection is over: the flow waits for stragglers only. */
  close(slot: number): void {
    const { u32, f64, wheel } = this.table;
    const u = slot * RECORD_U32;
    if (has(u32, u, STATE.closed)) return;
    setState(u32, u, STATE.closed);
    wheel.remove(slot);
    wheel.add(slot, lastOf(f64, slot) + this.lingerMs + REORDER_MS);
  }

  /** Gives away flows that are over at `nowMs`, after `maxChecks` looks at most; false when there may be more. */
  expire(nowMs: number, maxChecks: number): boolean {
    this.tunnels.tidy();
    for (let n = 0; n < maxChecks; n++) {
      const slot = this.table.wheel.due(nowMs);
      if (slot === NONE) return true;
      this.check(slot, nowMs);
    }
    return false;
  }

  /**
   * The flow that is idle longest gives way: the first in the wheel, save those that had packets since they were looked at. False when one was found that is
   * over anyway.
   */
  makeRoom(nowMs: number): boolean {
    const { wheel, u32 } = this.table;
    let slot = wheel.earliest();
    for (let n = 0; n < CHECKS_FOR_ROOM; n++) {
      const list = u32[slot * RECORD_U32 + U32.list];
      if (this.check(slot, nowMs)) return false;
      if (u32[slot * RECORD_U32 + U32.list] === list) break;
      slot = wheel.earliest();
    }
    this.giveUp(slot, END_REASON.resources);
    return true;
  }

  /** All are over, `maxFlows` of them now; true when none is left. */
  finish(nowMs: number, maxFlows: number): boolean {
    const { table } = this;
    for (let n = 0; n < maxFlows && table.size > 0; n++) {
      const slot = table.wheel.earliest();
      const idle = nowMs - lastOf(table.f64, slot) > this.idleMs;
      this.giveUp(slot, idle ? END_REASON.idle : END_REASON.forced);
    }
    return table.size === 0;
  }

  /** Gives the flow to the sink, and its tunnel and name back; its slot is still its own. */
  give(slot: number, reason: number): void {
    this.output.give(slot, reason);
    const tunnel = this.table.u32[slot * RECORD_U32 + U32.tunnel]!;
    if (tunnel !== 0) this.tunnels.release(tunnel);
    this.recognition.end(slot);
  }

  private giveUp(slot: number, reason: number): void {
    this.give(slot, reason);
    this.table.close(slot);
  }

  private timeoutOf(slot: number): number {
    return has(this.table.u32, slot * RECORD_U32, STATE.closed) ? this.lingerMs : this.idleMs;
  }

  /** Ends the flow if it is idle for long enough, else puts it where it will be looked at again; true when it is over. */
  private check(slot: number, nowMs: number): boolean {
    const { wheel, f64 } = this.table;
    const timeout = this.timeoutOf(slot) + REORDER_MS;
    if (gapOf(f64, slot, nowMs) > timeout) {
      this.giveUp(slot, END_REASON.idle);
      return true;
    }
    wheel.remove(slot);
    // Never before now: a sum that is rounded down must not bring it up again at once, and for ever.
    wheel.add(slot, Math.max(nowMs, lastOf(f64, slot) + timeout));
    return false;
  }
}
