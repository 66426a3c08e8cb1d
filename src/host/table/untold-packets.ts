import { STATE } from './host-slots.ts';
import type { HostTable } from './host-table.ts';

const MINUTE_MS = 60_000;
/** What is older counts for the first of them. */
const MINUTES = 120;

/**
 * Packets that are in flows and in no record yet, by the start of their minute (ms since 1970): what would be lost if this process were killed now. Of a flow over
 * several minutes they count as if they had come evenly. Between two sockets of this host a packet counts where it was sent.
 */
export function untoldPackets(
  { slots }: HostTable,
  nowMs: number,
  isLeftOut: (slot: number) => boolean,
): ReadonlyMap<number, number> {
  const newest = minuteOf(nowMs);
  const minutes = new Map<number, number>();
  const add = (ago: number, packets: number) => {
    const minute = newest - ago * MINUTE_MS;
    if (packets > 0) minutes.set(minute, (minutes.get(minute) ?? 0) + packets);
  };
  for (let slot = 0; slot < slots.top; slot++) {
    if (!slots.has(slot, STATE.used) || slots.main[slot] !== slot) continue;
    const packets = slots.txPackets[slot]! + (slots.has(slot, STATE.bothHere) ? 0 : slots.rxPackets[slot]!);
    if (packets === 0 || isLeftOut(slot)) continue;
    const start = slots.startMs[slot]!;
    const lasts = slots.lastMs[slot]! - start;
    const last = minutesAgo(newest, slots.lastMs[slot]!);
    let counted = 0;
    for (let ago = minutesAgo(newest, start); ago > last; ago--) {
      const sofar = Math.floor((packets * (newest - (ago - 1) * MINUTE_MS - start)) / lasts);
      add(ago, sofar - counted);
      counted = sofar;
    }
    add(last, packets - counted);
  }
  return minutes;
}

function minuteOf(ms: number): number {
  return Math.floor(ms / MINUTE_MS) * MINUTE_MS;
}

function minutesAgo(newest: number, ms: number): number {
  return Math.min(MINUTES - 1, Math.max(0, (newest - minuteOf(ms)) / MINUTE_MS));
}
