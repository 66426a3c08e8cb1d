/**
 * The loops that move one field of many records into one column: the hot path. Each is alone in its function, so that the engine
 * sees one kind of array in it. Record i has the field at positions[i] + offset; it becomes row `row` + i.
 */

const MAPPED = 0xffff;
const NO_LABEL = 0xffff_ffff;

export function fromByte(
  view: DataView,
  at: Uint32Array,
  offset: number,
  n: number,
  out: Uint8Array,
  row: number,
): void {
  for (let i = 0; i < n; i++) out[row + i] = view.getUint8(at[i]! + offset);
}

/** Codes of ours for the codes of an element. */
export function throughTable(
  view: DataView,
  at: Uint32Array,
  offset: number,
  n: number,
  out: Uint8Array,
  row: number,
  table: Uint8Array,
): void {
  for (let i = 0; i < n; i++) out[row + i] = table[view.getUint8(at[i]! + offset)]!;
}

export function shortFromShort(
  view: DataView,
  at: Uint32Array,
  offset: number,
  n: number,
  out: Uint16Array,
  row: number,
): void {
  for (let i = 0; i < n; i++) out[row + i] = view.getUint16(at[i]! + offset);
}

export function shortFromByte(
  view: DataView,
  at: Uint32Array,
  offset: number,
  n: number,
  out: Uint16Array,
  row: number,
): void {
  for (let i = 0; i < n; i++) out[row + i] = view.getUint8(at[i]! + offset);
}

export function wordFromWord(
  view: DataView,
  at: Uint32Array,
  offset: number,
  n: number,
  out: Uint32Array,
  row: number,
): void {
  for (let i = 0; i < n; i++) out[row + i] = view.getUint32(at[i]! + offset);
}

export function wordFromShort(
  view: DataView,
  at: Uint32Array,
  offset: number,
  n: number,
  out: Uint32Array,
  row: number,
): void {
  for (let i = 0; i < n; i++) out[row + i] = view.getUint16(at[i]! + offset);
}

export function wideFromWord(
  view: DataView,
  at: Uint32Array,
  offset: number,
  n: number,
  out: Uint32Array,
  row: number,
): void {
  for (let i = 0, w = 2 * row; i < n; i++, w += 2) {
    out[w] = view.getUint32(at[i]! + offset);
    out[w + 1] = 0;
  }
}

export function wideFromWide(
  view: DataView,
  at: Uint32Array,
  offset: number,
  n: number,
  out: Uint32Array,
  row: number,
): void {
  for (let i = 0, w = 2 * row; i < n; i++, w += 2) {
    const p = at[i]! + offset;
    out[w] = view.getUint32(p + 4);
    out[w + 1] = view.getUint32(p);
  }
}

/** The six bytes of a MAC address. */
export function wideFromSix(
  view: DataView,
  at: Uint32Array,
  offset: number,
  n: number,
  out: Uint32Array,
  row: number,
): void {
  for (let i = 0, w = 2 * row; i < n; i++, w += 2) {
    const p = at[i]! + offset;
    out[w] = view.getUint32(p + 2);
    out[w + 1] = view.getUint16(p);
  }
}

/** `known`: 0.0.0.0 is an address and not the lack of one. */
export function addressFromIpv4(
  view: DataView,
  at: Uint32Array,
  offset: number,
  n: number,
  hi: Uint32Array,
  lo: Uint32Array,
  row: number,
  known: boolean,
): void {
  hi.fill(0, 2 * row, 2 * (row + n));
  for (let i = 0, w = 2 * row; i < n; i++, w += 2) {
    const value = view.getUint32(at[i]! + offset);
    lo[w] = value;
    lo[w + 1] = known || value !== 0 ? MAPPED : 0;
  }
}

export function addressFromIpv6(
  view: DataView,
  at: Uint32Array,
  offset: number,
  n: number,
  hi: Uint32Array,
  lo: Uint32Array,
  row: number,
): void {
  for (let i = 0, w = 2 * row; i < n; i++, w += 2) {
    const p = at[i]! + offset;
    hi[w + 1] = view.getUint32(p);
    hi[w] = view.getUint32(p + 4);
    lo[w + 1] = view.getUint32(p + 8);
    lo[w] = view.getUint32(p + 12);
  }
}

/** The second of two address fields of one template: where it is not all zeros and the first one is 0. */
export function addressOver(
  view: DataView,
  at: Uint32Array,
  offset: number,
  n: number,
  hi: Uint32Array,
  lo: Uint32Array,
  row: number,
  length: number,
): void {
  for (let i = 0, w = 2 * row; i < n; i++, w += 2) {
    if (lo[w] !== 0 || hi[w + 1] !== 0 || hi[w] !== 0) continue;
    const p = at[i]! + offset;
    const last = view.getUint32(p + length - 4);
    if (length === 4) {
      if (last === 0) continue;
      lo[w] = last;
      lo[w + 1] = MAPPED;
      continue;
    }
    const first = view.getUint32(p);
    const second = view.getUint32(p + 4);
    const third = view.getUint32(p + 8);
    if ((first | second | third | last) === 0) continue;
    hi[w + 1] = first;
    hi[w] = second;
    lo[w + 1] = third;
    lo[w] = last;
  }
}

/** RFC 3032: the top 20 of 24 bits, or of the 32 of a whole stack entry. All bits zero is what fills the places of labels that are not there. */
export function labelFrom(
  view: DataView,
  at: Uint32Array,
  offset: number,
  n: number,
  out: Uint32Array,
  row: number,
  length: number,
): void {
  for (let i = 0; i < n; i++) {
    const p = at[i]! + offset;
    const entry = length >= 4 ? view.getUint32(p) : view.getUint16(p) * 65_536 + view.getUint8(p + 2) * 256;
    out[row + i] = entry === 0 ? NO_LABEL : entry >>> 12;
  }
}

/** The value of an unsigned integer of 1 to 8 bytes, or the low 8 of more; exact below 2^53. */
export function unsignedAt(view: DataView, at: number, length: number): number {
  let from = length > 8 ? at + length - 8 : at;
  const end = at + length;
  let value = 0;
  while (from < end) value = value * 256 + view.getUint8(from++);
  return value;
}

/** The low 32 bits of an integer of any length. */
export function lowWordAt(view: DataView, at: number, length: number): number {
  if (length >= 4) return view.getUint32(at + length - 4);
  return unsignedAt(view, at, length);
}

/** Bits 32 to 63 of an integer of any length. */
export function highWordAt(view: DataView, at: number, length: number): number {
  if (length <= 4) return 0;
  return length >= 8 ? view.getUint32(at + length - 8) : unsignedAt(view, at, length - 4);
}

/** RFC 7011 section 6.1.3 and, for four bytes, 6.2; other lengths are no float. */
export function floatAt(view: DataView, at: number, length: number): number {
  const value = length === 4 ? view.getFloat32(at) : length === 8 ? view.getFloat64(at) : 0;
  return value > 0 && value < 2 ** 64 ? Math.floor(value) : 0;
}
