import { DEFAULT_METER, type MeteringOptions } from '../meter/index.ts';
import { Esp, type EspKey, parseEspKeys } from '../packet/index.ts';

/** A key file, and how messages name it. */
export interface KeyText {
  readonly file: string;
  readonly text: string;
}

/** How traffic is metered, as a command or a request says it: plain data that crosses threads. What is absent is as the meter has it. */
export interface MeterSettings {
  readonly idleMs?: number | undefined;
  /** Null: flows are not cut. */
  readonly activeMs?: number | null | undefined;
  readonly biflow?: boolean | undefined;
  /** The packets as they went over the wire, not those inside of tunnels. */
  readonly outer?: boolean | undefined;
  /** Keys for ESP. They are never stored and never logged. */
  readonly keys?: KeyText | undefined;
  /** One packet, or flow, in so many. */
  readonly sampling?: number | undefined;
  readonly samplingMethod?: 'systematic' | 'random' | 'flow' | undefined;
  readonly duplicates?: 'left_out' | 'counted' | undefined;
  readonly maxFlows?: number | undefined;
}

/** The keys of the settings. Throws WeirError `usage` with all that is wrong in them. */
export function espKeys({ keys }: MeterSettings): readonly EspKey[] {
  return keys ? parseEspKeys(keys.text, keys.file) : [];
}

/** What a capture is metered with. */
export interface TrafficOptions extends MeteringOptions {
  readonly esp: Esp;
}

/** The settings as the meter takes them. ESP that is not encrypted is seen into without keys. */
export function trafficOptions(settings: MeterSettings): TrafficOptions {
  const { idleMs, activeMs, biflow, outer, sampling, samplingMethod, duplicates, maxFlows } = settings;
  const esp = new Esp({ keys: espKeys(settings) });
  return {
    esp,
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
      serverNames: DEFAULT_METER.serverNames,
    },
    dissect: { tunnels: outer ? 'outer' : 'inner', esp },
  };
}
