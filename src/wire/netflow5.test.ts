import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { allColumnNames, cellOf, columnOf, FlowBatch, parseTcpFlags } from '../flow/index.ts';
import {
  applyNetflow5Sampling,
  type DecodeError,
  encodeNetflow5,
  type FlowContext,
  NETFLOW5_HEADER_BYTES,
  NETFLOW5_RECORD_BYTES,
  NETFLOW5_SHAPE,
  type Netflow5Export,
  type Netflow5Header,
  type Netflow5Record,
  Netflow5Writer,
  newFlowContext,
  newNetflow5Header,
  readNetflow5Header,
  SAMPLING_ORIGIN,
} from './index.ts';

const FIXTURES = new URL('../../../shared/fixtures/', import.meta.url);
const NOW = Date.UTC(2026, 10, 21, 12);
const HEAD: Netflow5Export = { exportMs: NOW, bootMs: NOW - 864_000_000, sequence: 7 };
const RECORD: Netflow5Record = {
  src: 0x0a000001,
  dst: 0xc0a80002,
  packets: 3,
  bytes: 180,
  startMs: NOW - 9_000,
  endMs: NOW - 2_000,
  srcPort: 50_000,
  dstPort: 443,
  protocol: 6,
};

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

interface Decoded {
  header: Netflow5Header;
  error: DecodeError | null;
  rows: Record<string, unknown>[];
  correctedClocks: number;
}

/** Decodes one datagram into a fresh batch; rows as JSON shows them. */
function decode(bytes: Uint8Array, context: Partial<FlowContext> = {}): Decoded {
  const header = newNetflow5Header();
  const error = readNetflow5Header(view(bytes), 0, bytes.length, header);
  const batch = new FlowBatch(64, allColumnNames, undefined, true);
  const writer = new Netflow5Writer(batch);
  const full = { ...newFlowContext(), receivedMs: header.exportMs, ...context };
  applyNetflow5Sampling(header, full);
  batch.rows = writer.decode(view(bytes), 0, header, 0, full);
  return { header, error, rows: rowsOf(batch), correctedClocks: writer.correctedClocks };
}

function rowsOf(batch: FlowBatch): Record<string, unknown>[] {
  return Array.from({ length: batch.rows }, (_, row) =>
    Object.fromEntries(NETFLOW5_SHAPE.map((name) => [name, cellOf(batch, columnOf(name), row)])),
  );
}

/** One record, as the only one of a datagram. */
function decodeOne(
  record: Partial<Netflow5Record>,
  head: Partial<Netflow5Export> = {},
  context: Partial<FlowContext> = {},
) {
  const { datagrams } = encodeNetflow5([{ ...RECORD, ...record }], { ...HEAD, ...head });
  const { rows, correctedClocks } = decode(datagrams[0]!, context);
  return { ...rows[0]!, correctedClocks };
}

function fixture(path: string): Uint8Array | null {
  const url = new URL(path, FIXTURES);
  if (existsSync(url)) return readFileSync(url);
  console.warn(`SKIPPED a fixture test of NetFlow v5: ${url.pathname} is absent`);
  return null;
}

describe('datagrams of real exporters', () => {
  it('telegraf: every record as its expected.out says', ({ skip }) => {
    const bytes = fixture('telegraf-netflow/netflow_v5_example/netflow_v5.bin');
    const expected = fixture('telegraf-netflow/netflow_v5_example/expected.out');
    if (!bytes || !expected) return skip();
    const { header, error, rows } = decode(bytes);
    const lines = Buffer.from(expected).toString().trim().split('\n').map(influxFields);
    expect(error).toBeNull();
    expect(rows).toHaveLength(lines.length);
    lines.forEach((line, i) => {
      const at = (uptime: string | undefined) => header.exportMs - header.uptimeMs + Number(uptime);
      expect(rows[i]).toMatchObject({
        src_addr: line.src,
        dst_addr: line.dst,
        src_port: Number(line.src_port),
        dst_port: Number(line.dst_port),
        raw_bytes: Number(line.in_bytes),
        raw_packets: Number(line.in_packets),
        start: at(line.first_switched),
        end: at(line.last_switched),
        protocol: 6,
        tcp_flags: parseTcpFlags(line.tcp_flags!.replaceAll('.', '')),
        next_hop: null,
        domain: 0x13 * 256 + 0x56,
      });
    });
  });

  it.for<[string, number, DecodeError | null]>([
    ['hex-vectors/bitkeks/PACKET_V5.bin', 3, null],
    ['hex-vectors/goflow2/netflowlegacy-TestDecodeNetFlowV5-data.bin', 6, null],
    // Six bytes follow the last record in vflow's own test.
    ['hex-vectors/vflow/v5-top-TestV5FlowPacket.bin', 29, 'trailing_bytes'],
  ])('%s: %d records', ([path, count, cause], { skip }) => {
    const bytes = fixture(path);
    if (!bytes) return skip();
    const { header, error, rows } = decode(bytes);
    expect([error, rows.length]).toEqual([cause, count]);
    for (const row of rows) {
      expect(row.raw_packets).toBeGreaterThan(0);
      expect(row.raw_bytes).toBeGreaterThanOrEqual(20 * (row.raw_packets as number));
      expect(row.start).toBeLessThanOrEqual(row.end as number);
      expect(header.exportMs - (row.end as number)).toBeLessThan(3_600_000);
    }
  });
});

