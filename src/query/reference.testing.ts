import { jsonInteger } from '../flow/index.ts';
import type { TestFlow } from './store.testing.ts';

/** The query engine once more, in plain JavaScript over plain objects: slow, obvious, and without a line in common. */
export interface ReferenceQuery {
  readonly by: readonly string[];
  readonly metrics: readonly string[];
  readonly from: number;
  readonly to: number;
  readonly every?: number;
  readonly limit: number;
}

const num = (flow: TestFlow, key: string) => BigInt(flow[key] ?? (key === 'sampling' ? 1 : 0));

export function metric(name: string, flows: readonly TestFlow[], query: ReferenceQuery, seconds: number): unknown {
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
    case 'records':
      return flows.length;
    case 'raw_bytes':
    case 'raw_packets':
      return jsonInteger(sum((f) => num(f, name)));
    case 'duration':
      return jsonInteger(sum((f) => positive(num(f, 'end') - num(f, 'start'))));
    case 'bps':
      return (Number(bytes()) * 8) / seconds;
    case 'pps':
      return Number(packets()) / seconds;
    case 'fps':
      return flows.length / seconds;
    case 'avg_packet':
      return divide(bytes(), packets());
    case 'avg_flow':
      return divide(bytes(), BigInt(flows.length));
    case 'avg_packets':
      return divide(packets(), BigInt(flows.length));
    case 'avg_duration':
      return divide(
        sum((f) => positive(num(f, 'end') - num(f, 'start'))),
        BigInt(flows.length),
      );
    default:
      throw new Error(`the reference has no metric ${name}`);
  }
}

function percentile(percent: number, of: string, flows: readonly TestFlow[], query: ReferenceQuery): unknown {
  const every = query.every ?? 10_000;
  const values: number[] = [];
  for (let b = Math.floor(query.from / every); b * every < query.to; b++) {
    const inside = flows.filter((f) => Math.floor(Number(f.time) / every) === b);
    values.push(Number(metric(of, inside, query, every / 1000)));
  }
  values.sort((a, b) => a - b);
  return values[Math.ceil((percent * values.length) / 100 - 1e-9) - 1];
}

export interface ReferenceGroup {
  readonly key: readonly unknown[];
  readonly flows: readonly TestFlow[];
}

/** Every group of the flows in the range, unordered. */
export function groups(flows: readonly TestFlow[], query: ReferenceQuery): ReferenceGroup[] {
  const found = new Map<string, { key: unknown[]; flows: TestFlow[] }>();
  for (const flow of inRange(flows, query)) {
    const key = query.by.map((d) => flow[d] ?? (d === 'dst_port' || d === 'protocol' ? 0 : null));
    const group = found.get(JSON.stringify(key)) ?? { key, flows: [] };
    group.flows.push(flow);
    found.set(JSON.stringify(key), group);
  }
  return [...found.values()];
}

export function inRange(flows: readonly TestFlow[], { from, to }: ReferenceQuery): TestFlow[] {
  return flows.filter((f) => Number(f.time) >= from && Number(f.time) < to);
}
