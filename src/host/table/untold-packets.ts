import { STATE } from './host-slots.ts';
import type { HostTable } from './host-table.ts';

const MINUTE_MS = 60_000;
/** What is older counts for the first of them. */
const MINUTES = 120;

/** Packets by the start of their minute (ms since 1970). Of a flow over several minutes they count as if they had come evenly. */
export class UntoldMinutes {
  readonly packets = new Map<number, number>();
  private readonly newest: number;

  constructor(nowMs: number) {
    this.newest = minuteOf(nowMs);
  }

  /** Packets of a flow that lasted from `startMs` to `endMs`. */
  add(packets: number, startMs: number, endMs: number): void {
    const { newest } = this;
    const lasts = endMs - startMs;
    const last = minutesAgo(newest, endMs);
    let counted = 0;
    for (let ago = minutesAgo(newest, startMs); ago > last; ago--) {
      const sofar = Math.floor((packets * (newest - (ago - 1) * MINUTE_MS - startMs)) / lasts);
      this.count(ago, sofar - counted);
      counted = sofar;
    }
    this.count(last, packets - counted);
  }

  private count(ago: number, packets: number): void {
    const minute = this.newest - ago * MINUTE_MS;
    if (packets > 0) this.packets.set(minute, (this.packets.get(minute) ?? 0) + packets);
  }
}

/**
 * Packets that are in flows and in no record yet: what would be lost if this process were killed now. Between two sockets of this host a packet counts where it was sent.
 */
export function untoldPackets(
  { slots }: HostTable,
  nowMs: number,
  isLeftOut: (slot: number) => boolean,
): ReadonlyMap<number, number> {
  const minutes = new UntoldMinutes(nowMs);
  for (let slot = 0; slot < slots.top; slot++) {
    if (!slots.has(slot, STATE.used) || slots.main[slot] !== slot) continue;
    const packets = slots.txPackets[slot]! + (slots.has(slot, STATE.bothHere) ? 0 : slots.rxPackets[slot]!);
    if (packets === 0 || isLeftOut(slot)) continue;
    minutes.add(packets, slots.startMs[slot]!, slots.lastMs[slot]!);
  }
  return minutes.packets;
}

function minuteOf(ms: number): number {
  return Math.floor(ms / MINUTE_MS) * MINUTE_MS;
}

function minutesAgo(newest: number, ms: number): number {
  return Math.min(MINUTES - 1, Math.max(0, (newest - minuteOf(ms)) / MINUTE_MS));
}
