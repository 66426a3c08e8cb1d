import { configuredSampling, type FlowContext, SAMPLING_ORIGIN } from '../flow-context.ts';

/** Sets rate and origin of a flow sample, whose rate is 0 where its agent does not know it. */
export function setSflowSampling(told: number, context: FlowContext): void {
  if (configuredSampling(context, told !== 0)) return;
  context.sampling = told === 0 ? 1 : told;
  context.samplingOrigin = told === 0 ? SAMPLING_ORIGIN.unknown : SAMPLING_ORIGIN.record;
}

/** Discarded packets are told one by one, whatever the rate of the samples is. */
export function setDropSampling(context: FlowContext): void {
  context.sampling = 1;
  context.samplingOrigin = SAMPLING_ORIGIN.default;
}
