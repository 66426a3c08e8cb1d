import type { MeterOptions } from './index.ts';
import type { Packet } from './packets.testing.ts';
import { TCP } from './packets.testing.ts';

/** One direction of a flow. */
interface Side {
  packets: number;
  bytes: number;
  start: number;
  end: number;
  flags: number;
  fin: boolean;
}

interface Flow {
  src: string;
  dst: string;
  srcPort: number;
  dstPort: number;
  protocol: number;
  sides: [Side, Side];
  isn: number | null;
  closed: boolean;
  continued: number;
}

export interface NaiveRecord {
  flow: string;
  forward: string;
  backward: string;
  continued: number;
  reason: string;
}

const LINGER_MS = 15_000;
const side = (): Side => ({ packets: 0, bytes: 0, start: 0, end: 0, flags: 0, fin: false });

/** The definition of flows once more, with objects and strings and no bounds: packets of TCP and UDP whose times are at most a second out of order. */
export class NaiveMeter {
  readonly records: NaiveRecord[] = [];
  private readonly flows = new Map<string, Flow>();
  private readonly options: MeterOptions;
  private now = Number.NEGATIVE_INFINITY;

  constructor(options: MeterOptions) {
    this.options = options;
  }

  packet(
    p: Required<Pick<Packet, 'src' | 'dst' | 'srcPort' | 'dstPort' | 'protocol' | 'bytes'>> & Packet,
    t: number,
  ): void {
    this.now = Math.max(this.now, t);
    const ahead = `${p.protocol} ${p.src}:${p.srcPort} ${p.dst}:${p.dstPort}`;
    const behind = `${p.protocol} ${p.dst}:${p.dstPort} ${p.src}:${p.srcPort}`;
    const { biflow } = this.options;
    let key = ahead;
    let direction: 0 | 1 = 0;
    if (!this.flows.has(ahead) && biflow && this.flows.has(behind)) {
      key = behind;
      direction = 1;
    }
    let flow = this.flows.get(key);
    const restart = flow && this.restarts(flow, p, t, direction);
    if (flow && restart) {
      this.emit(flow, restart);
      this.flows.delete(key);
      flow = undefined;
    }
    if (!flow) {
      direction = 0;
      key = ahead;
      flow = this.begin(p);
      this.flows.set(key, flow);
    } else if (biflow && direction === 1 && this.turns(flow, p, t)) {
      flow.sides.reverse();
      [flow.src, flow.dst] = [flow.dst, flow.src];
      [flow.srcPort, flow.dstPort] = [flow.dstPort, flow.srcPort];
      this.flows.delete(key);
      this.flows.set(ahead, flow);
      key = ahead;
      direction = 0;
    }
    if (flow.sides[0].packets + flow.sides[1].packets > 0) this.learn(flow, p);
    const { activeMs } = this.options;
    if (activeMs !== null && this.isUsed(flow) && t - span(flow).start > activeMs) {
      this.emit(flow, 'active');
      flow.sides = [
        { ...side(), fin: flow.sides[0].fin },
        { ...side(), fin: flow.sides[1].fin },
      ];
      flow.continued = 1;
    }
    count(flow.sides[direction], p, t);
    this.finAndReset(flow, p, t, direction, behind);
  }

  finish(): void {
    for (const flow of this.flows.values()) {
      this.emit(flow, this.now - span(flow).end > this.options.idleMs ? 'idle' : 'forced');
    }
    this.flows.clear();
  }

  private isUsed(flow: Flow): boolean {
    return flow.sides[0].packets + flow.sides[1].packets > 0;
  }

  private begin(p: Packet): Flow {
    const flags = p.tcpFlags ?? 0;
    const opening = (flags & TCP.syn) !== 0 && (flags & (TCP.fin | TCP.rst)) === 0;
    const answer = this.options.biflow && (flags & TCP.ack) !== 0;
    return {
      src: p.src!,
      dst: p.dst!,
      srcPort: p.srcPort!,
      dstPort: p.dstPort!,
      protocol: p.protocol!,
      sides: [side(), side()],
      isn: opening ? (answer ? (p.acknowledged! - 1) >>> 0 : p.sequence!) : null,
      closed: false,
      continued: 0,
    };
  }

