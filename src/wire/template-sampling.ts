import { WEIR_ELEMENT, WEIR_PEN } from './elements/registry.ts';
import { SAMPLING_ORIGIN } from './flow-context.ts';
import { type ExporterFacts, SAMPLER_KIND } from './options/exporter-facts.ts';
import { type FieldPlace, lowWordOf, type Slots, type TemplateLayout } from './template-layout.ts';
import type { DataSet } from './template-set.ts';
import { type Targets, targetOf } from './template-targets.ts';

/** What the records of a template say of their sampling; null where they do not. */
export interface SamplingPlan {
  /** Whether a record may give its rate itself. */
  readonly inRecord: boolean;
  readonly interval: FieldPlace | null;
  readonly algorithm: FieldPlace | null;
  readonly randomInterval: FieldPlace | null;
  readonly packetInterval: FieldPlace | null;
  readonly packetSpace: FieldPlace | null;
  readonly size: FieldPlace | null;
  readonly population: FieldPlace | null;
  readonly probability: FieldPlace | null;
  /** The id of what sampled the record, and a kind of SAMPLER_KIND. */
  readonly sampler: FieldPlace | null;
  readonly samplerKind: number;
  readonly inIf: FieldPlace | null;
  /** Of Weir's meter: the rate is that of flows or of records, each of which it took whole. */
  readonly flowSampled: FieldPlace | null;
}

export function planSampling(layout: TemplateLayout, reverse: boolean): SamplingPlan {
  const at = (...ids: number[]) => layout.find(0, ids)?.place ?? null;
  const sampler = layout.find(0, [48, 302, 301]);
  const fields = {
    interval: at(34),
    algorithm: at(35),
    randomInterval: at(50),
    packetInterval: at(305),
    packetSpace: at(306),
    size: at(309),
    population: at(310),
    probability: at(311),
  };
  const { algorithm: _said, ...rates } = fields;
  return {
    ...fields,
    inRecord: Object.values(rates).some((place) => place !== null),
    sampler: sampler?.place ?? null,
    samplerKind: sampler === null ? SAMPLER_KIND.none : KINDS.get(sampler.id)!,
    // The flow was metered where it came in, also what its other direction is made of.
    inIf: reverse ? at(14, 253, 10, 252) : at(10, 252),
    flowSampled: layout.find(WEIR_PEN, [WEIR_ELEMENT.flowSampled])?.place ?? null,
  };
}

const KINDS = new Map<number, number>([
  [48, SAMPLER_KIND.samplerId],
  [302, SAMPLER_KIND.selectorId],
  [301, SAMPLER_KIND.selectionSequenceId],
]);
const RATE = targetOf('sampling');
const ORIGIN = targetOf('sampling_origin');

/** How many rows of the last `writeSampling` were sampled, and of how many the rate is not known. */
export interface SamplingCounts {
  sampled: number;
  unknown: number;
}

/** Rate and origin of each row: configuration's override, the record, its sampler, its interface, the exporter, configuration's default. */
export function writeSampling(
  plan: SamplingPlan,
  slots: Slots,
  n: number,
  row: number,
  targets: Targets,
  { view, facts, context }: DataSet,
  counts: SamplingCounts,
): void {
  const rates = targets.u32[RATE]!;
  const origins = targets.u8[ORIGIN]!;
  const { settings } = context;
  const inRecord = plan.inRecord && settings.sampling?.mode !== 'override';
  if (!inRecord && plan.flowSampled === null && !facts.perRecord(plan.samplerKind)) {
    facts.resolve(SAMPLER_KIND.none, -1, 0, settings);
    rates.fill(facts.rate, row, row + n);
    origins.fill(facts.origin, row, row + n);
    count(counts, facts.rate, facts.origin, n);
    return;
  }
  for (let i = 0; i < n; i++) {
    const said = inRecord ? rateAt(plan, view, slots, i, facts) : NOTHING;
    let rate = said;
    let origin: number = SAMPLING_ORIGIN.record;
    if (said <= 0) {
      const sampler = plan.sampler === null ? -1 : lowWordOf(view, plan.sampler, slots, i);
      const inIf = plan.inIf === null ? 0 : lowWordOf(view, plan.inIf, slots, i);
      facts.resolve(plan.samplerKind, sampler, inIf, settings);
      rate = facts.rate;
      origin = facts.origin;
      // The record says that it is sampled and nobody at which rate.
      if (said === UNKNOWN && origin === SAMPLING_ORIGIN.default) origin = SAMPLING_ORIGIN.unknown;
    }
    if (rate > 1 && plan.flowSampled !== null) {
      const chosen = lowWordOf(view, plan.flowSampled, slots, i);
      if (chosen === 1) origin = SAMPLING_ORIGIN.flows;
      else if (chosen === 2) origin = SAMPLING_ORIGIN.records;
    }
    rates[row + i] = rate;
    origins[row + i] = origin;
    count(counts, rate, origin, 1);
  }
}

function count(counts: SamplingCounts, rate: number, origin: number, rows: number): void {
  if (origin === SAMPLING_ORIGIN.unknown) counts.unknown += rows;
  else if (rate > 1) counts.sampled += rows;
}

const UNKNOWN = 0;
const NOTHING = -1;

/** The rate that a record gives; UNKNOWN where it is signalled without one, NOTHING where nothing is said. */
function rateAt(plan: SamplingPlan, view: DataView, slots: Slots, i: number, facts: ExporterFacts): number {
  const population = optional(view, plan.population, slots, i);
  if (population > 0) return whole(population / Math.max(1, optional(view, plan.size, slots, i)));
  const probability = plan.probability === null ? 0 : probabilityAt(view, plan.probability, slots, i);
  if (probability > 0) return whole(1 / probability);
  const random = optional(view, plan.randomInterval, slots, i);
  return facts.recordRate(
    random > 0 ? random : optional(view, plan.interval, slots, i),
    optional(view, plan.packetInterval, slots, i),
    optional(view, plan.packetSpace, slots, i),
    optional(view, plan.algorithm, slots, i),
  );
}

function whole(rate: number): number {
  return rate >= 1 && rate <= 0xffff_ffff ? Math.round(rate) : UNKNOWN;
}

/** -1 where the template has no such field. */
function optional(view: DataView, place: FieldPlace | null, slots: Slots, i: number): number {
  return place === null ? -1 : lowWordOf(view, place, slots, i);
}

/** Of 0 to 1; 0 where it is none. */
function probabilityAt(view: DataView, place: FieldPlace, slots: Slots, i: number): number {
  const at = slots[place.slot]![i]! + place.offset;
  const value = place.length === 8 ? view.getFloat64(at) : place.length === 4 ? view.getFloat32(at) : 0;
  return value > 0 && value <= 1 ? value : 0;
}
