import type { BlockKeys } from './block-keys.ts';
import { CubeTable } from './cube-table.ts';
import type { DeltaRows } from './delta-rows.ts';
import type { Figures } from './figures.ts';
import { KEY_WORDS, type NumberKeys } from './key-index.ts';
import { type KeyField, keyFields } from './key-slots.ts';
import { BLOCK, type RowBlock } from './row-block.ts';

/** Of the first word of a key, which has the minute in its lower half. */
const FIRST_SHIFT = 16;

export interface KeyTableOptions {
  /** Keys of all minutes. */
  readonly capacity: number;
  readonly seed: number;
  /** Most keys are rare (CubeTable): of addresses only. */
  readonly crowded?: boolean | undefined;
  /** Several dimensions share a word (`keyFields`). */
  readonly packed?: boolean | undefined;
}

/** A table whose keys are some dimensions: how rows become its keys, and keys become columns again. */
export class KeyTable {
  readonly table: CubeTable;
  private readonly fields: readonly KeyField[];
  /** By slot. */
  private readonly slots: readonly (readonly KeyField[])[];
  private readonly address: string | undefined;
  private readonly places = new Uint16Array(BLOCK);
  private readonly none = new Uint32Array(BLOCK);
  private readonly packed: readonly Uint32Array[];
  private readonly numbers: NumberKeys = { small: this.none, a: this.none, b: this.none, c: this.none, d: this.none };
  /** Whether all rows of the block at hand have one key. */
  private constant = false;

  /** `names`: dimensions, or at most two small ones and one of addresses. */
  constructor(names: readonly string[], { capacity, seed, crowded = false, packed = false }: KeyTableOptions) {
    this.fields = keyFields(names, packed);
    this.address = this.fields.find((field) => field.kind === 'address')?.name;
    const numbers = this.fields.filter((field) => field.kind !== 'address');
    this.slots = Array.from({ length: KEY_WORDS }, (_, slot) => numbers.filter((field) => field.slot === slot));
    this.packed = this.slots.map((fields) => (fields.length > 1 ? new Uint32Array(BLOCK) : this.none));
    this.table = new CubeTable(capacity, seed, crowded);
  }

  /** Adds the rows of a block; there must be room for as many keys. */
  add(block: RowBlock, keys: BlockKeys): void {
    const { table, places } = this;
    this.readKeys(block.rows, keys);
    if (this.constant) {
      // All rows of a minute have one key: its sums are added at once.
      this.place(block.minutes, block.touched, keys);
      for (let i = 0; i < block.minutes; i++) table.figures.add(places[i]!, block.sums, block.touched[i]!);
    } else {
      this.place(block.rows, block.minute, keys, block);
      block.addTo(table.figures, places);
      table.addPassed(block);
    }
  }

  /** Adds sums of rows that are alike, at most BLOCK, whose dimensions `keys` has: those of keys of `figures` from `first` on. There must be room. */
  addGroups(count: number, minute: Uint16Array, keys: BlockKeys, figures: Figures, first: number): void {
    const { table, places } = this;
    this.readKeys(count, keys);
    this.place(count, minute, keys);
    for (let i = 0; i < count; i++) table.figures.add(places[i]!, figures, first + i);
  }

  /** Writes keys [first, first + count), at most BLOCK, to columns of dimensions, and the codes of their minutes to `minute`. */
  readGroups(first: number, count: number, minute: Uint16Array, keys: BlockKeys): void {
    const words = this.table.index.keys;
    for (let i = 0; i < count; i++) minute[i] = words[(first + i) * KEY_WORDS]! & 0xffff;
    for (const field of this.fields) {
      if (field.kind === 'address') continue;
      const out = keys.given(field.name);
      const shift = shiftOf(field);
      const mask = maskOf(field);
      for (let i = 0, at = first * KEY_WORDS + field.slot; i < count; i++, at += KEY_WORDS)
        out[i] = (words[at]! >>> shift) & mask;
    }
    if (!this.address) return;
    const { hi, lo } = keys.givenAddress(this.address);
    for (let i = 0, at = first * KEY_WORDS; i < count; i++, at += KEY_WORDS) {
      hi[2 * i + 1] = words[at + 1]!;
      hi[2 * i] = words[at + 2]!;
      lo[2 * i + 1] = words[at + 3]!;
      lo[2 * i] = words[at + 4]!;
    }
  }

  /** Writes the words of a key to a row of the delta. */
  writeKey(key: number, keys: BlockKeys, row: number, out: DeltaRows): void {
    const at = key * KEY_WORDS;
    const words = this.table.index.keys;
    let number = 0;
    let text = 0;
    for (const field of this.fields) {
      const word = ((words[at + field.slot]! >>> shiftOf(field)) & maskOf(field)) >>> 0;
      if (field.kind === 'address') {
        out.setNumber(number++, row, words[at + 1]!, words[at + 2]!);
        out.setNumber(number++, row, words[at + 3]!, words[at + 4]!);
      } else if (field.kind === 'exporter') {
        const code = word * 4;
        const address = keys.exporters.words;
        out.setNumber(number++, row, address[code]!, address[code + 1]!);
        out.setNumber(number++, row, address[code + 2]!, address[code + 3]!);
      } else if (field.kind === 'text') out.setText(text++, row, word);
      else out.setNumber(number++, row, 0, word);
    }
  }

  /** Finds the places of rows, which are those of a block where it is given. */
  private place(count: number, minute: Uint16Array, keys: BlockKeys, block: RowBlock | null = null): void {
    const { table, numbers, places } = this;
    if (this.address) table.placeAddresses(count, minute, numbers.small, keys.address(this.address), places, block);
    else table.place(count, minute, numbers, places);
  }

  /** Finds the columns of the rows at hand. */
  private readKeys(count: number, keys: BlockKeys): void {
    const { numbers } = this;
    numbers.small = this.readSlot(0, count, keys);
    numbers.a = this.readSlot(1, count, keys);
    numbers.b = this.readSlot(2, count, keys);
    numbers.c = this.readSlot(3, count, keys);
    numbers.d = this.readSlot(4, count, keys);
    this.constant = this.address === undefined || keys.address(this.address).constant;
    for (const { name, kind } of this.fields)
      if (kind !== 'address' && !keys.word(name).constant) this.constant = false;
  }

  /** One word of each row: the dimensions that share it. */
  private readSlot(slot: number, count: number, keys: BlockKeys): Uint32Array {
    const fields = this.slots[slot]!;
    if (fields.length === 0) return this.none;
    const first = keys.word(fields[0]!.name).words;
    if (fields.length === 1) return first;
    const packed = this.packed[slot]!;
    const second = keys.word(fields[1]!.name).words;
    const { shift } = fields[1]!;
    for (let i = 0; i < count; i++) packed[i] = first[i]! | (second[i]! << shift);
    for (const field of fields.slice(2)) {
      const { words } = keys.word(field.name);
      for (let i = 0; i < count; i++) packed[i]! |= words[i]! << field.shift;
    }
    return packed;
  }
}

/** Of a field in the words of a key. */
function shiftOf({ slot, shift }: KeyField): number {
  return slot === 0 ? FIRST_SHIFT + shift : shift;
}

function maskOf({ bits }: KeyField): number {
  return bits === 32 ? -1 : 2 ** bits - 1;
}
