import type { ExporterState, InterfaceState } from './exporter-state.ts';
import { configuredOf, type InterfaceNames, mergeInterfaces, NO_INTERFACE_NAMES } from './interface-names.ts';

/**
 * What exporters and their interfaces are called. Also of those of whom there are records alone: they were imported, or are not heard
 * any more, and configuration knows them all the same. An exporter is looked up when it is asked for: few of many are.
 */
export class ExporterNames {
  private readonly states: ReadonlyMap<string, readonly ExporterState[]>;
  private readonly names: InterfaceNames;
  private readonly known = new Map<string, ReadonlyMap<number, InterfaceState>>();

  constructor(states: readonly ExporterState[], names: InterfaceNames = NO_INTERFACE_NAMES) {
    const byExporter = new Map<string, ExporterState[]>();
    for (const state of states) {
      const of = byExporter.get(state.exporter);
      if (of === undefined) byExporter.set(state.exporter, [state]);
      else of.push(state);
    }
    this.states = byExporter;
    this.names = names;
  }

  /** What configuration calls it; null where it says nothing. */
  exporter(address: string): string | null {
    const told = this.statesOf(address).find(({ name }) => name !== '')?.name;
    // A host names itself as its interface without a number.
    return configuredOf(this.names.configured, address)?.name || told || this.interface(address, '', 0)?.name || null;
  }

  /** `agent`: the sFlow agent, where it is not the exporter itself; '' otherwise. */
  interface(exporter: string, agent: string, index: number): InterfaceState | undefined {
    return this.interfacesOf(exporter, agent).get(index);
  }

  /** Whether it passes on what others count: their numbers of interfaces are not its own. */
  relays(exporter: string): boolean {
    return this.statesOf(exporter).some(({ agent }) => agent !== '');
  }

  private statesOf(exporter: string): readonly ExporterState[] {
    return this.states.get(exporter) ?? [];
  }

  private interfacesOf(exporter: string, agent: string): ReadonlyMap<number, InterfaceState> {
    const key = `${exporter} ${agent}`;
    const before = this.known.get(key);
    if (before !== undefined) return before;
    const address = agent || exporter;
    const configured = configuredOf(this.names.configured, address)?.interfaces ?? [];
    const told = this.statesOf(exporter).filter((state) => state.agent === agent);
    const asked = this.names.asked.find((a) => a.exporter === address)?.interfaces ?? [];
    const all = mergeInterfaces([configured, ...told.map(({ interfaces }) => interfaces), asked]);
    const made = new Map(all.map((one) => [one.index, one]));
    this.known.set(key, made);
    return made;
  }
}
