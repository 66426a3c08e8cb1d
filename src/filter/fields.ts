import { columns, virtualColumns } from '../flow/index.ts';
import { COMPUTED } from './computed.ts';
import { type Field, fieldName, vocabulary } from './vocabulary.ts';

export interface FilterField {
  readonly name: string;
  readonly type: string;
  readonly meaning: string;
  /** Other ways to write it: `src port` for `src_port`. */
  readonly aliases: readonly string[];
}

/** Every field that a filter may name, for documentation: the columns, those that follow from them, then computed numbers. */
export function filterFields(): FilterField[] {
  const aliases = new Map<string, string[]>();
  for (const [phrase, targets] of vocabulary().phrases) {
    for (const target of targets) {
      if (target.kind !== 'fields' || target.fields.length !== 1 || target.imply) continue;
      const name = fieldName(target.fields[0]!);
      if (name !== phrase) aliases.set(name, [...(aliases.get(name) ?? []), phrase]);
    }
  }
  const fields: Field[] = [
    ...[...columns, ...virtualColumns].map((column) => ({ column })),
    ...COMPUTED.map((computed) => ({ computed })),
  ];
  return fields.map((field) => {
    const name = fieldName(field);
    const { type, meaning } = 'column' in field ? field.column : { type: 'number', meaning: field.computed.meaning };
    return { name, type, meaning, aliases: aliases.get(name) ?? [] };
  });
}
