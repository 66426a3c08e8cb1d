import { columnOf, type FlowBatch, fillOf } from '../../flow/index.ts';
import { AddressCodes } from './address-codes.ts';
import { BLOCK } from './row-block.ts';
import { MOST_TEXTS, TextCodes } from './text-codes.ts';

/** Codes of `direction`. */
export const IN = 1;
export const OUT = 2;
const INSIDE = 3;
/** Codes of `flow_direction`. */
const INGRESS = 1;
const EGRESS = 2;
const MAPPED = 0xffff;
/** Text columns that may be keys; each row may bring a new text in each. */
const TEXT_COLUMNS = 12;

/** A dimension of the rows of a block, one word each. */
export interface WordColumn {
  readonly words: Uint32Array;
  /** All rows have the value of the first. */
  constant: boolean;
}

/** Addresses of the rows of a block: 64-bit columns as a batch has them, from row `from` on. */
export interface AddressColumn {
  hi: Uint32Array;
  lo: Uint32Array;
  from: number;
  constant: boolean;
}

/** The dimensions of the rows of a block, each made when the first cube asks for it. Virtual ones are those of src/flow/virtual.ts. */
export class BlockKeys {
  readonly texts = new TextCodes();
  readonly exporters = new AddressCodes();
  private batch!: FlowBatch;
  private from = 0;
  private count = 0;
  private readonly words = new Map<string, WordColumn>();
  private readonly addresses = new Map<string, AddressColumn>();
  /** What was made of the present block. */
  private readonly made = new Set<string>();
  private readonly zeros = new Uint32Array(2 * BLOCK);
  private readonly subnetHi = new Uint32Array(2 * BLOCK);
  private readonly subnetLo = new Uint32Array(2 * BLOCK);
  private readonly remoteHi = new Uint32Array(2 * BLOCK);
  private readonly remoteLo = new Uint32Array(2 * BLOCK);

  hasRoom(more: number): boolean {
    return this.hasRoomForTexts(MOST_TEXTS, more) && this.exporters.hasRoom(more);
  }

  /** Whether codes of texts stay below `bound` whatever `more` rows bring. */
  hasRoomForTexts(bound: number, more: number): boolean {
    return this.texts.count + more * TEXT_COLUMNS <= bound;
  }

  clear(): void {
    this.texts.clear();
    this.exporters.clear();
  }

  load(batch: FlowBatch, from: number, count: number): void {
    this.batch = batch;
    this.from = from;
    this.count = count;
    this.made.clear();
  }

  /** The next `count` rows are not of a batch: `given` and `givenAddress` have what they are. */
  loadGroups(count: number): void {
    this.count = count;
    this.made.clear();
  }

  /** The words of a dimension of groups, to be written. */
  given(name: string): Uint32Array {
    const column = this.wordColumn(name);
    column.constant = false;
    this.made.add(name);
    return column.words;
  }

  /** The same of the only dimension of addresses that groups have. */
  givenAddress(name: string): AddressColumn {
    const column = this.addressColumn(name);
    column.hi = this.subnetHi;
    column.lo = this.subnetLo;
    column.from = 0;
    column.constant = false;
    this.made.add(name);
    return column;
  }

  /** A dimension of numbers, of codes of `texts`, or `exporter` as codes of `exporters`. */
  word(name: string): WordColumn {
    const column = this.wordColumn(name);
    if (this.made.has(name)) return column;
    this.made.add(name);
    column.constant = this.fill(name, column.words);
    return column;
  }

  /** A dimension of addresses: `src_addr`, `dst_addr` or a network. */
  address(name: string): AddressColumn {
    const column = this.addressColumn(name);
    if (this.made.has(name)) return column;
    this.made.add(name);
    if (name === 'subnet') this.fillSubnet(column);
    else if (name === 'remote_net') this.fillRemote(column);
    else this.fillAddress(column, name === 'src_addr' ? 'src' : 'dst');
    return column;
  }

  private wordColumn(name: string): WordColumn {
    let column = this.words.get(name);
    if (!column) {
      column = { words: new Uint32Array(BLOCK), constant: true };
      this.words.set(name, column);
    }
    return column;
  }

  private addressColumn(name: string): AddressColumn {
    let column = this.addresses.get(name);
    if (!column) {
      column = { hi: this.zeros, lo: this.zeros, from: 0, constant: true };
      this.addresses.set(name, column);
    }
    return column;
  }

  /** Writes a column's words; whether all are the same. */
  private fill(name: string, out: Uint32Array): boolean {
    const { batch, from, count } = this;
    if (name === 'site') return this.fillSite(out);
    if (name === 'service_port') return this.fillServicePort(out);
    if (name === 'exporter') return this.fillExporter(out);
    const values = batch.array(name);
    const column = columnOf(name);
    if (!values) {
      out.fill(fillOf(column), 0, count);
      return true;
    }
    if (column.type === 'text') this.texts.read(batch, name, from, count, out);
    else out.set(values.subarray(from, from + count));
    return isConstant(out, count);
  }

