import { FORMAT } from './export-header.ts';
import type { ExporterFacts } from './options/exporter-facts.ts';
import { type OptionField, V9_SCOPE } from './options/option-values.ts';
import { type Template, VARIABLE } from './template.ts';

/**
 * Options records of one set that are learnt: four times what a large datagram of a large router holds. They cost a thousand times
 * more than flows do, and a hostile datagram could hold 65,000.
 */
const MAX_LEARNT = 2_048;

/** Hands the records in [at, end) to the facts, which take them only with `mayLearn`: how many there are, where the last one ends, whether another runs over `end`. */
export function learnOptions(
  template: Template,
  view: DataView,
  at: number,
  end: number,
  facts: ExporterFacts,
  receivedMs: number,
  mayLearn: boolean,
): { records: number; next: number; overrun: boolean; unlearnt: boolean } {
  const most = mayLearn ? MAX_LEARNT : 0;
  let records = 0;
  let p = at;
  while (end - p >= template.minBytes) {
    const scopes: OptionField[] = [];
    const fields: OptionField[] = [];
    const next = readFields(template, view, p, end, scopes, fields);
    if (next < 0) return { records, next: p, overrun: true, unlearnt: records > most };
    if (records < most) facts.learn(view, scopes, fields, receivedMs, template.format);
    records += 1;
    p = next;
  }
  return { records, next: p, overrun: false, unlearnt: records > most };
}

function readFields(
  template: Template,
  view: DataView,
  from: number,
  end: number,
  scopes: OptionField[],
  fields: OptionField[],
): number {
  const { pens, ids, lengths, scopeFields, format } = template;
  let at = from;
  for (let i = 0; i < ids.length; i++) {
    let length = lengths[i]!;
    if (length === VARIABLE) {
      if (at >= end) return -1;
      length = view.getUint8(at++);
      if (length === 255) {
        if (at + 2 > end) return -1;
        length = view.getUint16(at);
        at += 2;
      }
    }
    if (at + length > end) return -1;
    const scope = i < scopeFields;
    const pen = scope && format === FORMAT.netflow9 ? V9_SCOPE : pens[i]!;
    if (length > 0) (scope ? scopes : fields).push({ pen, id: ids[i]!, at, length });
    at += length;
  }
  return at;
}
