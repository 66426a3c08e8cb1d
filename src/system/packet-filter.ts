import { AF_INET, AF_INET6 } from './socket-address.ts';

/** Datagrams of one UDP socket to one place: what a probe sends itself is not part of what it looks at. */
export interface LeftOut {
  readonly family: number;
  /** Four words, the most significant first; IPv4 as ::ffff:a.b.c.d. */
  readonly address: Uint32Array;
  readonly port: number;
  readonly fromPort: number;
}

/** Classic BPF (Documentation/networking/filter.rst): the instructions that are needed here. */
const LOAD_BYTE = 0x30;
const LOAD_HALF = 0x28;
const LOAD_WORD = 0x20;
const LOAD_HALF_FROM_X = 0x48;
/** X becomes the length of the IPv4 header that begins there. */
const X_IS_HEADER_LENGTH = 0xb1;
const AND = 0x54;
const JUMP_IF_EQUAL = 0x15;
const JUMP_IF_ANY_BIT = 0x45;
const RETURN = 0x06;

const ETHERNET_BYTES = 14;
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
  | readonly ['must not', bits: number];

/**
 * The program of a socket: how many bytes are kept of each packet, none of those that are left out. As words, two for an instruction
 * (struct sock_filter). Packets begin with an Ethernet header, or with their IP header.
 */
export function captureProgram(ethernet: boolean, snap: Snap, leftOut: readonly LeftOut[]): Uint32Array {
  const at = ethernet ? ETHERNET_BYTES : 0;
  const blocks: Step[][] = [
    ...leftOut.map((one) => [...version(ethernet, one.family), ...datagram(one, at), [RETURN, 0] as const]),
    ...(snap.espBytes > snap.bytes ? espBlocks(ethernet, at, snap.espBytes) : []),
    [[RETURN, snap.bytes]],
  ];
  return Uint32Array.from(blocks.flatMap(assembled));
}

function espBlocks(ethernet: boolean, at: number, bytes: number): Step[][] {
  const four = version(ethernet, AF_INET);
  const six = version(ethernet, AF_INET6);
  const whole: Step = [RETURN, bytes];
  return [
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
      [LOAD_HALF, at + 40 + port],
      ['must', NAT_TRAVERSAL],
      whole,
    ]),
  ];
}

/** X becomes the length of the IP header. */
function udpOverIpv4(at: number): Step[] {
  return [
    [LOAD_BYTE, at + 9],
    ['must', UDP],
    // Only the first fragment has ports.
    [LOAD_HALF, at + 6],
    ['must not', 0x1fff],
    [X_IS_HEADER_LENGTH, at],
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

function datagram({ family, address, port, fromPort }: LeftOut, at: number): Step[] {
  if (family === AF_INET) {
    return [
      [LOAD_WORD, at + 16],
      ['must', address[3]!],
      ...udpOverIpv4(at),
      [LOAD_HALF_FROM_X, at],
      ['must', fromPort],
      [LOAD_HALF_FROM_X, at + 2],
      ['must', port],
    ];
  }
  return [
    ...[0, 1, 2, 3].flatMap((i): Step[] => [
      [LOAD_WORD, at + 24 + 4 * i],
      ['must', address[i]!],
    ]),
    [LOAD_BYTE, at + 6],
    ['must', UDP],
    [LOAD_HALF, at + 40],
    ['must', fromPort],
    [LOAD_HALF, at + 42],
    ['must', port],
  ];
}

/** Words of a block: code in the low half of the first, the jumps if true and if false above it. */
function assembled(steps: readonly Step[]): number[] {
  return steps.flatMap(([code, value], i) => {
    const toEnd = steps.length - 1 - i;
    if (code === 'must') return [JUMP_IF_EQUAL | (toEnd << 24), value];
    if (code === 'must not') return [JUMP_IF_ANY_BIT | (toEnd << 16), value];
    return [code, value];
  });
}