  private isOver(flow: Flow, t: number): boolean {
    const { start, end } = span(flow);
    const gap = t > end ? t - end : Math.max(0, start - t);
    return gap > (flow.closed ? Math.min(LINGER_MS, this.options.idleMs) : this.options.idleMs);
  }

  /** Why the packet does not belong to the flow, or null. */
  private restarts(flow: Flow, p: Packet, t: number, direction: 0 | 1): string | null {
    if (this.isOver(flow, t)) return 'idle';
    const { start } = span(flow);
    const flags = p.tcpFlags ?? 0;
    if (p.protocol !== 6 || (flags & TCP.syn) === 0 || (flags & (TCP.fin | TCP.rst)) !== 0) return null;
    if (!this.options.biflow) {
      if (flow.isn !== null) return flow.isn === p.sequence ? null : 'end';
      return t < start ? null : 'end';
    }
    if ((flags & TCP.ack) !== 0) {
      return flow.closed && flow.isn !== (p.acknowledged! - 1) >>> 0 ? 'end' : null;
    }
    if (flow.isn === null) return t < start ? null : 'end';
    if (flow.isn === p.sequence) return null;
    const answered = ((flow.sides[0].flags | flow.sides[1].flags) & (TCP.ack | TCP.rst)) !== 0;
    return direction === 1 && !answered ? null : 'end';
  }

  /** Whether the packet, of the other direction, shows that its sender began. */
  private turns(flow: Flow, p: Packet, t: number): boolean {
    const flags = p.tcpFlags ?? 0;
    const pure = (flags & (TCP.syn | TCP.ack | TCP.fin | TCP.rst)) === TCP.syn;
    if (p.protocol !== 6 || !pure) return false;
    return flow.isn === null ? t < span(flow).start : flow.isn === p.sequence;
  }

  private learn(flow: Flow, p: Packet): void {
    const flags = p.tcpFlags ?? 0;
    if (p.protocol !== 6 || flow.isn !== null || (flags & TCP.syn) === 0 || (flags & (TCP.fin | TCP.rst)) !== 0) return;
    flow.isn = this.options.biflow && (flags & TCP.ack) !== 0 ? (p.acknowledged! - 1) >>> 0 : p.sequence!;
  }

  private finAndReset(flow: Flow, p: Packet, t: number, direction: 0 | 1, behind: string): void {
    const flags = p.tcpFlags ?? 0;
    if (p.protocol !== 6 || (flags & (TCP.fin | TCP.rst)) === 0) return;
    flow.sides[direction].fin = true;
    let other = this.options.biflow ? undefined : this.flows.get(behind);
    if (other && this.isOver(other, t)) other = undefined;
    const reset = (flags & TCP.rst) !== 0;
    const both = this.options.biflow
      ? flow.sides.some((s) => s.packets === 0) || flow.sides.every((s) => s.fin)
      : !other || other.sides[0].fin;
    if (!reset && !both) return;
    flow.closed = true;
    if (other) other.closed = true;
  }

  private emit(flow: Flow, reason: string): void {
    // A record in which only the other direction has packets is that of the one who sent them.
    const turned = flow.sides[0].packets === 0;
    const [a, b] = turned ? [flow.sides[1], flow.sides[0]] : flow.sides;
    const ends = [`${flow.src}:${flow.srcPort}`, `${flow.dst}:${flow.dstPort}`];
    if (turned) ends.reverse();
    this.records.push({
      flow: `${flow.protocol} ${ends.join(' > ')}`,
      forward: text(a),
      backward: text(b),
      continued: flow.continued,
      reason: flow.closed && reason !== 'active' ? 'end' : reason,
    });
  }
}

function span(flow: Flow): { start: number; end: number } {
  const used = flow.sides.filter((s) => s.packets > 0);
  return { start: Math.min(...used.map((s) => s.start)), end: Math.max(...used.map((s) => s.end)) };
}

function count(to: Side, p: Packet, t: number): void {
  to.start = to.packets === 0 ? t : Math.min(to.start, t);
  to.end = to.packets === 0 ? t : Math.max(to.end, t);
  to.packets += 1;
  to.bytes += p.bytes!;
  to.flags |= p.tcpFlags ?? 0;
}

function text({ packets, bytes, start, end, flags }: Side): string {
  return `${packets} packets ${bytes} bytes ${start} to ${end} flags ${flags}`;
}
