import { FORMAT } from './export-header.ts';
import { type OptionField, V9_SCOPE } from './options/option-values.ts';
import { type Template, VARIABLE } from './template.ts';
import { CHUNK, growSlots, type Slots, TemplateLayout } from './template-layout.ts';
import type { DataSet } from './template-set.ts';

/**
 * Options records of one message that are learnt, those of sets that it brought to life included: four times what a large datagram of
 * a large router holds. They cost a thousand times more than flows do, and a hostile datagram could hold 65,000.
 */
const MAX_LEARNT = 2_048;

/** Hands options records to the facts of their exporter. One for a decoder. */
export class OptionsReader {
  /** Of the last `take`: how many records there are, where the last one ends, whether another runs over the end, whether some were not learnt. */
  records = 0;
  next = 0;
  overrun = false;
  unlearnt = false;
  /** Records of this message that may be learnt yet. */
  private left = MAX_LEARNT;
  private readonly slots: Slots = [];

  /** Before the sets of a message. */
  begin(): void {
    this.left = MAX_LEARNT;
  }

  /** The records in [at, end): learnt while there is room for what they tell, and then only counted. */
  take(template: Template, at: number, end: number, set: DataSet): void {
    this.records = 0;
    this.next = at;
    this.overrun = false;
    if (set.mayLearn) this.learn(template, end, set);
    const learnt = this.records;
    if (!this.overrun && end - this.next >= template.minBytes) this.count(template, end, set);
    this.unlearnt = this.records > learnt;
  }

  private learn(template: Template, end: number, { view, header, facts, receivedMs }: DataSet): void {
    const { exportMs } = header;
    const bootMs = header.format === FORMAT.netflow9 ? Math.max(0, exportMs - header.uptimeMs) : 0;
    while (this.left > 0 && end - this.next >= template.minBytes) {
      const scopes: OptionField[] = [];
      const fields: OptionField[] = [];
      const next = readFields(template, view, this.next, end, scopes, fields);
      if (next < 0) {
        this.overrun = true;
        return;
      }
      facts.learn(view, scopes, fields, receivedMs, exportMs, bootMs);
      this.left -= 1;
      this.records += 1;
      this.next = next;
    }
  }

  private count(template: Template, end: number, { view }: DataSet): void {
    template.places ??= new TemplateLayout(template);
    const { places } = template;
    growSlots(this.slots, places.slotCount);
    let n = CHUNK;
    while (n === CHUNK) {
      n = places.locate(view, this.next, end, CHUNK, this.slots);
      this.next = places.next;
      this.records += n;
    }
    this.overrun = places.overrun;
  }
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
