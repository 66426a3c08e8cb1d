const MAPPED = 0xffff;

/**
 * Reads an address of sFlow (its type, then 0, 4 or 16 bytes) into four words; the offset behind it, or -1 when it is not
 * whole or of no known type. An address that is not known leaves zeros.
 */
export function readXdrAddress(view: DataView, at: number, end: number, out: Uint32Array): number {
  if (at + 4 > end) return -1;
  const type = view.getUint32(at);
  if (type === 0) return setWords(out, 0, 0, 0, 0, at + 4);
  if (type === 1) {
    if (at + 8 > end) return -1;
    const word = view.getUint32(at + 4);
    // 0.0.0.0 as a next hop is one that is not known.
    return setWords(out, 0, 0, word === 0 ? 0 : MAPPED, word, at + 8);
  }
  if (type !== 2 || at + 20 > end) return -1;
  return readIpv6Words(view, at + 4, out);
}

export function readIpv6Words(view: DataView, at: number, out: Uint32Array): number {
  return setWords(
    out,
    view.getUint32(at),
    view.getUint32(at + 4),
    view.getUint32(at + 8),
    view.getUint32(at + 12),
    at + 16,
  );
}

export function readIpv4Words(view: DataView, at: number, out: Uint32Array): number {
  return setWords(out, 0, 0, MAPPED, view.getUint32(at), at + 4);
}

function setWords(out: Uint32Array, a: number, b: number, c: number, d: number, next: number): number {
  out[0] = a;
  out[1] = b;
  out[2] = c;
  out[3] = d;
  return next;
}
