import type { ReportAnswer } from '../../../src/query/index.ts';
import { conditionOf } from '../app/conditions.ts';

/** What the report `interfaces` tells of one, as far as it is named and drawn by it. */
export interface InterfaceLine {
  readonly exporter: string;
  readonly exporter_name: string | null;
  readonly agent: string | null;
  readonly index: number;
  readonly name: string | null;
  readonly description: string | null;
  readonly speed: number | null;
}

export function interfaceLines({ data }: ReportAnswer): readonly InterfaceLine[] {
  return (data as { readonly interfaces: readonly InterfaceLine[] }).interfaces;
}

/** How the address of the page has it. */
export const interfaceKey = ({ exporter, agent, index }: InterfaceLine): string =>
  [exporter, index, ...(agent === null ? [] : [agent])].join(',');

export function interfaceText({ exporter, exporter_name, agent, index, name, description }: InterfaceLine): string {
  const called = name || description;
  const whose = exporter_name === null ? exporter : `${exporter_name} (${exporter})`;
  const own = called ? `${called} (${index})` : `interface ${index}`;
  return [whose, ...(agent === null ? [] : [agent]), own].join(' · ');
}

/** The flows that came in by it, or went out. */
export function sideOf({ exporter, agent, index }: InterfaceLine, way: 'in' | 'out'): string {
  return `${ofExporter(exporter, agent)} and ${conditionOf(`${way}_if`, index)}`;
}

/** The flows that passed it. */
export function passedBy({ exporter, agent, index }: InterfaceLine): string {
  const sides = `${conditionOf('in_if', index)} or ${conditionOf('out_if', index)}`;
  return `${ofExporter(exporter, agent)} and (${sides})`;
}

function ofExporter(exporter: string, agent: string | null): string {
  const own = conditionOf('exporter', exporter);
  return agent === null ? own : `${own} and ${conditionOf('agent_address', agent)}`;
}
