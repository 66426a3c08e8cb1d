import { DEFAULT_METER, Meter, type MeterCounts, type MeterOptions } from '../src/meter/index.ts';
import { Kept, type Seen } from '../src/meter/packets.testing.ts';
import { FragmentPorts, type PacketFields } from '../src/packet/index.ts';
import { eachPacket } from './traffic-sums.testing.ts';

/** A flow ends with its capture and not before, as where others measure: no timeouts, every packet counted. */
export const WHOLE: Partial<MeterOptions> = { idleMs: 1e12, activeMs: null, duplicates: 'counted' };

export interface Metered {
  readonly flows: readonly Seen[];
  readonly counts: Readonly<MeterCounts>;
}

/**
 * A capture through dissection, fragments and meter. What `prepare` is false for is left out; it may change the fields to what another program
 * sees in them.
 */
export async function metered(
  source: string | AsyncIterable<Uint8Array>,
  tunnels: 'outer' | 'inner',
  options: Partial<MeterOptions>,
  prepare: (fields: PacketFields, originalBytes: number) => boolean = () => true,
): Promise<Metered> {
  const kept = new Kept();
  const meter = new Meter({ ...DEFAULT_METER, maxFlows: 8_192, ...options }, kept);
  const ports = new FragmentPorts();
  await eachPacket(source, tunnels, (fields, originalBytes, timeMs, inIf) => {
    if (!fields.hasIp || !ports.apply(fields, timeMs) || !prepare(fields, originalBytes)) return;
    meter.packet(fields, originalBytes, timeMs, inIf);
  });
  meter.finish();
  return { flows: kept.flows, counts: meter.counts };
}
