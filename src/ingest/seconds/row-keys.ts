import {
  type AddressWords,
  addressWords,
  columnOf,
  type FlowBatch,
  fillOf,
  findVirtualColumn,
  formatAddress,
  isUnknownAddress,
  type JsonValue,
} from '../../flow/index.ts';
import type { SecondDimension } from './second-messages.ts';

/** Writes the key of a row. */
export type KeyReader = (row: number, key: Uint32Array) => void;

/** Names that were seen since they were last forgotten; a flood of names must not take memory. */
const MOST_TEXTS = 65_536;

/** A dimension: the keys of its values by row, and what a key stands for. Texts have codes of our own, since each thread that receives has its own. */
export class RowKeys {
  private readonly name: SecondDimension;
  private readonly texts = new TextCodes();

  constructor(name: SecondDimension) {
    this.name = name;
  }

  bind(batch: FlowBatch): KeyReader {
    if (this.name === 'service_port') return servicePort(batch);
    const column = columnOf(this.name);
    if (column.type === 'address') return address(batch, this.name);
    if (column.type === 'text') return this.texts.bind(batch, this.name);
    const values = batch.array(this.name);
    const fill = fillOf(column);
    return (row, key) => {
      key[0] = values ? values[row]! : fill;
    };
  }

  /** As JSON shows it; null is "not known". */
  valueOf(keys: Uint32Array, at: number): JsonValue {
    const column = findVirtualColumn(this.name) ?? columnOf(this.name);
    if (column.type === 'address') {
      const words = [keys[at]!, keys[at + 1]!, keys[at + 2]!, keys[at + 3]!] as AddressWords;
      return isUnknownAddress(words) ? null : formatAddress(words);
    }
    const value = keys[at]!;
    if (column.type === 'text') return this.texts.textOf(value) || null;
    if (column.unknown !== undefined && value === column.unknown) return null;
    return column.type === 'enum' ? (column.values?.[value] ?? String(value)) : value;
  }

  /** A second begins: codes of the one before are not asked for again. */
  begin(): void {
    this.texts.begin();
  }
}

function address(batch: FlowBatch, name: string): KeyReader {
  const { hi, lo } = addressWords(name);
  const high = batch.array(hi);
  const low = batch.array(lo);
  if (!high || !low) return (_, key) => void key.fill(0);
  return (row, key) => {
    key[0] = high[2 * row + 1]!;
    key[1] = high[2 * row]!;
    key[2] = low[2 * row + 1]!;
    key[3] = low[2 * row]!;
  };
}

/** As `service_port` of src/flow/virtual.ts. */
function servicePort(batch: FlowBatch): KeyReader {
  const source = batch.array('src_port');
  const destination = batch.array('dst_port');
  return (row, key) => {
    const a = source?.[row] ?? 0;
    const b = destination?.[row] ?? 0;
    key[0] = a === 0 ? b : b === 0 ? a : Math.min(a, b);
  };
}

/** Texts of any number of dictionaries by one code. 0 is "not known". */
export class TextCodes {
  private list: string[] = [''];
  private codes = new Map<string, number>([['', 0]]);
  /** By dictionary: code + 1 by its own code; 0 is one that was not met. */
  private known = new WeakMap<readonly string[], { ours: Uint32Array }>();

  begin(): void {
    if (this.list.length <= MOST_TEXTS) return;
    this.list = [''];
    this.codes = new Map([['', 0]]);
    this.known = new WeakMap();
  }

  textOf(code: number): string {
    return this.list[code] ?? '';
  }

  bind(batch: FlowBatch, name: string): KeyReader {
    const values = batch.array(name);
    if (!values) return (_, key) => void key.fill(0);
    const texts = batch.textsOf(name);
    const known = this.known.get(texts) ?? { ours: new Uint32Array(texts.length) };
    this.known.set(texts, known);
    return (row, key) => {
      const code = values[row]!;
      key[0] = (known.ours[code] || this.enter(known, texts, code)) - 1;
    };
  }

  private enter(known: { ours: Uint32Array }, texts: readonly string[], code: number): number {
    const text = texts[code];
    // A code that came after the list was read: the next time it is known.
    if (text === undefined) return 1;
    const ours = this.codes.get(text) ?? this.list.push(text) - 1;
    this.codes.set(text, ours);
    if (code >= known.ours.length) {
      const grown = new Uint32Array(Math.max(texts.length, code + 1, 2 * known.ours.length));
      grown.set(known.ours);
      known.ours = grown;
    }
    known.ours[code] = ours + 1;
    return ours + 1;
  }
}
