import { AF_INET, AF_INET6 } from './socket-address.ts';

/** Datagrams of one UDP socket to one place: what a probe sends itself is not part of what it looks at. */
export interface LeftOut {
  readonly family: number;
  /** Four words, the most significant first; IPv4 as ::ffff:a.b.c.d. */
  readonly address: Uint32Array;
  readonly port: number;
  readonly fromPort: number;
}

/**
 * Classic BPF (Documentation/networking/filter.rst): the instructions that are needed here. A load from beyond the end of a packet ends the
 * program with 0: the packet is neither kept nor counted. So the length is looked at before anything is loaded.
 */
const LOAD_LENGTH = 0x80;
const LOAD_BYTE = 0x30;
const LOAD_HALF = 0x28;
const LOAD_WORD = 0x20;
const LOAD_HALF_FROM_X = 0x48;
/** X becomes the length of the IPv4 header that begins there. */
const X_IS_HEADER_LENGTH = 0xb1;
const AND = 0x54;
const JUMP_IF_EQUAL = 0x15;
const JUMP_IF_AT_LEAST = 0x35;
const JUMP_IF_ANY_BIT = 0x45;
const RETURN = 0x06;

const ETHERNET_BYTES = 14;
const IPV6_BYTES = 40;
/** An IPv4 header without options: its version and its length in words. */
const IPV4_PLAIN = 0x45;
const IPV4_PLAIN_BYTES = 20;
const IPV4_MOST_BYTES = 60;
const UDP_BYTES = 8;
const UDP = 17;
const ESP = 50;
/** ESP in UDP (RFC 3948). */
const NAT_TRAVERSAL = 4500;

/** How many bytes are kept of a packet. */
export interface Snap {
  readonly bytes: number;
  /** Of ESP, whose trailer is behind all that is encrypted: without its end nobody can see into it. */
  readonly espBytes: number;
}

/** A step: an instruction, or a test that leaves its block where it fails. */
type Step =
  | readonly [code: number, value: number]
  | readonly ['must', value: number]
  | readonly ['at least', value: number]
  | readonly ['less than', value: number]
  | readonly ['must not', bits: number];

/**
 * The program of a socket: how many bytes are kept of each packet, none of those that are left out. As words, two for an instruction
 * (struct sock_filter). Packets begin with an Ethernet header, or with their IP header.
 */
export function captureProgram(ethernet: boolean, snap: Snap, leftOut: readonly LeftOut[]): Uint32Array {
  const at = ethernet ? ETHERNET_BYTES : 0;
  const blocks: Step[][] = [
    ...leftOut.map((one) => [...datagram(one, ethernet, at), [RETURN, 0] as const]),
    ...(snap.espBytes > snap.bytes ? espBlocks(ethernet, at, snap) : []),
    [[RETURN, snap.bytes]],
  ];
  return Uint32Array.from(blocks.flatMap(assembled));
}

function espBlocks(ethernet: boolean, at: number, snap: Snap): Step[][] {
  const four = version(ethernet, AF_INET);
  const six = version(ethernet, AF_INET6);
  const whole: Step = [RETURN, snap.espBytes];
  // What is short is kept whole, whatever it is: behind this, all that is loaded is there.
  const long = Math.max(snap.bytes + 1, at + IPV4_MOST_BYTES + UDP_BYTES);
  return [
    [[LOAD_LENGTH, 0], ['less than', long], whole],
    [...four, [LOAD_BYTE, at + 9], ['must', ESP], whole],
    ...[0, 2].map((port): Step[] => [
      ...four,
      ...udpOverIpv4(at),
      [LOAD_HALF_FROM_X, at + port],
      ['must', NAT_TRAVERSAL],
      whole,
    ]),
    [...six, [LOAD_BYTE, at + 6], ['must', ESP], whole],
    ...[0, 2].map((port): Step[] => [
      ...six,
      [LOAD_BYTE, at + 6],
      ['must', UDP],
      [LOAD_HALF, at + IPV6_BYTES + port],
      ['must', NAT_TRAVERSAL],
      whole,
    ]),
  ];
}

/** X becomes the length of the IP header. */
function udpOverIpv4(at: number): Step[] {
  return [...firstOfUdp(at), [X_IS_HEADER_LENGTH, at]];
}

function firstOfUdp(at: number): Step[] {
  return [
    [LOAD_BYTE, at + 9],
    ['must', UDP],
    // Only the first fragment has ports.
    [LOAD_HALF, at + 6],
    ['must not', 0x1fff],
  ];
}

function version(ethernet: boolean, family: number): Step[] {
  const four = family === AF_INET;
  if (ethernet) {
    return [
      [LOAD_HALF, 12],
      ['must', four ? 0x0800 : 0x86dd],
    ];
  }
  return [
    [LOAD_BYTE, 0],
    [AND, 0xf0],
    ['must', four ? 0x40 : 0x60],
  ];
}

/** What a socket sends has an IPv4 header without options. */
function datagram({ family, address, port, fromPort }: LeftOut, ethernet: boolean, at: number): Step[] {
  const ports = at + (family === AF_INET ? IPV4_PLAIN_BYTES : IPV6_BYTES);
  const from: Step[] = [
    [LOAD_HALF, ports],
    ['must', fromPort],
    [LOAD_HALF, ports + 2],
    ['must', port],
  ];
  const long: Step[] = [[LOAD_LENGTH, 0], ['at least', ports + UDP_BYTES], ...version(ethernet, family)];
  if (family === AF_INET) {
    return [
      ...long,
      [LOAD_BYTE, at],
      ['must', IPV4_PLAIN],
      [LOAD_WORD, at + 16],
      ['must', address[3]!],
      ...firstOfUdp(at),
      ...from,
    ];
  }
  return [
    ...long,
    ...[0, 1, 2, 3].flatMap((i): Step[] => [
      [LOAD_WORD, at + 24 + 4 * i],
      ['must', address[i]!],
    ]),
    [LOAD_BYTE, at + 6],
    ['must', UDP],
    ...from,
  ];
}

/** Words of a block: code in the low half of the first, the jumps if true and if false above it. */
function assembled(steps: readonly Step[]): number[] {
  return steps.flatMap(([code, value], i) => {
    const toEnd = steps.length - 1 - i;
    if (code === 'must') return [JUMP_IF_EQUAL | (toEnd << 24), value];
    if (code === 'at least') return [JUMP_IF_AT_LEAST | (toEnd << 24), value];
    if (code === 'less than') return [JUMP_IF_AT_LEAST | (toEnd << 16), value];
    if (code === 'must not') return [JUMP_IF_ANY_BIT | (toEnd << 16), value];
    return [code, value];
  });
}
