import { jsonInteger } from '../flow/index.ts';
import type { Gap } from '../truth/index.ts';
import type { TestFlow } from './store.testing.ts';

/** The query engine once more, in plain JavaScript over plain objects: slow, obvious, and without a line in common. */
export interface ReferenceQuery {
  readonly by: readonly string[];
  readonly metrics: readonly string[];
  readonly from: number;
  readonly to: number;
  readonly every?: number;
  readonly limit: number;
  readonly gaps?: readonly Gap[];
}

/** Milliseconds of [from, to) that were measured: looked at between every two moments at which a gap begins or ends. */
export function measuredMs(
  from: number,
  to: number,
  gaps: readonly Gap[] = [],
  of: 'flows' | 'bytes' = 'bytes',
): number {
  const edges = [from, to, ...gaps.flatMap((g) => [g.from, g.to ?? to])].filter((at) => at >= from && at <= to);
  const sorted = [...new Set(edges)].sort((a, b) => a - b);
  let measured = 0;
  sorted.slice(1).forEach((end, i) => {
    const middle = (sorted[i]! + end) / 2;
    const inside = gaps.filter((g) => g.from < middle && (g.to ?? to) > middle);
    const silence = Math.min(
      1,
      inside.reduce((sum, g) => sum + ((of === 'flows' ? g.share : (g.share_bytes ?? g.share)) ?? 0), 0),
    );
    measured += inside.some((g) => g.cause !== 'silent') ? 0 : (end - sorted[i]!) * (1 - silence);
  });
  return Math.abs(measured) < 1e-6 ? 0 : measured;
}

const RATES: Readonly<Record<string, { of: string; scale: number }>> = {
  bps: { of: 'bytes', scale: 8 },
  pps: { of: 'packets', scale: 1 },
  fps: { of: 'flows', scale: 1 },
};

/** As `metric`, over a time that was measured in part. In a bucket of a series nothing is said where nothing was measured. */
export function measuredMetric(
  name: string,
  flows: readonly TestFlow[],
  query: ReferenceQuery,
  [from, to]: readonly [number, number],
  bucket: boolean,
): unknown {
  const of = RATES[name]?.of === 'flows' ? 'flows' : 'bytes';
  const seconds = measuredMs(from, to, query.gaps, of) / 1000;
  const tooLittle = seconds > 0 && seconds * 1000 < (to - from) / 2 && seconds < 600;
  if (name in RATES && tooLittle) return null;
  if (name === 'peak_bps' || name === 'peak_pps') {
    if (seconds < 60 && !tooLittle) return null;
    const mean = tooLittle ? 0 : Number(metric(name.slice('peak_'.length), flows, query, seconds));
    return Math.max(Number(metric(name, flows, query, seconds)), mean);
  }
  if (name in RATES && seconds === 0) return null;
  const both = (['bytes', 'flows'] as const).map((of) => measuredMs(from, to, query.gaps, of));
  if (/^p\d/.test(name) && both.includes(0)) return null;
  const nothing = both.every((ms) => ms === 0);
  const unsaid = bucket || flows.length === 0;
  return nothing && unsaid ? null : metric(name, flows, query, seconds);
}

const num = (flow: TestFlow, key: string) => BigInt(flow[key] ?? (key === 'sampling' ? 1 : 0));

function metric(name: string, flows: readonly TestFlow[], query: ReferenceQuery, seconds: number): unknown {
  const sum = (of: (f: TestFlow) => bigint) => flows.reduce((all, f) => all + of(f), 0n);
  const bytes = () => sum((f) => num(f, 'raw_bytes') * num(f, 'sampling'));
  const packets = () => sum((f) => num(f, 'raw_packets') * num(f, 'sampling'));
  const positive = (n: bigint) => (n > 0n ? n : 0n);
  const divide = (a: bigint, b: bigint) => (b === 0n ? null : Number(a) / Number(b));
  const call = /^(\w+)\((.*)\)$/.exec(name);
  if (call?.[1] === 'distinct') {
    const known = flows.map((f) => f[call[2]!] ?? 0).filter((v) => call[2] === 'dst_port' || v !== 0);
    return new Set(known).size;
  }
  if (call) return percentile(Number(call[1]!.slice(1)), call[2]!, flows, query);
  switch (name) {
    case 'bytes':
      return jsonInteger(bytes());
    case 'packets':
      return jsonInteger(packets());
    case 'flows':
      return begun(flows);
    case 'records':
      return flows.length;
    case 'peak_bytes':
    case 'peak_packets':
    case 'peak_flows':
      return peak(name.slice('peak_'.length), flows, query);
    case 'peak_bps':
      return (Number(peak('bytes', flows, query)) * 8) / 60;
    case 'peak_pps':
      return Number(peak('packets', flows, query)) / 60;
    case 'hosts_out':
      return new Set(flows.filter((f) => f.direction === 'out' && f.src_addr).map((f) => f.src_addr)).size;
    case 'hosts_in':
      return new Set(flows.filter((f) => f.direction === 'in' && f.dst_addr).map((f) => f.dst_addr)).size;
    case 'raw_bytes':
    case 'raw_packets':
    case 'retransmits':
      return jsonInteger(sum((f) => num(f, name)));
    case 'duration':
      return jsonInteger(sum((f) => positive(num(f, 'end') - num(f, 'start'))));
    case 'bps':
      return (Number(bytes()) * 8) / seconds;
    case 'pps':
      return Number(packets()) / seconds;
    case 'fps':
      return begun(flows) / seconds;
    case 'avg_packet':
      return divide(bytes(), packets());
    case 'avg_flow':
      return divide(bytes(), BigInt(begun(flows)));
    case 'avg_packets':
      return divide(packets(), BigInt(begun(flows)));
    case 'avg_duration':
      return divide(
        sum((f) => positive(num(f, 'end') - num(f, 'start'))),
        BigInt(begun(flows)),
      );
    default:
      throw new Error(`the reference has no metric ${name}`);
  }
}

