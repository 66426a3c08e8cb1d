/** A dump of one route (RFC 6396 section 4.3.2): the prefix, with its bytes that count, from this system. */
export function dumpOf(asn: number, bits = 8, prefix: readonly number[] = [10]): Buffer {
  const path = Buffer.from([0x40, 2, 6, 2, 1, 0, 0, 0, 0]);
  path.writeUInt32BE(asn, 5);
  const body = Buffer.concat([
    Buffer.from([0, 0, 0, 1, bits, ...prefix, 0, 1, 0, 0, 0, 0, 0, 0, 0, path.length]),
    path,
  ]);
  const head = Buffer.alloc(12);
  head.writeUInt32BE(1_800_000_000, 0);
  head.writeUInt16BE(13, 4);
  head.writeUInt16BE(2, 6);
  head.writeUInt32BE(body.length, 8);
  return Buffer.concat([head, body]);
}
