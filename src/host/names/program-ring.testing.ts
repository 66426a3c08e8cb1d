/** Records of begun programs as the kernel's ring has them. */
export function programRing(...starts: [pid: number, path: string, atMs?: number][]) {
  const records = starts.map(([pid, path, atMs = 1_000]) => {
    const record = Buffer.alloc(12 + Buffer.byteLength(path) + 1);
    record.writeBigUInt64LE(BigInt(atMs) * 1_000_000n, 0);
    record.writeUInt32LE(pid, 8);
    record.write(path, 12);
    return record;
  });
  const bytes = Buffer.concat(records);
  return {
    view: new DataView(bytes.buffer, bytes.byteOffset),
    read: (each: (at: number, length: number) => void) => {
      let at = 0;
      for (const { length } of records) {
        each(at, length);
        at += length;
      }
    },
  };
}
