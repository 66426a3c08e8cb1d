import { lowWordAt, unsignedAt } from './columns/loops.ts';
import { type Template, VARIABLE } from './template.ts';

/** Where a field lies in each record: at positions[slot][i] + offset, `length` bytes, or lengths[lengthSlot][i] bytes where that is not -1. */
export interface FieldPlace {
  readonly slot: number;
  readonly offset: number;
  readonly length: number;
  readonly lengthSlot: number;
}

/** Records that are located and then decoded column by column in one go: their bytes stay in the cache, and notes about them are small. */
export const CHUNK = 1_024;

/** By slot: a position or a length for each record of a chunk. One decoder has one set of them. */
export type Slots = Uint32Array[];

/** Bytes of a field in record i. */
export function lengthOf(place: FieldPlace, slots: Slots, i: number): number {
  return place.lengthSlot < 0 ? place.length : slots[place.lengthSlot]![i]!;
}

/** The unsigned integer of a field in record i; exact below 2^53. */
export function valueAt(view: DataView, place: FieldPlace, slots: Slots, i: number): number {
  return unsignedAt(view, slots[place.slot]![i]! + place.offset, lengthOf(place, slots, i));
}

/** The low 32 bits of a field in record i: numbers that columns hold in a word, and codes. */
export function lowWordOf(view: DataView, place: FieldPlace, slots: Slots, i: number): number {
  return lowWordAt(view, slots[place.slot]![i]! + place.offset, lengthOf(place, slots, i));
}

/** Makes room for the notes of a layout. */
export function growSlots(slots: Slots, count: number): void {
  while (slots.length < count) slots.push(new Uint32Array(CHUNK));
}

/**
 * Finds the fields of a template's records. Between two fields of variable length the distances are fixed, so only the begin of each
 * such run and the place of each variable field are written down, and only of those that somebody asked for.
 */
export class TemplateLayout {
  /** Notes that it writes: slot 0 is where the records begin. */
  slotCount = 0;
  /** Where the next record begins, after `locate`. */
  next = 0;
  /** Set by `locate` when a record runs over the end. */
  overrun = false;
  private readonly template: Template;
  /** Fixed bytes of run i, and then where its begin and the variable field behind it are noted, or -1. */
  private readonly runBytes: number[] = [];
  private readonly runSlot: number[] = [];
  private readonly fieldSlot: number[] = [];
  private readonly lengthSlot: number[] = [];
  private readonly runOf: Uint16Array;
  private readonly offsetOf: Uint32Array;

  constructor(template: Template) {
    this.template = template;
    const { lengths } = template;
    this.runOf = new Uint16Array(lengths.length);
    this.offsetOf = new Uint32Array(lengths.length);
    let run = 0;
    let offset = 0;
    for (let i = 0; i < lengths.length; i++) {
      this.runOf[i] = run;
      this.offsetOf[i] = offset;
      if (lengths[i] !== VARIABLE) {
        offset += lengths[i]!;
        continue;
      }
      this.addRun(offset);
      run += 1;
      offset = 0;
    }
    this.addRun(offset);
    this.runSlot[0] = this.addSlot();
  }

  private addRun(bytes: number): void {
    this.runBytes.push(bytes);
    this.runSlot.push(-1);
    this.fieldSlot.push(-1);
    this.lengthSlot.push(-1);
  }

  private addSlot(): number {
    return this.slotCount++;
  }

  /** Where field i of the template lies; asked before the first `locate`. */
  place(i: number): FieldPlace {
    const run = this.runOf[i]!;
    if (this.template.lengths[i] !== VARIABLE) {
      if (this.runSlot[run]! < 0) this.runSlot[run] = this.addSlot();
      return { slot: this.runSlot[run]!, offset: this.offsetOf[i]!, length: this.template.lengths[i]!, lengthSlot: -1 };
    }
    if (this.fieldSlot[run]! < 0) {
      this.fieldSlot[run] = this.addSlot();
      this.lengthSlot[run] = this.addSlot();
    }
    return { slot: this.fieldSlot[run]!, offset: 0, length: -1, lengthSlot: this.lengthSlot[run]! };
  }

  /** The place of the first of these elements that the template has with bytes, and its number; null when it has none. */
  find(pen: number, ids: readonly number[]): { readonly place: FieldPlace; readonly id: number } | null {
    const { template } = this;
    for (const id of ids) {
      for (let i = template.scopeFields; i < template.ids.length; i++) {
        if (template.ids[i] !== id || template.pens[i] !== pen || template.lengths[i] === 0) continue;
        return { place: this.place(i), id };
      }
    }
    return null;
  }

  /** Locates up to `limit` (at most CHUNK) records in [at, end) and notes their places in `slots`; how many are whole. */
  locate(view: DataView, at: number, end: number, limit: number, slots: Slots): number {
    this.overrun = false;
    if (this.template.fixed) return this.locateFixed(at, end, limit, slots);
    return this.locateVariable(view, at, end, limit, slots);
  }

  private locateFixed(at: number, end: number, limit: number, slots: Slots): number {
    const bytes = this.template.minBytes;
    const n = Math.min(limit, Math.floor((end - at) / bytes));
    const starts = slots[0]!;
    for (let i = 0, p = at; i < n; i++, p += bytes) starts[i] = p;
    this.next = at + n * bytes;
    return n;
  }

  private locateVariable(view: DataView, at: number, end: number, limit: number, slots: Slots): number {
    let p = at;
    let n = 0;
    while (n < limit && end - p >= this.template.minBytes) {
      const next = this.locateRecord(view, p, end, n, slots);
      if (next < 0) {
        this.overrun = true;
        break;
      }
      p = next;
      n += 1;
    }
    this.next = p;
    return n;
  }

  /** Writes down the places of record i, which begins at `at`; where the next one begins, or -1 when this one runs over `end`. */
  private locateRecord(view: DataView, at: number, end: number, i: number, slots: Slots): number {
    const { runBytes, runSlot, fieldSlot, lengthSlot } = this;
    const last = runBytes.length - 1;
    let p = at;
    for (let run = 0; run <= last; run++) {
      if (runSlot[run]! >= 0) slots[runSlot[run]!]![i] = p;
      p += runBytes[run]!;
      if (run === last) break;
      if (p >= end) return -1;
      let length = view.getUint8(p++);
      if (length === 255) {
        if (p + 2 > end) return -1;
        length = view.getUint16(p);
        p += 2;
      }
      if (fieldSlot[run]! >= 0) {
        slots[fieldSlot[run]!]![i] = p;
        slots[lengthSlot[run]!]![i] = length;
      }
      p += length;
    }
    return p > end ? -1 : p;
  }
}
