import type { CaptureInterface } from '../packet/index.ts';

/** The smallest frames (84 octets with all that is between them) at 400 Gbit/s: no interface drops more. */
const MOST_PACKETS_A_SECOND = 600_000_000;

interface CaptureDrops {
  /** Packets that the capturing machine dropped; null where its program says nothing, or nothing that can be. */
  readonly drops: number | null;
  /** Counters that tell more than can be, all ones among them. */
  readonly implausible: number;
}

/** What a capture tells of packets that it lacks. `spanMs`: from its first packet to its last; null where it has none with a time. */
export function captureDrops(interfaces: readonly CaptureInterface[], spanMs: number | null): CaptureDrops {
  const most = Math.min(Number.MAX_SAFE_INTEGER, (1 + (spanMs ?? 0) / 1_000) * MOST_PACKETS_A_SECOND);
  let drops = 0;
  let told = false;
  let implausible = 0;
  const believed = (count: number | null): number => {
    if (count === null) return 0;
    if (count > most) implausible += 1;
    else told = true;
    return count > most ? 0 : count;
  };
  for (const { droppedByInterface, droppedBySystem, droppedBetween } of interfaces) {
    const after = believed(droppedByInterface) + believed(droppedBySystem);
    drops += Math.max(after, believed(droppedBetween > 0 ? droppedBetween : null));
  }
  return { drops: told ? drops : null, implausible };
}