function influxFields(line: string): Record<string, string> {
  const fields = line.slice(line.indexOf(' ') + 1).split(',');
  return Object.fromEntries(fields.map((f) => [f.split('=')[0]!, f.split('=')[1]!.replace(/^"|"$|u$/g, '')]));
}

describe('readNetflow5Header', () => {
  const three = encodeNetflow5([RECORD, RECORD, RECORD], HEAD).datagrams[0]!;
  const patched = (at: number, value: number) => {
    const bytes = three.slice();
    view(bytes).setUint16(at, value);
    return bytes;
  };

  it.each<[string, Uint8Array, DecodeError | null, number, number]>([
    ['a whole datagram', three, null, 3, 0],
    ['no bytes', new Uint8Array(0), 'too_short', 0, 0],
    ['one byte less than a header', three.subarray(0, 23), 'too_short', 0, 0],
    ['version 9', patched(0, 9), 'unsupported_version', 0, 0],
    ['count 0', patched(2, 0), 'bad_count', 0, 0],
    ['a count that no datagram can hold', patched(2, 1365), 'bad_count', 0, 0],
    ['the largest count', patched(2, 1364), 'truncated', 3, 1361],
    ['a header alone', three.subarray(0, 24), 'truncated', 0, 3],
    ['half a record missing', three.subarray(0, three.length - 24), 'truncated', 2, 1],
    ['a count above what is there', patched(2, 30), 'truncated', 3, 27],
    ['a count below what is there', patched(2, 2), 'trailing_bytes', 2, 0],
    ['one byte too many', Uint8Array.of(...three, 0), 'trailing_bytes', 3, 0],
  ])('%s', (_, bytes, cause, whole, missing) => {
    const header = { ...newNetflow5Header(), wholeRecords: 99, missingRecords: 99, count: 99 };
    expect(readNetflow5Header(view(bytes), 0, bytes.length, header)).toBe(cause);
    expect([header.wholeRecords, header.missingRecords]).toEqual([whole, missing]);
  });

  it('takes more than 30 records where the bytes are there', () => {
    const records = Array.from({ length: 45 }, () => RECORD);
    const parts = encodeNetflow5(records, HEAD).datagrams;
    const bytes = Uint8Array.of(...parts[0]!, ...parts[1]!.subarray(NETFLOW5_HEADER_BYTES));
    view(bytes).setUint16(2, 45);
    const { error, rows } = decode(bytes);
    expect([error, rows.length]).toEqual([null, 45]);
  });

  it('does not let excess nanoseconds move the clock', () => {
    const bytes = three.slice();
    view(bytes).setUint32(12, 0xffff_ffff);
    expect(decode(bytes).header.exportMs).toBe(NOW);
  });
});

describe('times', () => {
  it('start, end and time are the exporter’s while its clock is near ours', () => {
    expect(decodeOne({}, {}, { receivedMs: NOW + 299_000 })).toMatchObject({
      start: NOW - 9_000,
      end: NOW - 2_000,
      time: NOW - 2_000,
      received: NOW + 299_000,
      correctedClocks: 0,
    });
  });

  it.each([3_600_000, -3_600_000, 20 * 365 * 86_400_000])('a clock that is %d ms off keeps ages right', (off) => {
    expect(decodeOne({}, {}, { receivedMs: NOW + off })).toMatchObject({
      end: NOW - 2_000,
      time: NOW + off - 2_000,
      correctedClocks: 1,
    });
  });

  it('a header whose clock alone is off (nfreplay writes one an hour ahead) moves no time', () => {
    expect(decodeOne({}, { exportMs: NOW + 3_600_000 }, { receivedMs: NOW })).toMatchObject({
      end: NOW - 2_000,
      time: NOW - 2_000,
      correctedClocks: 0,
    });
  });

  it('a flow that ended more than a day ago, or in the future, happened when it was received', () => {
    const old = { startMs: NOW - 90_000_000, endMs: NOW - 86_400_001 };
    expect(decodeOne(old, {}, { receivedMs: NOW })).toMatchObject({ end: old.endMs, time: NOW, correctedClocks: 1 });
    const future = { startMs: NOW, endMs: NOW + 300_001 };
    expect(decodeOne(future, {}, { receivedMs: NOW })).toMatchObject({
      end: future.endMs,
      time: NOW,
      correctedClocks: 1,
    });
  });

  it.each([0, 1, 1_999, 5_000, 8_999, 60_000])('uptime that wrapped %d ms before the export', (since) => {
    const bootMs = NOW - 2 ** 32 - since;
    expect(decodeOne({}, { bootMs })).toMatchObject({ start: NOW - 9_000, end: NOW - 2_000, time: NOW - 2_000 });
  });

  it('a start after the end is no negative duration', () => {
    expect(decodeOne({ startMs: NOW, endMs: NOW - 2_000 })).toMatchObject({ start: NOW - 2_000, end: NOW - 2_000 });
  });

  it('an exporter that believes it is 1970 has no times below zero', () => {
    const head = { exportMs: 1_000, bootMs: 0 };
    expect(decodeOne({ startMs: -5_000, endMs: -4_000 }, head, { receivedMs: NOW })).toMatchObject({
      start: 0,
      end: 0,
    });
  });
});

