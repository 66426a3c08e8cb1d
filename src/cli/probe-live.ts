import type { Metering } from '../meter/index.ts';
import type { InterfaceCapture, InterfaceChange } from '../system/index.ts';
import type { PacedExpiry } from './paced-expiry.ts';
import type { ProbeExports } from './probe-exports.ts';

/** The kernel is waited for so long; signals are seen after it at the latest. */
const WAIT_MS = 100;
const TICK_MS = 1_000;
/** A packet may be in a block of the ring for so long before it is given: time that has passed for the meter. */
const BEHIND_MS = 200;
/** After the end is asked for: what the kernel holds comes within this. */
const DRAIN_MS = 150;

export interface LiveEvents {
  /** Once a second. */
  tick(nowMs: number): void;
  /** The interface went down, away or came back. */
  changed(change: InterfaceChange): void;
}

/** Meters an interface until the signal is raised, and then what had come by then. The thread waits in the kernel and never spins. */
export async function meterInterface(
  capture: InterfaceCapture,
  metering: Metering,
  expiry: PacedExpiry,
  exports: ProbeExports,
  signal: AbortSignal,
  events: LiveEvents,
): Promise<void> {
  let dueMs = 0;
  while (!signal.aborted) {
    take(capture, metering, expiry.waitMs(WAIT_MS));
    const nowMs = Date.now();
    // Also where the clock was set back.
    if (nowMs >= dueMs || nowMs < dueMs - TICK_MS) {
      dueMs = nowMs + TICK_MS;
      const change = capture.check();
      if (change) events.changed(change);
      expiry.begin();
      exports.tick(nowMs);
      events.tick(nowMs);
    }
    expiry.step(nowMs - BEHIND_MS);
    await new Promise(setImmediate);
  }
  const endMs = performance.now() + DRAIN_MS;
  while (take(capture, metering, DRAIN_MS / 2) > 0 && performance.now() < endMs);
}

/** Meters the packets that come next; how many. */
function take(capture: InterfaceCapture, metering: Metering, timeoutMs: number): number {
  const { count, view, at, captured, original, linkType, timeMs, interfaceIndex } = capture.receive(timeoutMs);
  for (let i = 0; i < count; i++) {
    metering.packet(view, at[i]!, captured[i]!, original[i]!, linkType[i]!, timeMs[i]!, interfaceIndex);
  }
  return count;
}
