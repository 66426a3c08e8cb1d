import { configuredSampling, type FlowContext, SAMPLING_ORIGIN } from './flow-context.ts';
import type { Netflow5Header } from './netflow5-header.ts';

/**
 * Sets rate and origin from what the datagram's header says. Many exporters fill the rate and leave the mode at 0, so the
 * rate alone counts; a mode without a rate is sampling of unknown rate, which must not pass for none. Configuration may know better.
 */
export function applyNetflow5Sampling(header: Netflow5Header, context: FlowContext): void {
  if (configuredSampling(context, header.samplingRate !== 0)) return;
  if (header.samplingRate > 1) {
    context.sampling = header.samplingRate;
    context.samplingOrigin = SAMPLING_ORIGIN.record;
    return;
  }
  context.sampling = 1;
  const unknown = header.samplingRate === 0 && header.samplingMode !== 0;
  context.samplingOrigin = unknown ? SAMPLING_ORIGIN.unknown : SAMPLING_ORIGIN.default;
}
