import { type FlowContext, MAX_AGE_MS } from './flow-context.ts';

/**
 * When a flow ended on our clock: an end that is plausible beside it is believed; else, where the exporter's clock is off, it is moved by as much
 * (a wrong clock moves all times alike, so ages stay right); what is still impossible becomes the time of receipt. What is imported is believed
 * as it is. One object for a writer, set for each datagram or set of records.
 */
export class ClockRule {
  private receivedMs = 0;
  private oldest = 0;
  private plausible = 0;
  private newest = 0;
  private clockOff = false;
  private shift = 0;
  private importing = false;

  /** `exportMs`: the exporter's clock when it sent. */
  set(exportMs: number, { skewMs, importing }: FlowContext, receivedMs: number): void {
    this.receivedMs = receivedMs;
    this.oldest = receivedMs - MAX_AGE_MS;
    this.plausible = receivedMs - skewMs;
    this.newest = receivedMs + skewMs;
    this.clockOff = Math.abs(receivedMs - exportMs) > skewMs;
    this.shift = receivedMs - exportMs;
    this.importing = importing;
  }

  timeOf(end: number): number {
    if (this.importing) return end;
    const time = this.clockOff && (end < this.plausible || end > this.newest) ? end + this.shift : end;
    return time < this.oldest || time > this.newest ? this.receivedMs : time;
  }
}
