/** Dumps of routes as TABLE_DUMP_V2 (RFC 6396 section 4.3), with paths of one's choice. */

/** Segments of a path: their type (1 AS_SET, 2 AS_SEQUENCE) and their systems. */
export type Path = readonly (readonly [type: 1 | 2, asns: readonly number[]])[];

export interface Routes {
  readonly family: 4 | 6;
  /** 4 or 16 bytes; those behind `bits` are 0. */
  readonly address: Uint8Array;
  readonly bits: number;
  /** One of each neighbour that has a route. */
  readonly paths: readonly Path[];
}

const TIME_SECONDS = 1_800_000_000;
const TABLE_DUMP_V2 = 13;
const PEER_INDEX_TABLE = 1;
const RIB_UNICAST = { 4: 2, 6: 4 } as const;
const NEIGHBOURS = 8;

/** A file of these prefixes, and the table of the neighbours before them. */
export function mrtDump(routes: readonly Routes[], timeSeconds = TIME_SECONDS): Buffer {
  const dump = Buffer.concat([record(PEER_INDEX_TABLE, neighbours()), ...routes.map(ribRecord)]);
  for (let at = 0; at < dump.length; at += 12 + dump.readUInt32BE(at + 8)) dump.writeUInt32BE(timeSeconds, at);
  return dump;
}

function record(subtype: number, body: Buffer): Buffer {
  return Buffer.concat([u32(TIME_SECONDS), u16(TABLE_DUMP_V2), u16(subtype), u32(body.length), body]);
}

/** Each by its IPv4 address and a number of four bytes. */
function neighbours(): Buffer {
  const each = Array.from({ length: NEIGHBOURS }, (_, i) =>
    Buffer.from([2, 192, 0, 2, i, 192, 0, 2, i, 0, 0, 0xfd, 0xe8 + i]),
  );
  return Buffer.concat([u32(0xc0000201), u16(0), u16(NEIGHBOURS), ...each]);
}

function ribRecord({ family, address, bits, paths }: Routes, sequence: number): Buffer {
  const routes = paths.map((path, i) => {
    const body = Buffer.concat(path.map(([type, asns]) => Buffer.from([type, asns.length, ...asns.flatMap(bytesOf)])));
    // ORIGIN, then AS_PATH with a length of two bytes.
    const attributes = Buffer.concat([Buffer.from([0x40, 1, 1, 0]), Buffer.from([0x50, 2]), u16(body.length), body]);
    return Buffer.concat([u16(i % NEIGHBOURS), u32(TIME_SECONDS), u16(attributes.length), attributes]);
  });
  const prefix = address.subarray(0, Math.ceil(bits / 8));
  const body = [u32(sequence), Buffer.from([bits]), prefix, u16(routes.length), ...routes];
  return record(RIB_UNICAST[family], Buffer.concat(body));
}

const bytesOf = (asn: number): number[] => [asn >>> 24, (asn >>> 16) & 255, (asn >>> 8) & 255, asn & 255];
const u16 = (value: number): Buffer => Buffer.from([value >>> 8, value & 255]);
const u32 = (value: number): Buffer => Buffer.from(bytesOf(value));
