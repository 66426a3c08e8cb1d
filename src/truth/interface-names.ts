import { isInPrefix, parseAddress, parsePrefix } from '../flow/index.ts';
import type { ExporterState, InterfaceState } from './exporter-state.ts';

/** What is known of the interfaces of exporters from elsewhere than their exports. */
export interface InterfaceNames {
  /** Of each rule of the configuration, those without interfaces too: of several prefixes the longest counts, and it alone. */
  readonly configured: readonly { readonly prefix: string; readonly interfaces: readonly InterfaceState[] }[];
  /** By SNMP, when they were asked last, ms since 1970. */
  readonly asked: readonly AskedInterfaces[];
}

export interface AskedInterfaces {
  readonly exporter: string;
  readonly atMs: number;
  readonly interfaces: readonly InterfaceState[];
}

export const NO_INTERFACE_NAMES: InterfaceNames = { configured: [], asked: [] };

/** The states with the interfaces that are known of their exporters: what configuration says counts before what exports say, and that before SNMP. */
export function nameInterfaces(
  states: readonly ExporterState[],
  { configured, asked }: InterfaceNames,
): readonly ExporterState[] {
  if (configured.length === 0 && asked.length === 0) return states;
  const byAddress = new Map(asked.map((a) => [a.exporter, a.interfaces]));
  return states.map((state) => {
    const address = state.agent || state.exporter;
    const known = configuredOf(configured, address);
    const answered = byAddress.get(address) ?? [];
    if (known.length === 0 && answered.length === 0) return state;
    return { ...state, interfaces: merge([known, state.interfaces, answered]) };
  });
}

function configuredOf(rules: InterfaceNames['configured'], address: string): readonly InterfaceState[] {
  const words = parseAddress(address);
  if (words === null) return [];
  let best = { bits: -1, interfaces: [] as readonly InterfaceState[] };
  for (const { prefix, interfaces } of rules) {
    const parsed = parsePrefix(prefix);
    if (parsed === null || parsed.bits <= best.bits) continue;
    if (isInPrefix(words, parsed)) best = { bits: parsed.bits, interfaces };
  }
  return best.interfaces;
}

/** Field by field: the first that knows counts. */
function merge(lists: readonly (readonly InterfaceState[])[]): InterfaceState[] {
  const merged = new Map<number, InterfaceState>();
  for (const { index, name, description, speed } of lists.flat()) {
    const known = merged.get(index);
    merged.set(index, {
      index,
      name: known?.name || name,
      description: known?.description || description,
      speed: known?.speed || speed,
    });
  }
  return [...merged.values()];
}
