/** Fields of the numbered records below: addresses, ports, protocol, counters, and times as each protocol has them. */
const SHARED: readonly [id: number, length: number][] = [
  [8, 4],
  [12, 4],
  [7, 2],
  [11, 2],
  [4, 1],
  [2, 8],
  [1, 8],
];
const UPTIME: readonly [number, number][] = [
  [22, 4],
  [21, 4],
];
const MILLISECONDS: readonly [number, number][] = [
  [152, 8],
  [153, 8],
];
const TEMPLATE = 300;
const RECORDS = 20;

/** Messages of one exporter whose data records carry numbers in their octet counter, so that each can be found again. */
export class NumberedExporter {
  private readonly version: 9 | 10;
  private readonly bootMs = Date.now() - 3_600_000;
  private readonly domain: number;
  private sequence = 0;
  private next = 1;

  constructor(version: 9 | 10, domain = 7) {
    this.version = version;
    this.domain = domain;
  }

  /** Numbers that were put in records: 1 to this. */
  get numbers(): number {
    return this.next - 1;
  }

  template(): Uint8Array {
    const fields = this.fields();
    const body = Buffer.alloc(4 + 4 + fields.length * 4);
    body.writeUInt16BE(this.version === 9 ? 0 : 2, 0);
    body.writeUInt16BE(body.length, 2);
    body.writeUInt16BE(TEMPLATE, 4);
    body.writeUInt16BE(fields.length, 6);
    fields.forEach(([id, length], i) => {
      body.writeUInt16BE(id, 8 + 4 * i);
      body.writeUInt16BE(length, 10 + 4 * i);
    });
    return this.message(body, 1, 0);
  }

  data(records = RECORDS): Uint8Array {
    const length = this.fields().reduce((n, [, l]) => n + l, 0);
    const padding = this.version === 9 ? (4 - ((4 + records * length) % 4)) % 4 : 0;
    const body = Buffer.alloc(4 + records * length + padding);
    body.writeUInt16BE(TEMPLATE, 0);
    body.writeUInt16BE(body.length, 2);
    const now = Date.now();
    for (let i = 0; i < records; i++) {
      let at = 4 + i * length;
      at = body.writeUInt32BE(0x0a000001, at);
      at = body.writeUInt32BE(0xc0a80001, at);
      at = body.writeUInt16BE(1_000, at);
      at = body.writeUInt16BE(443, at);
      at = body.writeUInt8(6, at);
      at = body.writeBigUInt64BE(1n, at);
      at = body.writeBigUInt64BE(BigInt(this.next++), at);
      if (this.version === 9) {
        at = body.writeUInt32BE((now - 1_000 - this.bootMs) >>> 0, at);
        body.writeUInt32BE((now - this.bootMs) >>> 0, at);
      } else {
        at = body.writeBigUInt64BE(BigInt(now - 1_000), at);
        body.writeBigUInt64BE(BigInt(now), at);
      }
    }
    return this.message(body, records, records);
  }

  private fields(): readonly [number, number][] {
    return [...SHARED, ...(this.version === 9 ? UPTIME : MILLISECONDS)];
  }

  private message(body: Buffer, count: number, dataRecords: number): Uint8Array {
    const head = Buffer.alloc(this.version === 9 ? 20 : 16);
    head.writeUInt16BE(this.version, 0);
    const now = Date.now();
    if (this.version === 9) {
      head.writeUInt16BE(count, 2);
      head.writeUInt32BE((now - this.bootMs) >>> 0, 4);
      head.writeUInt32BE(Math.floor(now / 1000), 8);
      head.writeUInt32BE(this.sequence, 12);
      head.writeUInt32BE(this.domain, 16);
      this.sequence += 1;
    } else {
      head.writeUInt16BE(head.length + body.length, 2);
      head.writeUInt32BE(Math.floor(now / 1000), 4);
      head.writeUInt32BE(this.sequence, 8);
      head.writeUInt32BE(this.domain, 12);
      this.sequence += dataRecords;
    }
    return Buffer.concat([head, body]);
  }
}
