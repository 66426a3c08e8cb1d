import { isIPv4, isIPv6 } from 'node:net';

/**
 * Addresses as sockets write them. This room stands below `flow`, so it reads the text of an address itself; the words
 * are the same as there: four of 32 bits, most significant first, IPv4 as ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2).
 */
export const AF_INET = 2;
export const AF_INET6 = 10;
/** sizeof(struct sockaddr_in6), include/uapi/linux/in6.h; the larger of the two. */
export const SOCKADDR_BYTES = 28;

/** Writes the four words of an address in text at `out[at]`; false when the text is no address. A zone (%eth0) is left out. */
export function writeAddressWords(text: string, out: Uint32Array, at: number): boolean {
  const bare = text.split('%', 1)[0]!;
  if (isIPv4(bare)) {
    out.set([0, 0, 0xffff, dotted(bare)], at);
    return true;
  }
  if (!isIPv6(bare)) return false;
  const [left = '', right] = plainGroups(bare).split('::');
  const head = groups(left);
  const tail = right === undefined ? [] : groups(right);
  const all = [...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail];
  for (let i = 0; i < 4; i++) out[at + i] = (all[2 * i]! << 16) | all[2 * i + 1]!;
  return true;
}

/** A dotted tail (::ffff:192.0.2.1) as two groups of hexadecimal digits. */
function plainGroups(text: string): string {
  if (!text.includes('.')) return text;
  const at = text.lastIndexOf(':') + 1;
  const v4 = dotted(text.slice(at));
  return `${text.slice(0, at)}${(v4 >>> 16).toString(16)}:${(v4 & 0xffff).toString(16)}`;
}

function groups(part: string): number[] {
  return part === '' ? [] : part.split(':').map((g) => Number.parseInt(g, 16));
}

function dotted(text: string): number {
  return text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** A sockaddr_in or sockaddr_in6 for bind(2). */
export function socketAddress(
  family: number,
  words: Uint32Array,
  port: number,
): { memory: Uint8Array; length: number } {
  const memory = new Uint8Array(new ArrayBuffer(128));
  const view = new DataView(memory.buffer);
  view.setUint16(0, family, true);
  view.setUint16(2, port);
  if (family === AF_INET) {
    view.setUint32(4, words[3]!);
    return { memory, length: 16 };
  }
  for (let i = 0; i < 4; i++) view.setUint32(8 + 4 * i, words[i]!);
  return { memory, length: SOCKADDR_BYTES };
}

/** The port in a sockaddr_in or sockaddr_in6. */
export function portOf(sockaddr: Uint8Array): number {
  return (sockaddr[2]! << 8) | sockaddr[3]!;
}
