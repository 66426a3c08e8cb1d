import { offsetText, secondText } from '../../../src/chart/index.ts';
import type { QueryAnswer } from '../../../src/query/index.ts';
import { compact, percent } from '../../../src/truth/index.ts';

type Quality = QueryAnswer['quality'];

/** One figure in words, with what it means where that does not go without saying. */
interface Detail {
  readonly what: string;
  readonly is: string;
}

interface DetailGroup {
  readonly title: string;
  readonly details: readonly Detail[];
}

/** Where records were lost, in the words of the documentation. */
const LOST_AT: Readonly<Record<keyof Quality['lost']['by'], string>> = {
  network: 'on the way here, or in the exporter',
  kernel: 'by a full socket buffer of this machine',
  queue: 'by a bound of this node before decoding',
  decode: 'in datagrams that could not be read whole',
  store: 'by a full or failing disk',
  exporter: 'by the exporter, as it says itself',
};

const GAP_WORDS: Readonly<Record<string, string>> = {
  before: 'this node had not been started yet',
  stopped: 'this node was stopped, or the machine slept',
  crashed: 'this node or the machine ended without warning',
  closed: 'no port was open',
  meter: 'the meter of this host had ended',
  clock: 'the clock was set forward over it',
  set_back: 'the clock was set back: it went by twice',
};

const number = (n: number | string) => Number(n).toLocaleString('en-GB');

/** All that is known of what an answer is worth, as people read it: figures with their units, times on the clock of who looks. */
export function qualityDetails(quality: Quality, timeZone?: string): DetailGroup[] {
  const groups: DetailGroup[] = [
    { title: 'Loss', details: lossDetails(quality) },
    {
      title: `Times that were not measured (${offsetText(quality.complete_until)})`,
      details: gapDetails(quality, timeZone),
    },
    { title: 'Sampling', details: samplingDetails(quality) },
    { title: 'Counted twice, or not', details: duplicateDetails(quality) },
    { title: 'Names', details: nameDetails(quality) },
    { title: 'What is missing or estimated', details: missingDetails(quality, timeZone) },
    { title: 'Clocks and time', details: timeDetails(quality, timeZone) },
  ];
  return groups.filter(({ details }) => details.length > 0);
}

function lossDetails({ lost }: Quality): Detail[] {
  const causes = Object.entries(LOST_AT).flatMap(([cause, words]) => {
    const n = lost.by[cause as keyof typeof lost.by];
    return n > 0 ? [{ what: `lost ${words}`, is: `${number(n)} records` }] : [];
  });
  return [
    { what: 'records received', is: number(lost.received) },
    { what: 'records lost', is: lost.records === 0 ? 'none seen' : `${number(lost.records)} (${percent(lost.share)})` },
    ...causes,
    ...lost.exporters
      .filter((e) => e.lost > 0)
      .map((e) => ({
        what: `of ${e.exporter}, domain ${e.domain}`,
        is: `${number(e.lost)} of ${number(e.lost + e.received)} (${percent(e.share)})`,
      })),
    ...when(lost.unmetered_packets > 0, 'packets that meters did not see', number(lost.unmetered_packets)),
    ...Object.entries(lost.errors).map(([cause, n]) => ({
      what: `datagrams not readable: ${cause}`,
      is: number(n ?? 0),
    })),
    ...when(lost.recovered > 0, 'came late, in another order', `${number(lost.recovered)} records`),
    ...when(lost.duplicated > 0, 'delivered twice', `${number(lost.duplicated)} records`),
    ...when(lost.restarts > 0, 'restarts of exporters', number(lost.restarts)),
    { what: 'how it is known', is: lost.estimated },
  ];
}

function gapDetails({ gaps }: Quality, timeZone?: string): Detail[] {
  if (gaps.status === 'not_assessed') return [{ what: 'not assessed', is: gaps.reason }];
  if (gaps.gaps.length === 0) return [{ what: 'measured', is: 'all of the range' }];
  return [
    { what: 'measured, of bytes and packets', is: percent(gaps.measured) },
    ...when(gaps.measured_flows !== gaps.measured, 'measured, of flows', percent(gaps.measured_flows)),
    ...gaps.gaps.map((gap) => {
      const { exporter, exporter_name: name = exporter, domain, share = 1, share_of = 'bytes' } = gap;
      const missed = share < 1 ? `, usually ${percent(share)} of all ${share_of}` : '';
      const why = gap.cause === 'silent' ? `${name}, domain ${domain}, was silent${missed}` : GAP_WORDS[gap.cause];
      const until = gap.to === null ? 'now' : secondText(gap.to, timeZone);
      // Before the first start it has no beginning.
      const span = gap.from <= 0 ? `until ${until}` : `${secondText(gap.from, timeZone)} to ${until}`;
      return { what: span, is: why ?? gap.cause };
    }),
    ...when(gaps.more > 0, 'and more', number(gaps.more)),
  ];
}

