const COLON = 0x3a;
const GROUPS = 8;
const MOST_DIGITS = 4;

/**
 * An IPv6 address of hexadecimal groups (RFC 4291 section 2.2, forms 1 and 2) into four words, without allocation: tables have hundreds of thousands of them.
 * False where it is none, or ends in a dotted IPv4 address.
 */
export function readHexGroups(text: Uint8Array, from: number, to: number, into: Uint32Array): boolean {
  into.fill(0);
  let groups = 0;
  /** How many groups stand before `::`. */
  let before = -1;
  for (let at = from; at < to; ) {
    if (text[at] === COLON && text[at + 1] === COLON && at + 1 < to) {
      if (before >= 0) return false;
      before = groups;
      at += 2;
      continue;
    }
    // Behind a group and before the next.
    if (groups > before && groups > 0 && text[at++] !== COLON) return false;
    const end = endOfDigits(text, at, to);
    if (end === at || end - at > MOST_DIGITS || groups === GROUPS) return false;
    setGroup(into, groups++, numberOf(text, at, end));
    at = end;
  }
  if (before < 0) return groups === GROUPS;
  if (groups === GROUPS) return false;
  moveToEnd(into, before, groups);
  return true;
}

/** The groups behind `::` are the last ones. */
function moveToEnd(into: Uint32Array, before: number, groups: number): void {
  const shift = GROUPS - groups;
  for (let i = groups - 1; i >= before; i--) {
    const value = (into[i >>> 1]! >>> (i & 1 ? 0 : 16)) & 0xffff;
    setGroup(into, i, 0);
    setGroup(into, i + shift, value);
  }
}

function setGroup(into: Uint32Array, group: number, value: number): void {
  const word = group >>> 1;
  into[word] = group & 1 ? (into[word]! & 0xffff_0000) | value : (into[word]! & 0xffff) | (value << 16);
}

function endOfDigits(text: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && digitOf(text[at]!) >= 0) at++;
  return at;
}

function numberOf(text: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at++) value = value * 16 + digitOf(text[at]!);
  return value;
}

function digitOf(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