  private fillExporter(out: Uint32Array): boolean {
    const { hi, lo, from } = this.sides('exporter');
    this.exporters.read(hi, lo, from, this.count, out);
    return isConstant(out, this.count);
  }

  private fillSite(out: Uint32Array): boolean {
    const direction = this.word('direction');
    const source = this.word('src_site');
    const destination = this.word('dst_site');
    for (let i = 0; i < this.count; i++) out[i] = direction.words[i] === IN ? destination.words[i]! : source.words[i]!;
    return (direction.constant && source.constant && destination.constant) || isConstant(out, this.count);
  }

  private fillServicePort(out: Uint32Array): boolean {
    const source = this.word('src_port').words;
    const destination = this.word('dst_port').words;
    for (let i = 0; i < this.count; i++) {
      const a = source[i]!;
      const b = destination[i]!;
      out[i] = a === 0 ? b : b === 0 || a < b ? a : b;
    }
    return isConstant(out, this.count);
  }

  private fillAddress(out: AddressColumn, stem: string): void {
    const { hi, lo, from } = this.sides(stem);
    out.hi = hi;
    out.lo = lo;
    out.from = from;
    out.constant = isConstantWide(hi, from, this.count) && isConstantWide(lo, from, this.count);
  }

  private fillSubnet(out: AddressColumn): void {
    const direction = this.word('direction');
    out.from = 0;
    out.constant = direction.constant && (direction.words[0]! === 0 || direction.words[0]! > INSIDE);
    out.hi = out.constant ? this.zeros : this.subnetHi;
    out.lo = out.constant ? this.zeros : this.subnetLo;
    if (out.constant) return;
    const source = this.sides('src');
    const destination = this.sides('dst');
    for (let i = 0; i < this.count; i++) {
      const way = direction.words[i]!;
      const home = way === IN ? destination : way === OUT || way === INSIDE ? source : null;
      writeNetwork(this.subnetHi, this.subnetLo, i, home);
    }
  }

  private fillRemote(out: AddressColumn): void {
    const host = this.word('host');
    const side = this.word('flow_direction');
    out.from = 0;
    out.constant = (host.constant && host.words[0] === 0) || (side.constant && side.words[0] === 0);
    out.hi = out.constant ? this.zeros : this.remoteHi;
    out.lo = out.constant ? this.zeros : this.remoteLo;
    if (out.constant) return;
    const source = this.sides('src');
    const destination = this.sides('dst');
    for (let i = 0; i < this.count; i++) {
      const way = host.words[i] === 0 ? 0 : side.words[i]!;
      const peer = way === EGRESS ? destination : way === INGRESS ? source : null;
      writeNetwork(this.remoteHi, this.remoteLo, i, peer);
    }
  }

  /** The two halves of an address column of the batch; zeros where a half is not live. */
  private sides(stem: string): { hi: Uint32Array; lo: Uint32Array; from: number } {
    const hi = this.batch.array(`${stem}_hi`) as Uint32Array | undefined;
    const lo = this.batch.array(`${stem}_lo`) as Uint32Array | undefined;
    // Both halves of an address are written, or neither.
    if (!hi || !lo) return { hi: this.zeros, lo: this.zeros, from: 0 };
    return { hi, lo, from: this.from };
  }
}

function isConstant(words: Uint32Array, count: number): boolean {
  const first = words[0];
  for (let i = 1; i < count; i++) if (words[i] !== first) return false;
  return true;
}

function isConstantWide(words: Uint32Array, from: number, count: number): boolean {
  const low = words[2 * from];
  const high = words[2 * from + 1];
  for (let i = from + 1; i < from + count; i++) if (words[2 * i] !== low || words[2 * i + 1] !== high) return false;
  return true;
}

/** The /24 or /64 of an address of row `i`, marked as known by its lowest bit where it is IPv6; nothing where there is none (src/flow/virtual.ts). */
function writeNetwork(
  hi: Uint32Array,
  lo: Uint32Array,
  i: number,
  address: { readonly hi: Uint32Array; readonly lo: Uint32Array; readonly from: number } | null,
): void {
  if (!address) {
    hi[2 * i] = 0;
    hi[2 * i + 1] = 0;
    lo[2 * i] = 0;
    lo[2 * i + 1] = 0;
    return;
  }
  const row = 2 * (address.from + i);
  const w0 = address.hi[row + 1]!;
  const w1 = address.hi[row]!;
  const w2 = address.lo[row + 1]!;
  const w3 = address.lo[row]!;
  const mapped = w0 === 0 && w1 === 0 && w2 === MAPPED;
  const unknown = w0 === 0 && w1 === 0 && w2 === 0 && w3 === 0;
  hi[2 * i] = w1;
  hi[2 * i + 1] = w0;
  lo[2 * i] = mapped ? w3 & 0xffffff00 : unknown ? 0 : 1;
  lo[2 * i + 1] = mapped ? MAPPED : 0;
}
