import { DEFAULT_METER, type MeteringOptions } from '../meter/index.ts';

/** How traffic is metered, as a command or a request says it: plain data that crosses threads. What is absent is as the meter has it. */
export interface MeterSettings {
  readonly idleMs?: number | undefined;
  /** Null: flows are not cut. */
  readonly activeMs?: number | null | undefined;
  readonly biflow?: boolean | undefined;
  /** The packets as they went over the wire, not those inside of tunnels. */
  readonly outer?: boolean | undefined;
  /** Text of a key file for ESP. It is never stored and never logged. */
  readonly keys?: string | undefined;
  /** One packet, or flow, in so many. */
  readonly sampling?: number | undefined;
  readonly samplingMethod?: 'systematic' | 'random' | 'flow' | undefined;
  readonly duplicates?: 'left_out' | 'counted' | undefined;
  readonly maxFlows?: number | undefined;
}

/** The settings as the meter takes them. */
export function meteringOptions(settings: MeterSettings): MeteringOptions {
  const { idleMs, activeMs, biflow, outer, sampling, samplingMethod, duplicates, maxFlows } = settings;
  return {
    meter: {
      idleMs: idleMs ?? DEFAULT_METER.idleMs,
      activeMs: activeMs === undefined ? DEFAULT_METER.activeMs : activeMs,
      biflow: biflow ?? DEFAULT_METER.biflow,
      maxFlows: maxFlows ?? DEFAULT_METER.maxFlows,
      duplicates: duplicates ?? DEFAULT_METER.duplicates,
      sampling:
        sampling === undefined || sampling === 1
          ? { kind: 'none' }
          : { kind: samplingMethod ?? 'systematic', rate: sampling },
    },
    dissect: { tunnels: outer ? 'outer' : 'inner' },
  };
}
