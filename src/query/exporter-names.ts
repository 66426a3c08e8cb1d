import type { ExporterNames } from '../truth/index.ts';
import type { QueryAnswer } from './answer.ts';

/** What exporters are called, by address; and their interfaces, by address and number. */
type NamesInAnswer = Pick<QueryAnswer, 'exporter_names' | 'interface_names'>;

const INTERFACES = new Set(['in_if', 'out_if']);

/** Names of the exporters in the rows of an answer and, beside them, of the interfaces: a number alone says nothing of whose it is. */
export function exporterNamesIn(
  { columns, rows }: Pick<QueryAnswer, 'columns' | 'rows'>,
  namesOf: () => ExporterNames,
): NamesInAnswer {
  const exporterAt = columns.findIndex(({ name }) => name === 'exporter');
  if (exporterAt < 0) return {};
  const interfacesAt = columns.flatMap(({ name }, i) => (INTERFACES.has(name) ? [i] : []));
  const names = namesOf();
  const exporters = new Map<string, string>();
  const interfaces = new Map<string, Map<string, string>>();
  for (const row of rows) {
    const exporter = String(row[exporterAt] ?? '');
    if (exporter === '') continue;
    const name = names.exporter(exporter);
    if (name !== null) exporters.set(exporter, name);
    if (names.relays(exporter)) continue;
    for (const at of interfacesAt) {
      const index = Number(row[at] ?? 0);
      const told = names.interface(exporter, '', index);
      // Without a number it is a host that names itself.
      if (index === 0 || !(told?.name || told?.description)) continue;
      const of = interfaces.get(exporter) ?? new Map<string, string>();
      interfaces.set(exporter, of.set(String(index), told.name || told.description));
    }
  }
  const named = [...interfaces].map(([exporter, of]) => [exporter, Object.fromEntries(of)] as const);
  return {
    ...(exporters.size === 0 ? {} : { exporter_names: Object.fromEntries(exporters) }),
    ...(named.length === 0 ? {} : { interface_names: Object.fromEntries(named) }),
  };
}
