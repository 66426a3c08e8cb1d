import type { TextColumns } from '../../flow/index.ts';
import type { Slots } from '../template-layout.ts';
import type { RecordNames } from '../template-names.ts';
import type { Targets } from '../template-targets.ts';
import { type ColumnOp, LOOP } from './column-op.ts';
import * as loops from './loops.ts';

/** What operations read from and write to: one object for a decoder, filled again for each set. */
export interface OpContext {
  view: DataView;
  /** The same bytes as `view`. */
  bytes: Uint8Array;
  readonly targets: Targets;
  readonly texts: TextColumns;
  readonly names: RecordNames;
}

/** Runs one operation over the `n` records that are noted in `slots`, into the rows from `row` on. */
export function runOp(op: ColumnOp, context: OpContext, slots: Slots, n: number, row: number): void {
  const { view, targets } = context;
  const { offset, target } = op;
  const at = slots[op.place.slot]!;
  switch (op.loop) {
    case LOOP.byte:
      loops.fromByte(view, at, offset, n, targets.u8[target]!, row);
      break;
    case LOOP.table:
      loops.throughTable(view, at, offset, n, targets.u8[target]!, row, op.table);
      break;
    case LOOP.shortFromShort:
      loops.shortFromShort(view, at, offset, n, targets.u16[target]!, row);
      break;
    case LOOP.shortFromByte:
      loops.shortFromByte(view, at, offset, n, targets.u16[target]!, row);
      break;
    case LOOP.wordFromWord:
      loops.wordFromWord(view, at, offset, n, targets.u32[target]!, row);
      break;
    case LOOP.wordFromShort:
      loops.wordFromShort(view, at, offset, n, targets.u32[target]!, row);
      break;
    case LOOP.wideFromWord:
      loops.wideFromWord(view, at, offset, n, targets.u32[target]!, row);
      break;
    case LOOP.wideFromWide:
      loops.wideFromWide(view, at, offset, n, targets.u32[target]!, row);
      break;
    case LOOP.wideFromSix:
      loops.wideFromSix(view, at, offset, n, targets.u32[target]!, row);
      break;
    case LOOP.ipv4:
      loops.addressFromIpv4(view, at, offset, n, targets.u32[target]!, targets.u32[op.low]!, row, op.known);
      break;
    case LOOP.ipv6:
      loops.addressFromIpv6(view, at, offset, n, targets.u32[target]!, targets.u32[op.low]!, row);
      break;
    case LOOP.addressOver:
      overAddress(op, context, at, n, row);
      break;
    case LOOP.label:
      loops.labelFrom(view, at, offset, n, targets.u32[target]!, row, op.place.length);
      break;
    case LOOP.number:
    case LOOP.float:
      anyNumber(op, context, slots, n, row);
      break;
    default:
      anyText(op, context, slots, n, row);
      break;
  }
}

function overAddress(op: ColumnOp, { view, targets }: OpContext, at: Uint32Array, n: number, row: number): void {
  const hi = targets.u32[op.target]!;
  loops.addressOver(view, at, op.offset, n, hi, targets.u32[op.low]!, row, op.place.length);
}

/** Numbers of odd or variable length, floats, and numbers that fill rows which another field left at 0. */
function anyNumber(op: ColumnOp, { view, targets }: OpContext, slots: Slots, n: number, row: number): void {
  const { place, target, word, over } = op;
  const at = slots[place.slot]!;
  const lengths = place.lengthSlot < 0 ? null : slots[place.lengthSlot]!;
  for (let i = 0; i < n; i++) {
    const p = at[i]! + place.offset;
    const length = lengths === null ? place.length : lengths[i]!;
    let low = loops.lowWordAt(view, p, length);
    let high = loops.highWordAt(view, p, length);
    if (op.loop === LOOP.float) {
      const value = loops.floatAt(view, p, length);
      low = value >>> 0;
      high = Math.floor(value / 4_294_967_296);
    }
    const r = row + i;
    if (word === 'u8') {
      if (!over || targets.u8[target]![r] === 0) targets.u8[target]![r] = low;
    } else if (word === 'u16') {
      if (!over || targets.u16[target]![r] === 0) targets.u16[target]![r] = low;
    } else if (word === 'u32') {
      if (!over || targets.u32[target]![r] === 0) targets.u32[target]![r] = low;
    } else if (!over || (targets.u32[target]![2 * r]! | targets.u32[target]![2 * r + 1]!) === 0) {
      targets.u32[target]![2 * r] = low;
      targets.u32[target]![2 * r + 1] = high;
    }
  }
}

/** What ends as the code of a text. */
function anyText(op: ColumnOp, context: OpContext, slots: Slots, n: number, row: number): void {
  const { place, over, loop } = op;
  const { view, bytes, names } = context;
  const at = slots[place.slot]!;
  const lengths = place.lengthSlot < 0 ? null : slots[place.lengthSlot]!;
  const out = context.targets.u32[op.target]!;
  const dictionary = context.texts.of(op.column);
  for (let i = 0; i < n; i++) {
    const r = row + i;
    if (over && out[r] !== 0) continue;
    const p = at[i]! + place.offset;
    const length = lengths === null ? place.length : lengths[i]!;
    if (loop === LOOP.text) out[r] = dictionary.codeOf(bytes, p, length);
    else if (loop === LOOP.vrf) out[r] = names.vrf(dictionary, loops.lowWordAt(view, p, length));
    else if (loop === LOOP.application) out[r] = names.application(dictionary, view, p, length);
    else if (loop === LOOP.decimal) out[r] = names.decimal(dictionary, loops.unsignedAt(view, p, length));
    else {
      // Cisco's AVC puts the application's id (four bytes, classification engine 3 or 13 first) and two bytes before the text.
      const head = length >= 6 && (bytes[p] === 3 || bytes[p] === 13) ? 6 : 0;
      out[r] = dictionary.codeOf(bytes, p + head, length - head);
    }
  }
}
