import { columnOf, formatAddress } from '../flow/index.ts';
import { type ExporterState, type InterfaceState, samplingRemedy } from '../truth/index.ts';
import type { Stream } from './stream.ts';

const FORMATS = columnOf('format').values!;
const ORIGINS = columnOf('sampling_origin').values!;

/** What a stream says of itself, as it is shown and kept. */
export function stateOf(s: Stream, name: string): ExporterState {
  return {
    exporter: s.exporter,
    agent: agentOf(s),
    port: s.port,
    domain: s.domain,
    format: FORMATS[s.format] ?? 'unknown',
    name,
    first_seen: s.firstMs,
    last_seen: s.lastMs,
    sampling: s.sampling,
    sampling_origin: ORIGINS[s.samplingOrigin] ?? 'unknown',
    remedy: samplingRemedy(s),
    burst_10ms: s.bursts.most10,
    burst_100ms: s.bursts.most100,
    templates: [...(s.templates?.all() ?? [])].map((t) => ({
      id: t.id,
      options: t.options,
      fields: t.ids.length,
      told: t.lastMs,
    })),
    interfaces: interfacesOf(s),
  };
}

/** Empty where the exporter is its own agent. */
function agentOf({ exporter, address }: Stream): string {
  const agent = formatAddress(address);
  return agent === exporter ? '' : agent;
}

/** Named by options, or by sFlow agents beside their counters. */
function interfacesOf({ templates, sflow }: Stream): InterfaceState[] {
  const told = [...(templates?.facts.interfaces() ?? [])].map(([index, { name, description, speedBps }]) => ({
    index,
    name,
    description,
    speed: speedBps,
  }));
  return [...told, ...(sflow?.interfaces.named() ?? [])];
}