const begun = (flows: readonly TestFlow[]) => flows.filter((f) => f.continued !== 'yes').length;

/** Of the minutes that have rows. */
function peak(of: string, flows: readonly TestFlow[], query: ReferenceQuery): unknown {
  const minutes = new Set(flows.map((f) => Math.floor(Number(f.time) / 60_000)));
  const sums = [...minutes].map((minute) => {
    const inside = flows.filter((f) => Math.floor(Number(f.time) / 60_000) === minute);
    return BigInt(metric(of, inside, query, 60) as number | string);
  });
  let most = 0n;
  for (const sum of sums) if (sum > most) most = sum;
  return jsonInteger(most);
}

/** A dimension's value; null is "not known". */
function keyOf(flow: TestFlow, dimension: string): unknown {
  if (dimension === 'site') return (flow.direction === 'in' ? flow.dst_site : flow.src_site) ?? null;
  if (dimension === 'service_port') {
    const ports = [Number(flow.src_port ?? 0), Number(flow.dst_port ?? 0)].filter((port) => port > 0);
    return ports.length === 0 ? 0 : Math.min(...ports);
  }
  return flow[dimension] ?? (dimension === 'dst_port' || dimension === 'protocol' ? 0 : null);
}

function percentile(percent: number, of: string, flows: readonly TestFlow[], query: ReferenceQuery): unknown {
  const every = query.every ?? 10_000;
  const values: number[] = [];
  const few: number[] = [];
  for (let b = Math.floor(query.from / every); b * every < query.to; b++) {
    const inside = flows.filter((f) => Math.floor(Number(f.time) / every) === b);
    const [from, to] = [Math.max(b * every, query.from), Math.min((b + 1) * every, query.to)];
    const [bytes, records] = (['bytes', 'flows'] as const).map((of) => measuredMs(from, to, query.gaps, of));
    const rate = RATES[of];
    const share = (rate?.of === 'flows' ? records! : bytes!) / (to - from);
    if (bytes === 0 || records === 0) continue;
    const least = Math.min(bytes!, records!);
    const into = least < 0.5 * (to - from) && least < 600_000 ? few : values;
    if (!rate) into.push(Number(metric(of, inside, query, every / 1000)));
    else {
      const sum = Number(metric(rate.of, inside, query, every / 1000));
      into.push(((share < 1 ? Math.round(sum / share) : sum) * rate.scale) / (every / 1000));
    }
  }
  // Buckets measured by less than half count only where there are no others.
  const ranked = (values.length > 0 ? values : few).sort((a, b) => a - b);
  return ranked[Math.max(1, Math.ceil((percent * ranked.length) / 100 - 1e-9)) - 1] ?? 0;
}

export interface ReferenceGroup {
  readonly key: readonly unknown[];
  readonly flows: readonly TestFlow[];
}

/** Every group of the flows in the range, unordered. */
export function groups(flows: readonly TestFlow[], query: ReferenceQuery): ReferenceGroup[] {
  const found = new Map<string, { key: unknown[]; flows: TestFlow[] }>();
  for (const flow of inRange(flows, query)) {
    const key = query.by.map((d) => keyOf(flow, d));
    const group = found.get(JSON.stringify(key)) ?? { key, flows: [] };
    group.flows.push(flow);
    found.set(JSON.stringify(key), group);
  }
  return [...found.values()];
}

/** Those that count. */
export function inRange(flows: readonly TestFlow[], { from, to }: ReferenceQuery): TestFlow[] {
  return flows.filter((f) => Number(f.time) >= from && Number(f.time) < to && f.duplicate !== 'yes');
}
