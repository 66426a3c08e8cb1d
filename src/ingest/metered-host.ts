import type { ActiveQuery } from './capture-messages.ts';
import { FlowForwarder } from './flow-forwarder.ts';
import type { LiveQuery, LiveSecond } from './live-messages.ts';
import type { MeterClock, PipedMeterEvents } from './meter-events.ts';
import { pipedCounters } from './piped-counters.ts';
import type { ForwardTarget, HostMeterOptions, HostMeterStatus, OpenFlows } from './piped-messages.ts';
import { PipedMeter } from './piped-meter.ts';

/** This host as the process that takes its records sees it: the meter, and who gets them as well. A node and an agent have one. */
export class MeteredHost {
  readonly counters = pipedCounters();
  private readonly meter: PipedMeter;
  private readonly events: PipedMeterEvents;
  private readonly clock: MeterClock;
  private forwarder: FlowForwarder | null = null;

  constructor(program: string, events: PipedMeterEvents, clock: MeterClock) {
    this.events = events;
    this.clock = clock;
    const message = (bytes: Uint8Array, at: number, length: number) => {
      events.message(bytes, at, length);
      this.forwarder?.message(bytes, at, length, clock.steady());
    };
    this.meter = new PipedMeter(program, this.counters, { ...events, message }, clock);
  }

  get status(): HostMeterStatus {
    return { ...this.meter.status, forwarding: this.forwarder?.status ?? null };
  }

  /** Starts the process of the meter, which does nothing before it is told how: its rights are those of now. */
  prepare(): void {
    this.meter.prepare();
  }

  /** It meters from now on. Waits until it does, or says that it cannot, some seconds at most. What it refuses to do is the answer, else null. */
  begin(options: HostMeterOptions, forward: ForwardTarget | null): Promise<{ code: string; message: string } | null> {
    this.forwarder = forward && new FlowForwarder(forward, (level, text) => this.events.log(level, text));
    // A name that nobody knows holds nobody up.
    void this.forwarder?.open(this.clock.steady());
    return this.meter.begin(options);
  }

  /** Call it several times a second. */
  tick(): void {
    const { counters, forwarder } = this;
    this.meter.tick();
    if (!forwarder) return;
    forwarder.tick(this.clock.steady());
    const { forwarded, unsent, refused } = forwarder.status;
    counters.set('forwarded', forwarded);
    counters.set('unsent', unsent);
    counters.set('refused', refused);
  }

  /** Flows that are open now; null where nobody meters. */
  ask(query: ActiveQuery): Promise<OpenFlows | null> {
    return this.meter.ask(query);
  }

  /** The next second of the live view; null where nobody meters. */
  live(query: LiveQuery): Promise<LiveSecond | null> {
    return this.meter.live(query);
  }

  /** Takes all that the meter has, and ends it. */
  async stop(): Promise<void> {
    await this.meter.stop();
    this.forwarder?.close();
  }
}
