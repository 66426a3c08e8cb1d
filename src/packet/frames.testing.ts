import { parseAddress } from '../flow/index.ts';

/** Bytes from numbers and other bytes, one after the other. */
export function bytes(...parts: (number | ArrayLike<number>)[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(parts.flatMap((part) => (typeof part === 'number' ? [part] : Array.from(part))));
}

export function u16(value: number): number[] {
  return [(value >>> 8) & 255, value & 255];
}

export function u32(value: number): number[] {
  return [...u16(value >>> 16), ...u16(value & 0xffff)];
}

export function viewOf(data: Uint8Array): DataView {
  return new DataView(data.buffer, data.byteOffset, data.byteLength);
}

export const DST_MAC = [0x02, 0, 0, 0, 0, 0x0d];
export const SRC_MAC = [0x02, 0, 0, 0, 0, 0x05];

export function ethernet(type: number, payload: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  return bytes(DST_MAC, SRC_MAC, u16(type), payload);
}

/** A tag of IEEE 802.1Q, without the type in front of it. */
export function tag(vlan: number, type: number, payload: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  return bytes(u16(vlan), u16(type), payload);
}

export function label(value: number, bottom: boolean): number[] {
  return u32(((value << 12) | (bottom ? 0x100 : 0) | 64) >>> 0);
}

export interface IPv4Header {
  src?: string;
  dst?: string;
  tos?: number;
  id?: number;
  /** In bytes. */
  offset?: number;
  more?: boolean;
  options?: number[];
  /** Total length, if another than the right one. */
  length?: number;
}

export function ipv4(protocol: number, payload: ArrayLike<number>, header: IPv4Header = {}): Uint8Array<ArrayBuffer> {
  const options = header.options ?? [];
  const pieces = (header.more ? 0x2000 : 0) | ((header.offset ?? 0) / 8);
  return bytes(
    0x45 + options.length / 4,
    header.tos ?? 0,
    u16(header.length ?? 20 + options.length + payload.length),
    u16(header.id ?? 0),
    u16(pieces),
    64,
    protocol,
    u16(0),
    u32(parseAddress(header.src ?? '192.0.2.1')![3]),
    u32(parseAddress(header.dst ?? '198.51.100.2')![3]),
    options,
    payload,
  );
}

export function ipv6(
  next: number,
  payload: ArrayLike<number>,
  header: { src?: string; dst?: string; tos?: number; flowLabel?: number; length?: number } = {},
): Uint8Array<ArrayBuffer> {
  return bytes(
    u32(((6 << 28) | ((header.tos ?? 0) << 20) | (header.flowLabel ?? 0)) >>> 0),
    u16(header.length ?? payload.length),
    next,
    63,
    parseAddress(header.src ?? '2001:db8::1')!.flatMap(u32),
    parseAddress(header.dst ?? '2001:db8:ffff::2')!.flatMap(u32),
    payload,
  );
}

export function udp(srcPort: number, dstPort: number, payload: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  return bytes(u16(srcPort), u16(dstPort), u16(8 + payload.length), u16(0), payload);
}

export function tcp(
  srcPort: number,
  dstPort: number,
  flags: number,
  payload: ArrayLike<number> = [],
  sequence = 1,
): Uint8Array<ArrayBuffer> {
  return bytes(u16(srcPort), u16(dstPort), u32(sequence), u32(0), 0x50, flags, u16(1024), u32(0), payload);
}

/** A DNS query's frame: 192.0.2.1:5353 to 198.51.100.2:53, 4 bytes of payload. */
export const DNS = ipv4(17, udp(5353, 53, [1, 2, 3, 4]));
