/** A dump of routes of the size of the whole Internet, made by chance: TABLE_DUMP_V2 (RFC 6396 section 4.3). */
import { closeSync, openSync, writeSync } from 'node:fs';

const NEIGHBOURS = 5;
const HOPS = 4;
const SYSTEMS = 85_000;
/** Written at a time; a record is shorter than the rest of the buffer. */
const BLOCK = 4 << 20;
const MOST_RECORD = 65_536;
const TIME_SECONDS = 1_800_000_000;

/** Writes so many prefixes of each family, most of them /24 and /48 as announced ones are, each with a path of every neighbour. Gives the bytes of the file. */
export function writeMrtDump(path, { ipv4, ipv6, random }) {
  const file = openSync(path, 'w');
  const block = Buffer.alloc(BLOCK + MOST_RECORD);
  let at = 0;
  let bytes = 0;
  const flush = () => {
    writeSync(file, block, 0, at);
    bytes += at;
    at = 0;
  };
  const u8 = (value) => {
    at = block.writeUInt8(value, at);
  };
  const u16 = (value) => {
    at = block.writeUInt16BE(value, at);
  };
  const u32 = (value) => {
    at = block.writeUInt32BE(value, at);
  };
  const record = (subtype, body) => {
    u32(TIME_SECONDS);
    u16(13);
    u16(subtype);
    const length = at;
    u32(0);
    body();
    block.writeUInt32BE(at - length - 4, length);
    if (at >= BLOCK) flush();
  };
  const route = (subtype, sequence, bits, words) =>
    record(subtype, () => {
      u32(sequence);
      u8(bits);
      for (let bit = 0; bit < bits; bit += 8) u8((words[bit >> 5] >>> (24 - (bit & 31))) & 255);
      u16(NEIGHBOURS);
      const origin = 1 + (random() % SYSTEMS);
      for (let neighbour = 0; neighbour < NEIGHBOURS; neighbour++) {
        u16(neighbour);
        u32(TIME_SECONDS);
        // AS_PATH: one AS_SEQUENCE.
        u16(3 + 2 + 4 * HOPS);
        u8(0x40);
        u8(2);
        u8(2 + 4 * HOPS);
        u8(2);
        u8(HOPS);
        for (let hop = 1; hop < HOPS; hop++) u32(1 + (random() % SYSTEMS));
        u32(origin);
      }
    });
  record(1, () => {
    u32(0xc0000201);
    u16(0);
    u16(NEIGHBOURS);
    for (let neighbour = 0; neighbour < NEIGHBOURS; neighbour++) {
      u8(2);
      for (const value of [0xc0000210 + neighbour, 0xc0000210 + neighbour, 64_500 + neighbour]) u32(value);
    }
  });
  // Between 1.0.0.0 and 224.0.0.0, and in 2000::/4: spread evenly, so that prefixes ascend as in a dump.
  const step4 = Math.floor((0xe000_0000 - 0x0100_0000) / ipv4);
  for (let i = 0; i < ipv4; i++) {
    const bits = random() % 10 < 6 ? 24 : 19 + (random() % 5);
    route(2, i, bits, [(((0x0100_0000 + i * step4) >>> (32 - bits)) << (32 - bits)) >>> 0]);
  }
  const step6 = Math.floor(0x1000_0000 / ipv6);
  for (let i = 0; i < ipv6; i++) {
    const bits = random() % 2 === 0 ? 48 : 32 + (random() % 16);
    const below = bits === 32 ? 0 : ((random() >>> (64 - bits)) << (64 - bits)) >>> 0;
    route(4, i, bits, [0x2000_0000 + i * step6, below]);
  }
  flush();
  closeSync(file);
  return bytes;
}
