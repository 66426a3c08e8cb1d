import { randomBytes } from 'node:crypto';
import { parseAddress } from '../../flow/index.ts';
import { bytes, u16, u32, viewOf } from '../frames.testing.ts';
import { dissectLink, type Esp, LINK_TYPE, newPacketFields, type PacketFields } from '../index.ts';

/** The addresses of ipv4() in frames.testing.ts. */
const SRC = parseAddress('192.0.2.1')![3];
const DST = parseAddress('198.51.100.2')![3];

/** Padding and trailer behind a payload, to a multiple of `align` bytes (RFC 4303 section 2.4). */
export function withTrailer(payload: ArrayLike<number>, next: number, align = 4): Uint8Array<ArrayBuffer> {
  const padding = -(payload.length + 2) & (align - 1);
  return bytes(
    payload,
    Array.from({ length: padding }, (_, i) => i + 1),
    padding,
    next,
  );
}

/** ESP with NULL encryption: a check value of `check` bytes at random, a vector of `vector` bytes. */
export function nullEsp(
  payload: ArrayLike<number>,
  next: number,
  { spi = 0x1000, check = 12, vector = 0, align = 4 } = {},
): Uint8Array<ArrayBuffer> {
  return bytes(u32(spi), u32(1), randomBytes(vector), withTrailer(payload, next, align), randomBytes(check));
}

/** The transport header with its checksum, as between the addresses of ipv4(); `at` is the offset of the checksum. */
export function checked(segment: Uint8Array, protocol: number, at: number): Uint8Array<ArrayBuffer> {
  const pseudo = protocol === 1 ? [] : bytes(u32(SRC), u32(DST), 0, protocol, u16(segment.length));
  const all = bytes(pseudo, segment, 0);
  let sum = 0;
  for (let i = 0; i + 1 < all.length; i += 2) sum += all[i]! * 256 + all[i + 1]!;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  const out = segment.slice() as Uint8Array<ArrayBuffer>;
  out.set(u16(~sum & 0xffff), at);
  return out;
}

/** The fields of one IP packet, seen into by `esp`, of which the first `captured` bytes are there. */
export function openIp(esp: Esp, packet: Uint8Array, captured = packet.length): PacketFields {
  const out = newPacketFields();
  dissectLink(viewOf(packet), 0, captured, LINK_TYPE.raw, out, { tunnels: 'inner', esp });
  return out;
}
