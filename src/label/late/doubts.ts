import type { Facts } from './facts.ts';
import type { HotColumns } from './hot-columns.ts';
import { Keys } from './keys.ts';

const PSH = 0x08;
/** Windows of doubts are whole steps of this, so that few of them are many flows. What is used again within one step and the next is no port of one flow. */
const STEP_MS = 600_000;
/** Peers of a port that are kept: one more than that, and it is everybody's, at all times. */
const MOST_PEERS = 16;
const EVERYBODY = 0xffffffff;
const EVER = Number.POSITIVE_INFINITY;

/**
 * What speaks against a flow that would have a port of its server for itself: other connections to that port, and that both its ends say something. Facts
 * about ports are kept for servers alone of which a rule is about such flows.
 */
export class Doubts {
  private readonly facts: Facts;
  private readonly keys = new Keys();
  private found = 0;
  private peers = 0;
  private other = false;
  private mine = 0;

  constructor(facts: Facts) {
    this.facts = facts;
  }

  /** That an end is a server whose ports are to be watched. */
  watch(c: HotColumns, row: number, isSource: boolean): void {
    this.facts.add(this.keys.server(0, c, row, isSource), 1, stepBefore(c.startMs(row)), stepAfter(c.endMs(row)));
  }

  /** Keeps that the ports of this row are used, where one of its ends is watched. */
  see(c: HotColumns, row: number): void {
    for (const isSource of EACH_END) {
      this.found = 0;
      this.facts.find(this.keys.server(0, c, row, isSource), c.startMs(row), c.endMs(row), this.seeAny);
      if (this.found > 0) this.peer(c, row, isSource);
    }
  }

  /** Keeps that a port of this row is taken by it, whoever its end is: nothing else comes from there meanwhile. */
  take(c: HotColumns, row: number, isSource: boolean): void {
    this.peer(c, row, isSource);
  }

  private peer(c: HotColumns, row: number, isSource: boolean): void {
    this.peers = 0;
    const key = this.keys.end(c, row, isSource);
    this.facts.find(key, -EVER, EVER, this.seePeer);
    if (this.peers > MOST_PEERS) return;
    if (this.peers === MOST_PEERS) this.facts.add(key, EVERYBODY, -EVER, EVER);
    else this.facts.add(key, this.peerOf(c, row, isSource), stepBefore(c.startMs(row)), stepAfter(c.endMs(row)));
  }

  /** Whether a port of this row has other flows, or both of its ends speak; it says itself that one does. */
  against(c: HotColumns, row: number, slackMs: number): boolean {
    const from = c.startMs(row);
    const to = c.endMs(row);
    this.other = false;
    for (const isSource of EACH_END) {
      this.mine = this.peerOf(c, row, isSource);
      this.facts.find(this.keys.end(c, row, isSource), from, to, this.seeOther);
    }
    // An end that only receives sends nothing that is to be pushed (RFC 9293 section 3.9.1.2).
    if ((c.flagsOf(row) & PSH) !== 0) {
      const key = this.keys.speaks(c, row);
      this.facts.add(key, this.keys.isTurned(c, row) ? 2 : 1, from - slackMs, to + slackMs);
    }
    this.found = 0;
    this.facts.find(this.keys.speaks(c, row), from, to, this.seeAny);
    return this.other || this.found === 3;
  }

  /** The other end, in 31 bits. */
  private peerOf(c: HotColumns, row: number, isSource: boolean): number {
    const { hashes } = this.facts;
    const hash = isSource
      ? hashes.address(c.dstLo, 2 * row, c.dstHi, 2 * row)
      : hashes.address(c.srcLo, 2 * row, c.srcHi, 2 * row);
    return hashes.end(hash, (isSource ? c.dstPort : c.srcPort)[row]!) >>> 1;
  }

  private readonly seeAny = (value: number): void => {
    this.found |= value;
  };

  private readonly seePeer = (value: number): void => {
    this.peers += value === EVERYBODY ? MOST_PEERS + 1 : 1;
  };

  private readonly seeOther = (value: number): void => {
    if (value !== this.mine) this.other = true;
  };
}

const EACH_END = [true, false] as const;

function stepBefore(ms: number): number {
  return (Math.floor(ms / STEP_MS) - 1) * STEP_MS;
}
function stepAfter(ms: number): number {
  return (Math.floor(ms / STEP_MS) + 2) * STEP_MS;
}