describe('sampling', () => {
  it.each([
    [0, 0, 1, 'default'],
    [0, 1, 1, 'default'],
    [1, 1, 1, 'default'],
    [0, 100, 100, 'record'],
    [1, 100, 100, 'record'],
    [2, 0x3fff, 0x3fff, 'record'],
    [1, 0, 1, 'unknown'],
    [3, 0, 1, 'unknown'],
  ])('mode %d and rate %d are 1 in %d, %s', (samplingMode, samplingRate, sampling, sampling_origin) => {
    expect(decodeOne({}, { samplingMode, samplingRate })).toMatchObject({ sampling, sampling_origin });
  });

  it('the receiver’s word stands when it sets one', () => {
    const bytes = encodeNetflow5([RECORD], HEAD).datagrams[0]!;
    const header = newNetflow5Header();
    readNetflow5Header(view(bytes), 0, bytes.length, header);
    const batch = new FlowBatch(1, allColumnNames, undefined, true);
    const context = { ...newFlowContext(), sampling: 512, samplingOrigin: SAMPLING_ORIGIN.configured };
    batch.rows = new Netflow5Writer(batch).decode(view(bytes), 0, header, 0, context);
    expect(rowsOf(batch)[0]).toMatchObject({ sampling: 512, sampling_origin: 'configured' });
  });
});

describe('fields', () => {
  it.each([
    [1, 0x0800, 8, 0],
    [1, 0x0301, 3, 1],
    [58, 0x8000, 128, 0],
  ])('protocol %d has type and code in the port', (protocol, dstPort, icmp_type, icmp_code) => {
    expect(decodeOne({ protocol, dstPort, srcPort: 0 })).toMatchObject({ icmp_type, icmp_code, dst_port: 0 });
  });

  it('other protocols have neither', () => {
    expect(decodeOne({ protocol: 17 })).toMatchObject({ icmp_type: null, icmp_code: null, dst_port: 443 });
  });

  it('next hop 0.0.0.0 is not known; an address 0.0.0.0 is an address', () => {
    expect(decodeOne({ nextHop: 0, src: 0 })).toMatchObject({ next_hop: null, src_addr: '0.0.0.0' });
    expect(decodeOne({ nextHop: 0xc0000201 })).toMatchObject({ next_hop: '192.0.2.1' });
  });

  it('exporter and domain', () => {
    const exporter = Uint32Array.of(0x20010db8, 0, 0, 9);
    expect(decodeOne({}, { engineType: 2, engineId: 3 }, { exporter })).toMatchObject({
      exporter: '2001:db8::9',
      domain: 515,
    });
  });

  it('the largest values of every counter', () => {
    const most = {
      packets: 0xffff_ffff,
      bytes: 0xffff_ffff,
      inIf: 0xffff,
      outIf: 0xffff,
      srcAs: 0xffff,
      dstAs: 0xffff,
    };
    expect(decodeOne(most)).toMatchObject({
      raw_packets: 0xffff_ffff,
      raw_bytes: 0xffff_ffff,
      in_if: 0xffff,
      dst_as: 0xffff,
    });
  });
});

it('records are 48 bytes and fill datagrams of 30, with a sequence that counts records', () => {
  const { datagrams, sequence } = encodeNetflow5(
    Array.from({ length: 65 }, () => RECORD),
    { ...HEAD, sequence: 2 ** 32 - 40 },
  );
  expect(datagrams.map((d) => (d.length - NETFLOW5_HEADER_BYTES) / NETFLOW5_RECORD_BYTES)).toEqual([30, 30, 5]);
  expect(datagrams.map((d) => decode(d).header.sequence)).toEqual([2 ** 32 - 40, 2 ** 32 - 10, 20]);
  expect(sequence).toBe(25);
});
