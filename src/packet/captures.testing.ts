import { bytes, u16, u32 } from './frames.testing.ts';
import { type CaptureFacts, openCapture } from './index.ts';

export interface Read {
  facts: CaptureFacts;
  packets: { data: string; original: number; timeMs: number; linkType: number; interfaceId: number }[];
}

/** All packets of a capture, with their bytes in hex. */
export async function readAll(source: string | AsyncIterable<Uint8Array>): Promise<Read> {
  const reader = openCapture(source);
  const packets: Read['packets'] = [];
  for await (const chunk of reader) {
    for (let i = 0; i < chunk.count; i++) {
      packets.push({
        data: Buffer.from(chunk.view.buffer, chunk.view.byteOffset + chunk.at[i]!, chunk.captured[i]!).toString('hex'),
        original: chunk.original[i]!,
        timeMs: chunk.timeMs[i]!,
        linkType: chunk.linkType[i]!,
        interfaceId: chunk.interfaceId[i]!,
      });
    }
  }
  return { facts: reader.facts, packets };
}

/** The bytes as a stream of pieces. */
export async function* streamOf(data: Uint8Array, pieceBytes = 65_536): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < data.length; at += pieceBytes) yield data.subarray(at, at + pieceBytes);
}

/** Writes numbers in one byte order. */
export interface Order {
  u16(value: number): number[];
  u32(value: number): number[];
}

export const BIG: Order = { u16, u32 };
export const LITTLE: Order = { u16: (value) => u16(value).reverse(), u32: (value) => u32(value).reverse() };

export function pcapHeader(order: Order, magic: number, linkType = 1): Uint8Array<ArrayBuffer> {
  const { u16, u32 } = order;
  return bytes(u32(magic), u16(2), u16(4), u32(0), u32(0), u32(65_535), u32(linkType));
}

export function pcapRecord(
  { u32 }: Order,
  seconds: number,
  fraction: number,
  data: ArrayLike<number>,
  original = data.length,
): Uint8Array<ArrayBuffer> {
  return bytes(u32(seconds), u32(fraction), u32(data.length), u32(original), data);
}

export function block({ u32 }: Order, type: number, body: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  const padding = new Uint8Array(-body.length & 3);
  const length = u32(12 + body.length + padding.length);
  return bytes(u32(type), length, body, padding, length);
}

export function section(order: Order): Uint8Array<ArrayBuffer> {
  const { u16, u32 } = order;
  return block(order, 0x0a0d0d0a, bytes(u32(0x1a2b3c4d), u16(1), u16(0), u32(0xffffffff), u32(0xffffffff)));
}

export function option({ u16 }: Order, code: number, value: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  return bytes(u16(code), u16(value.length), value, new Uint8Array(-value.length & 3));
}

export function interfaceBlock(
  order: Order,
  linkType: number,
  options: ArrayLike<number> = [],
  snapLength = 0,
): Uint8Array<ArrayBuffer> {
  return block(order, 1, bytes(order.u16(linkType), order.u16(0), order.u32(snapLength), options));
}

/** Enhanced packet block; the time in units of the interface. */
export function packetBlock(
  order: Order,
  id: number,
  time: number,
  data: ArrayLike<number>,
  options: ArrayLike<number> = [],
): Uint8Array<ArrayBuffer> {
  const { u32 } = order;
  const high = Math.floor(time / 2 ** 32);
  const padding = new Uint8Array(-data.length & 3);
  const lengths = bytes(u32(data.length), u32(data.length + 100));
  return block(order, 6, bytes(u32(id), u32(high), u32(time >>> 0), lengths, data, padding, options));
}
