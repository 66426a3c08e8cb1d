import type { FlowRecord } from '../api/flows.ts';

const ENDS = ['time', 'src_addr', 'src_port', 'dst_addr', 'dst_port', 'protocol'];

/** Which columns a list of records shows. */
const COLUMNS: Readonly<Record<Exclude<Preset, 'all'>, readonly string[]>> = {
  network: [...ENDS, 'bytes', 'packets', 'application', 'direction', 'exporter'],
  names: [...ENDS, 'application', 'service', 'category', 'server_name', 'src_country', 'dst_country', 'bytes'],
  host: [...ENDS, 'host', 'process', 'user', 'app', 'container', 'outcome', 'rtt', 'bytes'],
  counters: [...ENDS, 'raw_bytes', 'raw_packets', 'sampling', 'sampling_origin', 'tcp_flags', 'in_if', 'out_if'],
  lists: [...ENDS, 'blocklist', 'blocklist_side', 'src_country', 'dst_country', 'process', 'bytes'],
};

export const PRESETS = ['network', 'names', 'host', 'counters', 'lists', 'all'] as const;
export type Preset = (typeof PRESETS)[number];

/** `all`: every column that one of the records has. `known`: those that there are, in their order. */
export function columnsOf(preset: Preset, known: readonly string[], records: readonly FlowRecord[]): string[] {
  if (preset !== 'all') return COLUMNS[preset].filter((name) => known.includes(name));
  return known.filter((name) => records.some((record) => record[name] !== undefined));
}
