/** Delays in the network and in the agent's own queue. */
const TOLERANCE_MS = 5_000;
/** An agent that came back counts from when it started: not longer ago than it was last heard, but for its own slowness. */
const START_MS = 60_000;

/**
 * Tells from the uptimes in an agent's datagrams that it started anew. The uptime has to fall (which its wrap after 49.7 days and
 * datagrams that overtake one another make it do as well), and to be no longer than the silence before.
 */
export class AgentUptime {
  /** Starts that were seen. */
  starts = 0;
  private lastUptimeMs = -1;
  private lastReceivedMs = 0;

  /** True when the agent started anew before it sent this datagram. */
  observe(uptimeMs: number, receivedMs: number): boolean {
    const silence = Math.max(0, receivedMs - this.lastReceivedMs);
    const fell = this.lastUptimeMs >= 0 && uptimeMs + TOLERANCE_MS < this.lastUptimeMs;
    const ahead = (uptimeMs - this.lastUptimeMs - silence) | 0;
    const started = fell && Math.abs(ahead) > TOLERANCE_MS && uptimeMs <= silence + START_MS;
    if (started) this.starts += 1;
    // One that was overtaken must not pass for what the next ones are measured by.
    if (fell && !started && -ahead > TOLERANCE_MS) return false;
    this.lastUptimeMs = uptimeMs;
    this.lastReceivedMs = receivedMs;
    return started;
  }

  save(): number[] {
    return [this.starts, this.lastUptimeMs, this.lastReceivedMs];
  }

  load(numbers: readonly unknown[]): void {
    const [starts, uptimeMs, receivedMs] = numbers;
    if (!Number.isFinite(starts) || !Number.isFinite(uptimeMs) || !Number.isFinite(receivedMs)) return;
    this.starts = starts as number;
    this.lastUptimeMs = uptimeMs as number;
    this.lastReceivedMs = receivedMs as number;
  }
}
