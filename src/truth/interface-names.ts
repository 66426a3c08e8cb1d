import { isInPrefix, parseAddress, parsePrefix } from '../flow/index.ts';
import type { ExporterState, InterfaceState } from './exporter-state.ts';

/** What is known of exporters and their interfaces from elsewhere than their exports. */
export interface InterfaceNames {
  /** Of each rule of the configuration, those without names too: of several prefixes the longest counts, and it alone. */
  readonly configured: readonly ConfiguredNames[];
  /** By SNMP, when they were asked last, ms since 1970. */
  readonly asked: readonly AskedInterfaces[];
}

export interface ConfiguredNames {
  readonly prefix: string;
  /** Of the exporters in the prefix; absent: configuration has none. */
  readonly name?: string;
  readonly interfaces: readonly InterfaceState[];
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
    const known = configuredOf(configured, address)?.interfaces ?? [];
    const answered = byAddress.get(address) ?? [];
    if (known.length === 0 && answered.length === 0) return state;
    return { ...state, interfaces: mergeInterfaces([known, state.interfaces, answered]) };
  });
}

/** The rule that holds for an address. */
export function configuredOf(rules: InterfaceNames['configured'], address: string): ConfiguredNames | null {
  const words = parseAddress(address);
  if (words === null) return null;
  let best: { bits: number; rule: ConfiguredNames } | null = null;
  for (const rule of rules) {
    const parsed = parsePrefix(rule.prefix);
    if (parsed === null || parsed.bits <= (best?.bits ?? -1)) continue;
    if (isInPrefix(words, parsed)) best = { bits: parsed.bits, rule };
  }
  return best?.rule ?? null;
}

/** Field by field: the first that knows counts. */
export function mergeInterfaces(lists: readonly (readonly InterfaceState[])[]): InterfaceState[] {
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
