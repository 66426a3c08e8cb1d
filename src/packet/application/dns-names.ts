/** RFC 1035 sections 2.3.4 and 4.1.4. */
const MOST_NAME_BYTES = 255;
const POINTER = 0xc0;
const MOST_JUMPS = 16;

/** A message of DNS in its view. */
export interface DnsBytes {
  data: DataView;
  start: number;
  length: number;
}

/** Where what stands behind the name at `at` begins, both in bytes from the beginning of the message; -1 where no name is there. */
export function behindName({ data, start, length }: DnsBytes, at: number): number {
  let total = 0;
  for (let i = at; i >= 0 && i < length; ) {
    const label = data.getUint8(start + i);
    if (label === 0) return i + 1;
    if ((label & POINTER) === POINTER) return i + 2 <= length ? i + 2 : -1;
    if (label > 63) return -1;
    total += label + 1;
    if (total > MOST_NAME_BYTES) return -1;
    i += 1 + label;
  }
  return -1;
}

/** The label that is at `at` or that is pointed to from there; -1 where there is none, or where pointers lead nowhere. */
function labelAt({ data, start, length }: DnsBytes, at: number): number {
  let i = at;
  for (let jumps = 0; i >= 0 && i < length; jumps++) {
    if ((data.getUint8(start + i) & POINTER) !== POINTER) return i;
    if (jumps === MOST_JUMPS || i + 2 > length) return -1;
    i = data.getUint16(start + i) & 0x3fff;
  }
  return -1;
}

/** Of one message: names that are made to be long and alike would cost hundreds of times what usual answers do. */
const MOST_COMPARED_BYTES = 1024;
let left = 0;

/** A message begins, of which only so many bytes are compared. */
export function beginComparing(): void {
  left = MOST_COMPARED_BYTES;
}

/** Whether the names at both places are the same, in large or small letters; false as well when too much has been compared. */
export function sameName(message: DnsBytes, first: number, second: number): boolean {
  const { data, start, length } = message;
  let a = labelAt(message, first);
  let b = labelAt(message, second);
  for (let total = 0; a >= 0 && b >= 0 && total <= MOST_NAME_BYTES; ) {
    if (a === b) return true;
    if (left <= 0) return false;
    const count = data.getUint8(start + a);
    if (count !== data.getUint8(start + b)) return false;
    if (count === 0) return true;
    if (a + count >= length || b + count >= length) return false;
    for (let i = 1; i <= count; i++)
      if (small(data.getUint8(start + a + i)) !== small(data.getUint8(start + b + i))) return false;
    total += count + 1;
    left -= count + 1;
    a = labelAt(message, a + 1 + count);
    b = labelAt(message, b + 1 + count);
  }
  return false;
}

const small = (byte: number) => (byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte);

/** Filled and read within one call. */
const text = new DataView(new ArrayBuffer(MOST_NAME_BYTES + 1));

/** The name at `at` with dots; how many bytes it has, 0 the root, -1 no name. A dot in a label makes it none. */
export function nameText(message: DnsBytes, at: number): number {
  const { data, start, length } = message;
  let count = 0;
  for (let i = labelAt(message, at); i >= 0; i = labelAt(message, i)) {
    const label = data.getUint8(start + i);
    if (label === 0) return count;
    if (i + label >= length || count + label + 1 > MOST_NAME_BYTES) return -1;
    if (count > 0) text.setUint8(count++, 0x2e);
    for (let k = 1; k <= label; k++) {
      const byte = data.getUint8(start + i + k);
      if (byte === 0x2e) return -1;
      text.setUint8(count++, byte);
    }
    i += 1 + label;
  }
  return -1;
}

/** Where `nameText` has written. */
export const NAME_TEXT = text;
