import { AF_INET } from './socket-address.ts';

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

/** A step: an instruction, or a test that leaves its block where it fails. */
type Step =
  | readonly [code: number, value: number]
  | readonly ['must', value: number]
  | readonly ['must not', bits: number];

/**
 * The program of a socket: how many bytes are kept of each packet, none of those that are left out. As words, two for an instruction
 * (struct sock_filter). Packets begin with an Ethernet header, or with their IP header.
 */
export function captureProgram(ethernet: boolean, snapBytes: number, leftOut: readonly LeftOut[]): Uint32Array {
  const at = ethernet ? ETHERNET_BYTES : 0;
  const blocks = leftOut.map((one) => assembled([...version(one, ethernet), ...datagram(one, at), [RETURN, 0]]));
  return Uint32Array.from([...blocks, assembled([[RETURN, snapBytes]])].flat());
}

function version({ family }: LeftOut, ethernet: boolean): Step[] {
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
      ...([
        [LOAD_WORD, at + 16],
        ['must', address[3]!],
      ] satisfies Step[]),
      ...([
        [LOAD_BYTE, at + 9],
        ['must', UDP],
      ] satisfies Step[]),
      // Only the first fragment has ports.
      ...([
        [LOAD_HALF, at + 6],
        ['must not', 0x1fff],
        [X_IS_HEADER_LENGTH, at],
      ] satisfies Step[]),
      ...([
        [LOAD_HALF_FROM_X, at],
        ['must', fromPort],
      ] satisfies Step[]),
      ...([
        [LOAD_HALF_FROM_X, at + 2],
        ['must', port],
      ] satisfies Step[]),
    ];
  }
  return [
    ...[0, 1, 2, 3].flatMap((i): Step[] => [
      [LOAD_WORD, at + 24 + 4 * i],
      ['must', address[i]!],
    ]),
    ...([
      [LOAD_BYTE, at + 6],
      ['must', UDP],
    ] satisfies Step[]),
    ...([
      [LOAD_HALF, at + 40],
      ['must', fromPort],
    ] satisfies Step[]),
    ...([
      [LOAD_HALF, at + 42],
      ['must', port],
    ] satisfies Step[]),
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
