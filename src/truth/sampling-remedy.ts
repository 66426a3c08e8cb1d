import { columnOf } from '../flow/index.ts';

/** What an export stream shows of its sampling. The stream itself has this shape, with the facts of its options. */
interface SamplingState {
  /** The address that configuration looks for. */
  readonly exporter: string;
  /** A code of the column `format`. */
  readonly format: number;
  /** The latest rate, and a code of the column `sampling_origin`. */
  readonly sampling: number;
  readonly samplingOrigin: number;
  /** Null for protocols without options. */
  readonly templates: { readonly facts: OptionsSeen } | null;
}

/** What its options records have told so far. */
interface OptionsSeen {
  /** A sampler that records name and options do not describe, and whether by samplerId (1), selectorId (2) or selectionSequenceId (3); -1 for none. */
  readonly missingKind: number;
  readonly missingId: number;
  readonly optionElements: ReadonlySet<number>;
  samplings(): Iterable<Sampling>;
}

interface Sampling {
  readonly subject: string;
  readonly id: number;
  readonly ifIndex: number;
  readonly rate: number;
  readonly name: string;
}

interface SamplingRemedy {
  readonly cause: string;
  readonly remedy: string;
}

const FORMATS = columnOf('format').values ?? [];
const ORIGINS = columnOf('sampling_origin').values ?? [];
const KINDS = ['', 'sampler', 'selector', 'selection sequence'];
const TIME_BASED = [307, 308, 398, 399];
const SHOWN_RATES = 4;

/**
 * Why the rate of a stream is not known, or hardly believable, and what an operator can do about it. Null where there is
 * nothing to do. The cause is likely, not certain: it is drawn from what the exporter has sent so far.
 */
export function samplingRemedy(state: SamplingState): SamplingRemedy | null {
  const origin = ORIGINS[state.samplingOrigin];
  if (origin === 'record' || origin === 'options') return turnedOctets(state);
  if (origin !== 'unknown') return null;
  const format = FORMATS[state.format] ?? '';
  if (format === 'netflow5' || format === 'netflow7') return fixedFormat(state);
  const facts = state.templates?.facts;
  if (facts === undefined) return nothingKnown(state);
  const said = [...facts.samplings()];
  return (
    missingSampler(state, facts, said) ??
    withoutRate(state, facts, said) ??
    severalRates(state, said) ??
    nothingKnown(state)
  );
}

/** What always helps. */
function configure({ exporter }: SamplingState, rate = 1000, mode = ''): string {
  return `set its rate in weir.yaml, e.g. exporters: [{prefix: "${exporter}", sampling: ${rate}${mode}}]`;
}

function fixedFormat(state: SamplingState): SamplingRemedy {
  return {
    cause: 'the header of its datagrams gives a sampling mode and no interval',
    remedy: `let it export NetFlow v9 or IPFIX with options for sampling, or ${configure(state)}`,
  };
}

/** RouterOS: see IntervalOrder in the room wire. 1024 and 4096 are what people set. */
function turnedOctets(state: SamplingState): SamplingRemedy | null {
  const { sampling } = state;
  if (sampling < 0x1_0000 || sampling >= 0x100_0000 || (sampling & 0xffff) !== 0) return null;
  const likely = ((sampling >>> 8) & 0xff00) | (sampling >>> 24);
  return {
    cause: `it gives a rate of 1 in ${sampling}, which is 1 in ${likely} with the octets in the wrong order; MikroTik's RouterOS writes them so`,
    remedy: `where 1 in ${likely} is what is configured there, set a sampling interval that is no multiple of 256, or ${configure(state, likely, ', sampling_mode: override')}`,
  };
}

function missingSampler(state: SamplingState, facts: OptionsSeen, said: readonly Sampling[]): SamplingRemedy | null {
  if (facts.missingId < 0) return null;
  const what = KINDS[facts.missingKind] ?? 'sampler';
  const ids = said.filter(({ id }) => id >= 0).map(({ id }) => id);
  // It is described by now, without a rate: another cause.
  if (ids.includes(facts.missingId)) return null;
  const others = ids.length > 0 ? ` (only for ${list(ids)})` : '';
  return {
    cause: `its records name ${what} ${facts.missingId}, and it has sent no options for it${others}`,
    remedy:
      'options come every few minutes: wait for one round; else on Cisco IOS-XE add "option sampler-table timeout 60" to the flow exporter, ' +
      'on IOS-XR "options sampler-table timeout 60" under "version v9" of the flow exporter-map, ' +
      'on older IOS "ip flow-export template options sampler", ' +
      `on Junos a shorter "option-refresh-rate" in the flow-monitoring template; or ${configure(state)}`,
  };
}

function withoutRate(state: SamplingState, facts: OptionsSeen, said: readonly Sampling[]): SamplingRemedy | null {
  const silent = said.find(({ rate }) => rate === 0);
  if (silent === undefined) return null;
  const who = nameOf(silent);
  if (TIME_BASED.some((id) => facts.optionElements.has(id))) {
    return {
      cause: `${who} samples by time, so that nobody can say how many packets one stands for`,
      remedy: `let it sample by count (1 in N packets), or ${configure(state)} if its share of packets is known`,
    };
  }
  return {
    cause: `its options signal sampling for ${who} without an interval, or with one of 0`,
    remedy: `give the sampler an interval on the exporter and look for a newer release of its software, or ${configure(state)}`,
  };
}

function severalRates(state: SamplingState, said: readonly Sampling[]): SamplingRemedy | null {
  const rates = [...new Set(said.map(({ rate }) => rate))].sort((a, b) => a - b);
  if (rates.length < 2) return null;
  return {
    cause: `it samples at several rates (${list(rates.map((rate) => `1 in ${rate}`))}) and its records do not say at which of them`,
    remedy:
      'let its records name their sampler: on Cisco IOS-XE add "collect flow sampler" to the flow record; ' +
      `or use one rate everywhere, or ${configure(state, rates.at(-1))} if one of them is meant`,
  };
}

function nothingKnown(state: SamplingState): SamplingRemedy {
  return {
    cause: 'it signals sampling and has not yet said at which rate',
    remedy: `options come every few minutes: wait for one round; else ${configure(state)}`,
  };
}

function nameOf({ subject, id, ifIndex, name }: Sampling): string {
  if (subject === 'interface') return `interface ${ifIndex}`;
  if (id < 0) return 'the exporter';
  return name === '' ? `${subject} ${id}` : `${subject} ${id} "${name}"`;
}

function list(values: readonly (string | number)[]): string {
  const shown = values.slice(0, SHOWN_RATES).join(', ');
  return values.length > SHOWN_RATES ? `${shown} and ${values.length - SHOWN_RATES} more` : shown;
}
