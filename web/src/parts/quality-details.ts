import { bitRate, bytes, secondText, short } from '../../../src/chart/index.ts';
import type { QueryAnswer } from '../../../src/query/index.ts';

type Quality = QueryAnswer['quality'];

/** What is known of one part of an answer's worth: figures by what they are, in words. */
export interface QualityPart {
  readonly title: string;
  readonly lines: readonly (readonly [label: string, value: string])[];
}

/** Parts without a line are left out: what did not occur is not told. `timeZone`: that of who looks unless told. */
export function qualityParts(quality: Quality, timeZone?: string): QualityPart[] {
  const time = (ms: number) => secondText(ms, timeZone);
  const all: QualityPart[] = [
    lost(quality),
    sampling(quality),
    { title: 'Duplicates', lines: duplicates(quality) },
    { title: 'Not measured', lines: gaps(quality, time) },
    { title: 'Names', lines: names(quality) },
    { title: 'Data of networks', lines: networkData(quality, time) },
    { title: 'Kept', lines: kept(quality, time) },
  ];
  return all.filter(({ lines }) => lines.length > 0);
}

type Line = readonly [label: string, value: string];
const count = (value: number) => value.toLocaleString('en');
const percent = (share: number) => `${(100 * share).toLocaleString('en', { maximumFractionDigits: 2 })} %`;
/** Where there is some. */
const some = (label: string, value: number, unit: string): Line[] =>
  value > 0 ? [[label, `${count(value)} ${unit}`]] : [];

function lost({ lost: { by, errors, exporters, ...of } }: Quality): QualityPart {
  const where = {
    network: 'on the way here',
    kernel: 'in the kernel of this machine',
    queue: 'in queues of this node',
    decode: 'not readable',
    store: 'not stored',
    exporter: 'by the exporter itself',
  } as const;
  const causes = Object.entries(where) as [keyof typeof where, string][];
  return {
    title: 'Lost',
    lines: [
      ['lost', `${count(of.records)} of ${count(of.records + of.received)} records, ${percent(of.share)}`],
      ...causes.flatMap(([cause, label]) => some(label, by[cause], 'records')),
      ...some('packets that meters did not see', of.unmetered_packets, 'packets'),
      ...some('came late, and were counted', of.recovered, 'records'),
      ...some('came twice, and were counted once', of.duplicated, 'records'),
      ...some('restarts of exporters', of.restarts, ''),
      ...Object.entries(errors).flatMap(([cause, n]) => some(`not readable: ${cause}`, n ?? 0, 'datagrams')),
      ...exporters
        .filter((one) => one.lost > 0)
        .map(
          (one): Line => [
            `of ${one.exporter}, domain ${one.domain}`,
            `${count(one.lost)} records, ${percent(one.share)}`,
          ],
        ),
    ].map(([label, value]): Line => [label!, value!.trim()]),
  };
}

function sampling({ sampling: of }: Quality): QualityPart {
  const rate = of.min_rate === of.max_rate ? `1 in ${of.max_rate}` : `1 in ${of.min_rate} to 1 in ${of.max_rate}`;
  const errors = Object.entries(of.error95).map(
    ([metric, { total, half_width }]): Line => [
      `${metric}, 95 times of 100`,
      `${amount(metric, total)} ± ${amount(metric, half_width)}`,
    ],
  );
  return {
    title: 'Sampling',
    lines: [
      ['bytes that are sampled', percent(of.sampled_share)],
      ['bytes whose rate is known', percent(of.known_share)],
      ['rate', rate],
      ...(of.origins.length === 0 ? [] : [['rate is from', of.origins.join(', ')] as const]),
      ...errors,
    ],
  };
}

function amount(metric: string, value: number): string {
  if (metric === 'bytes') return bytes(value);
  if (metric === 'bps') return bitRate(value);
  return `${short(value).trimEnd()} ${{ pps: 'packets/s', fps: 'flows/s' }[metric] ?? metric}`;
}

function duplicates({ duplicates: of }: Quality): Line[] {
  if (of.status === 'not_assessed') return [['not looked at', of.reason]];
  const { left_out: out } = of;
  if (out === null) return [];
  const label = of.included ? 'seen twice, and counted' : 'seen twice, and counted once';
  return [[label, `${count(out.records)} records, ${bytes(out.bytes)}`]];
}

const CAUSES: Readonly<Record<string, string>> = {
  before: 'not yet started',
  stopped: 'stopped',
  crashed: 'crashed',
  closed: 'no port open',
  silent: 'an exporter was silent',
  meter: 'the meter of this host had ended',
  clock: 'the clock was set forward',
  set_back: 'the clock was set back',
};

function gaps({ gaps: of }: Quality, time: (ms: number) => string): Line[] {
  if (of.status === 'not_assessed') return [['not looked at', of.reason]];
  return [
    ['measured', percent(of.measured)],
    ...of.gaps.map((gap): Line => {
      const whose = gap.exporter ? ` (${gap.exporter})` : '';
      const end = gap.to === null ? 'now' : time(gap.to);
      // Before the first start: since ever.
      const span = gap.from <= 0 ? `until ${end}` : `${time(gap.from)} to ${end}`;
      return [`${CAUSES[gap.cause] ?? gap.cause}${whose}`, span];
    }),
    ...some('further ones', of.more, ''),
  ];
}

function names({ names: of, clients }: Quality): Line[] {
  return [
    ...(of === undefined
      ? []
      : of.status === 'not_assessed'
        ? [['how applications are known', of.reason] as const]
        : [['known by the port alone', `${percent(of.by_port_bytes)} of bytes`] as const]),
    ...(clients === undefined
      ? []
      : clients.status === 'not_assessed'
        ? [['who asked whom', clients.reason] as const]
        : [['client not known', `${percent(clients.unknown_bytes)} of bytes`] as const]),
  ];
}

function networkData({ network_data: of }: Quality, time: (ms: number) => string): Line[] {
  return (of?.sources ?? []).map(({ source, made, age_days }): Line => {
    const age = age_days === null ? '' : `, ${age_days} days old`;
    return [source, made === null ? 'does not say when it was made' : `made ${time(made)}${age}`];
  });
}

function kept(quality: Quality, time: (ms: number) => string): Line[] {
  const { removed, damaged, expired = [], clocks, completeness, complete_until, flows, bounded, estimated } = quality;
  const { asked, answered } = completeness.hosts;
  return [
    ...(complete_until > 0 ? [['complete until', time(complete_until)] as const] : []),
    ['hosts that answered', `${answered} of ${asked}`],
    ...some('times that were corrected', clocks.corrected_records, 'records'),
    ...some('counted as flows, and may continue one', flows?.unsure_records ?? 0, 'records'),
    ...(removed === undefined
      ? []
      : [['removed by privacy policies', `${count(removed.records)} records, ${bytes(removed.bytes)}`] as const]),
    ...damaged.map(({ name, reason }): Line => [`damaged: ${name}`, reason]),
    ...expired.map(({ from, to }): Line => ['no longer kept', `${time(from)} to ${time(to)}`]),
    ...(bounded === undefined ? [] : [[`${bounded.metric} is too small by at most`, percent(bounded.share)] as const]),
    ...(estimated === undefined
      ? []
      : [[`${estimated.metrics.join(', ')}: estimated, within`, percent(estimated.error95)] as const]),
  ];
}
