import { columnOf, findColumn, VIRTUAL_COLUMNS } from '../../flow/index.ts';
import type { BlockKeys, WordColumn } from './block-keys.ts';
import { CubeTable } from './cube-table.ts';
import type { Cube } from './cubes.ts';
import type { DeltaRows } from './delta-rows.ts';
import type { Figures } from './figures.ts';
import { BLOCK, type RowBlock } from './row-block.ts';

/** Keys of all minutes of a delta, at most: a third of a large bound's is what a busy minute needs to lose little. */
const CAPACITY = 16_384;
const LARGE_CAPACITY = 32_768;
/** Codes of texts are below this, so that a small number fits above one in its word. */
const CODE_BITS = 24;

type Kind = 'small' | 'number' | 'text' | 'address' | 'exporter';

/** One cube while rows are added up: its keys as words, its table, and its rows in a delta. */
export class CubeRows {
  readonly cube: Cube;
  readonly table: CubeTable;
  private readonly kinds: readonly Kind[];
  private readonly places = new Uint16Array(BLOCK);
  private readonly none: Uint32Array<ArrayBuffer> = new Uint32Array(BLOCK);
  private readonly packed: WordColumn = { words: new Uint32Array(BLOCK), constant: true };

  constructor(cube: Cube, seed: number) {
    this.cube = cube;
    this.kinds = cube.keys.map(kindOf);
    const capacity = cube.bound[0] > CAPACITY / 8 ? LARGE_CAPACITY : CAPACITY;
    this.table = new CubeTable(this.kinds.includes('address') ? 5 : 3, capacity, seed);
  }

  makeRoom(more: number, totals: Figures): boolean {
    return this.table.makeRoom(more, this.cube.bound[0], totals);
  }

  /** Adds the rows of a block; there must be room for as many keys. */
  add(block: RowBlock, keys: BlockKeys): void {
    if (this.table.stride === 5) this.addAddresses(block, keys);
    else this.addNumbers(block, keys);
  }

  /** Adds the rows of a block without a look at their keys. */
  addUnseen(block: RowBlock): void {
    for (let i = 0; i < block.minutes; i++) this.table.addUnseen(block.touched[i]!, block.sums);
  }

  private addNumbers(block: RowBlock, keys: BlockKeys): void {
    const { table, places } = this;
    const [a, b] = this.wordsOf(block, keys);
    const first = a?.words ?? this.none;
    const second = b?.words ?? this.none;
    if ((a?.constant ?? true) && (b?.constant ?? true)) {
      table.place(block.minutes, block.touched, first, second, places);
      this.addSums(block);
    } else {
      table.place(block.rows, block.minute, first, second, places);
      block.addTo(table.figures, places);
    }
  }

  private addAddresses(block: RowBlock, keys: BlockKeys): void {
    const { table, places, kinds } = this;
    const names = this.cube.keys;
    const column = keys.address(names[kinds.indexOf('address')]!);
    const small = kinds.includes('small') ? keys.word(names[kinds.indexOf('small')]!) : null;
    const { hi, lo, from } = column;
    const extra = small?.words ?? this.none;
    if (column.constant && (small?.constant ?? true)) {
      table.placeAddresses(block.minutes, block.touched, extra, hi, lo, from, places);
      this.addSums(block);
    } else {
      table.placeAddresses(block.rows, block.minute, extra, hi, lo, from, places);
      block.addTo(table.figures, places);
    }
  }

  /** All rows of a minute have one key: its sums are added at once. */
  private addSums(block: RowBlock): void {
    for (let i = 0; i < block.minutes; i++) this.table.figures.add(this.places[i]!, block.sums, block.touched[i]!);
  }

  /** Up to two words that name a key: a third, which is small, stands above a text's code. */
  private wordsOf(block: RowBlock, keys: BlockKeys): readonly WordColumn[] {
    const columns = this.cube.keys.map((name) => keys.word(name));
    if (columns.length < 3) return columns;
    const small = this.kinds.indexOf('small');
    const [text, other] = columns.filter((_, i) => i !== small) as [WordColumn, WordColumn];
    const above = columns[small]!;
    const { packed } = this;
    packed.constant = above.constant && text.constant;
    for (let i = 0; i < block.rows; i++) packed.words[i] = text.words[i]! | (above.words[i]! << CODE_BITS);
    return [packed, other];
  }

  /** Writes the words of a key to a row of the delta. */
  writeKey(key: number, keys: BlockKeys, row: number, out: DeltaRows): void {
    const { table, kinds } = this;
    const at = key * table.stride;
    const words = table.keys;
    const three = table.stride === 3 && kinds.length === 3;
    let number = 0;
    let text = 0;
    let word = at + 1;
    for (const kind of kinds) {
      if (kind === 'address') {
        out.setNumber(number++, row, words[at + 1]!, words[at + 2]!);
        out.setNumber(number++, row, words[at + 3]!, words[at + 4]!);
      } else if (kind === 'exporter') {
        const code = words[word++]! * 4;
        const address = keys.exporters.words;
        out.setNumber(number++, row, address[code]!, address[code + 1]!);
        out.setNumber(number++, row, address[code + 2]!, address[code + 3]!);
      } else if (kind === 'text') {
        const code = words[word++]!;
        out.setText(text++, row, three ? code & ((1 << CODE_BITS) - 1) : code);
      } else if (table.stride === 5) out.setNumber(number++, row, 0, words[at]! >>> 16);
      else if (three) out.setNumber(number++, row, 0, words[at + 1]! >>> CODE_BITS);
      else out.setNumber(number++, row, 0, words[word++]!);
    }
  }
}

function kindOf(name: string): Kind {
  if (name === 'exporter') return 'exporter';
  const virtual = VIRTUAL_COLUMNS.find((v) => v.name === name);
  const type = virtual?.type ?? columnOf(name).type;
  if (type === 'address' || type === 'text') return type;
  return findColumn(name)?.type === 'enum' ? 'small' : 'number';
}