function samplingDetails({ sampling }: Quality): Detail[] {
  if (sampling.max_rate <= 1 && sampling.known_share === 1) return [{ what: 'sampled', is: 'nothing' }];
  const { min_rate: least, max_rate: most } = sampling;
  const rates = least === most ? `1 in ${number(most)}` : `1 in ${number(least)} to 1 in ${number(most)}`;
  const errors = Object.entries(sampling.error95).filter(([, { total }]) => total > 0);
  return [
    { what: 'rates', is: rates },
    { what: 'bytes from sampled records', is: percent(sampling.sampled_share) },
    { what: 'bytes of which the rate is known', is: percent(sampling.known_share) },
    ...sampling.by_origin.map((o) => ({
      what: `rate known from: ${o.origin}`,
      is: `${number(o.records)} records, ${compact(Number(o.bytes))} bytes, 1 in ${number(o.min_rate)}${o.min_rate === o.max_rate ? '' : ` to 1 in ${number(o.max_rate)}`}`,
    })),
    ...errors.map(([metric, { total, half_width }]) => ({
      what: `total of ${metric}, in 95 of 100 cases`,
      is: `${compact(total)} ± ${compact(half_width)} (${percent(half_width / total)})`,
    })),
    ...when(errors.length > 0, 'by', `${sampling.formula} (${sampling.source})`),
  ];
}

function duplicateDetails({ duplicates, flows }: Quality): Detail[] {
  const { uncompared_exporters: exporters = 0, unsure_packets: packets = 0 } = duplicates;
  return [
    ...('reason' in duplicates ? [{ what: 'duplicates', is: duplicates.reason }] : []),
    ...('left_out' in duplicates && duplicates.left_out !== null
      ? [
          {
            what: 'duplicates left out',
            is: `${number(duplicates.left_out.records)} records, ${compact(duplicates.left_out.bytes)} bytes`,
          },
        ]
      : []),
    ...when('included' in duplicates && duplicates.included === true, 'duplicates', 'counted, as was asked'),
    ...when(exporters > 0, 'exporters that were not compared', `${exporters}: what several saw counts several times`),
    ...when(packets > 0, 'packets that may be copies of a mirror', number(packets)),
    ...(flows === undefined
      ? []
      : [
          {
            what: 'records that continue a flow, and count as none',
            is: `${number(flows.continued_records)} of ${number(flows.records)}`,
          },
          { what: 'records of which nobody knows', is: number(flows.unsure_records) },
        ]),
  ];
}

function nameDetails({ names, clients, network_data: data }: Quality): Detail[] {
  return [
    ...(names?.status === 'assessed'
      ? [{ what: 'named by port alone', is: shares(names.by_port_bytes, names.by_port_flows) }]
      : []),
    ...(names?.status === 'not_assessed' ? [{ what: 'names by port alone', is: names.reason }] : []),
    ...(clients?.status === 'assessed'
      ? [{ what: 'client not known', is: shares(clients.unknown_bytes, clients.unknown_flows) }]
      : []),
    ...(clients?.status === 'not_assessed' ? [{ what: 'clients', is: clients.reason }] : []),
    ...(data?.sources ?? []).map(({ source, age_days: days }) => ({
      what: `${data?.of} named by`,
      is: `${source}${days === null ? ', of unknown age' : `, ${days} days old`}`,
    })),
  ];
}

function missingDetails(quality: Quality, timeZone?: string): Detail[] {
  const { removed, lower_levels: levels = [], bounded, estimated, expired = [], damaged } = quality;
  const { hosts } = quality.completeness;
  return [
    ...when(hosts.answered < hosts.asked, 'hosts that answered', `${hosts.answered} of ${hosts.asked}`),
    ...(removed
      ? [
          {
            what: 'removed by policies of hosts',
            is: `${number(removed.records)} records, ${compact(removed.bytes)} bytes, ${number(removed.packets)} packets`,
          },
        ]
      : []),
    ...levels.map(({ host, level, ms }) => ({
      what: `${host || 'a host'} saw a part of its traffic`,
      is: `metered by ${level} for ${number(Math.round(ms / 1_000))} s`,
    })),
    ...(bounded
      ? [{ what: 'rows may be too small', is: `by ${percent(bounded.share)} of ${bounded.metric} at most` }]
      : []),
    ...(estimated
      ? [
          {
            what: `estimated: ${estimated.metrics.join(', ')}`,
            is: `± ${percent(estimated.error95)} in 95 of 100 cases`,
          },
        ]
      : []),
    ...expired.map(({ from, to }) => ({
      what: 'nothing kept that could answer',
      is: `${secondText(from, timeZone)} to ${secondText(to, timeZone)}`,
    })),
    ...damaged.map(({ name, rows, reason }) => ({
      what: `file ${name}`,
      is: `${reason}${rows === undefined ? '' : `: ${number(rows)} rows missing`}`,
    })),
    { what: 'scans', is: quality.scans.reason },
  ];
}

function timeDetails({ clocks, complete_until: until }: Quality, timeZone?: string): Detail[] {
  return [
    { what: 'complete until', is: until > 0 ? secondText(until, timeZone) : 'unknown' },
    { what: 'records whose clock was corrected', is: number(clocks.corrected_records) },
  ];
}

function shares(bytes: number, flows: number): string {
  return `${percent(bytes)} of bytes, ${percent(flows)} of flows`;
}

function when(holds: boolean, what: string, is: string): Detail[] {
  return holds ? [{ what, is }] : [];
}
