import { columnOf, VIRTUAL_COLUMNS } from '../../flow/index.ts';
import type { BlockKeys, WordColumn } from './block-keys.ts';
import { CubeTable } from './cube-table.ts';
import type { DeltaRows } from './delta-rows.ts';
import type { Figures } from './figures.ts';
import { KEY_WORDS, type NumberKeys } from './key-index.ts';
import { BLOCK, type RowBlock } from './row-block.ts';

/** Small numbers of a key, below 256, share the upper half of its first word. */
const SMALL_BITS = 8;

type Kind = 'small' | 'word' | 'text' | 'exporter' | 'address';

/** A table whose keys are some dimensions: how rows become its keys, and keys become columns again. */
export class KeyTable {
  readonly table: CubeTable;
  private readonly dimensions: readonly { name: string; kind: Kind }[];
  private readonly smalls: readonly string[];
  private readonly words: readonly string[];
  private readonly address: string | undefined;
  private readonly places = new Uint16Array(BLOCK);
  private readonly none = new Uint32Array(BLOCK);
  private readonly packed = new Uint32Array(BLOCK);
  private readonly numbers: NumberKeys = { small: this.none, a: this.none, b: this.none, c: this.none };
  /** Whether all rows of the block at hand have one key. */
  private constant = false;

  /** `names`: at most two small dimensions, and three others or one of addresses; only tables of addresses may be `crowded`. */
  constructor(names: readonly string[], capacity: number, seed: number, crowded = false) {
    this.dimensions = names.map((name) => ({ name, kind: kindOf(name) }));
    const of = (...kinds: Kind[]) => this.dimensions.filter((d) => kinds.includes(d.kind)).map((d) => d.name);
    this.smalls = of('small');
    this.words = of('word', 'text', 'exporter');
    this.address = of('address')[0];
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
    const column = (out: Uint32Array, word: number, shift: number, mask: number) => {
      let at = first * KEY_WORDS + word;
      for (let i = 0; i < count; i++, at += KEY_WORDS) out[i] = (words[at]! >>> shift) & mask;
    };
    for (let i = 0; i < count; i++) minute[i] = words[(first + i) * KEY_WORDS]! & 0xffff;
    for (const [i, name] of this.smalls.entries()) column(keys.given(name), 0, 16 + i * SMALL_BITS, 0xff);
    for (const [i, name] of this.words.entries()) column(keys.given(name), 1 + i, 0, -1);
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
    let small = 16;
    let word = at + 1;
    for (const { kind } of this.dimensions) {
      if (kind === 'address') {
        out.setNumber(number++, row, words[at + 1]!, words[at + 2]!);
        out.setNumber(number++, row, words[at + 3]!, words[at + 4]!);
      } else if (kind === 'exporter') {
        const code = words[word++]! * 4;
        const address = keys.exporters.words;
        out.setNumber(number++, row, address[code]!, address[code + 1]!);
        out.setNumber(number++, row, address[code + 2]!, address[code + 3]!);
      } else if (kind === 'text') out.setText(text++, row, words[word++]!);
      else if (kind === 'word') out.setNumber(number++, row, 0, words[word++]!);
      else {
        out.setNumber(number++, row, 0, (words[at]! >>> small) & 0xff);
        small += SMALL_BITS;
      }
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
    const smalls = this.smalls.map((name) => keys.word(name));
    const words = this.words.map((name) => keys.word(name));
    const isConstant = (column: WordColumn) => column.constant;
    const { numbers, none } = this;
    numbers.small = this.pack(count, smalls);
    numbers.a = words[0]?.words ?? none;
    numbers.b = words[1]?.words ?? none;
    numbers.c = words[2]?.words ?? none;
    const oneAddress = this.address === undefined || keys.address(this.address).constant;
    this.constant = oneAddress && smalls.every(isConstant) && words.every(isConstant);
  }

  /** One word of up to two small dimensions. */
  private pack(count: number, [first, second]: readonly WordColumn[]): Uint32Array {
    if (!second) return first?.words ?? this.none;
    const { packed } = this;
    for (let i = 0; i < count; i++) packed[i] = first!.words[i]! | (second.words[i]! << SMALL_BITS);
    return packed;
  }
}

function kindOf(name: string): Kind {
  if (name === 'exporter') return 'exporter';
  const virtual = VIRTUAL_COLUMNS.find((v) => v.name === name);
  const type = virtual?.type ?? columnOf(name).type;
  if (type === 'address' || type === 'text') return type;
  return type === 'enum' || type === 'u8' ? 'small' : 'word';
}
