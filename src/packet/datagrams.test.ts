import { describe, expect, test } from 'vitest';
import { type AddressWords, formatAddress } from '../flow/index.ts';
import { bytes, ethernet, type IPv4Header, ipv4, ipv6, tcp, u16, u32, udp, viewOf } from './frames.testing.ts';
import { DatagramReader, LINK_TYPE, type StreamEnd, type TcpStream } from './index.ts';

const IPFIX = new Set([4739]);

interface Given {
  reader: DatagramReader;
  datagrams: { data: number[]; from: string; to: string; timeMs: number }[];
  streams: Map<number, { stream: TcpStream; data: number[]; end: StreamEnd | null }>;
  add(packet: Uint8Array, timeMs?: number): void;
}

function start(): Given {
  const datagrams: Given['datagrams'] = [];
  const streams: Given['streams'] = new Map();
  const of = (stream: TcpStream) => {
    const known = streams.get(stream.id) ?? { stream, data: [], end: null };
    streams.set(stream.id, known);
    expect(known.end).toBeNull();
    return known;
  };
  const text = (words: Uint32Array) => formatAddress([...words] as unknown as AddressWords);
  const slice = (view: DataView, at: number, length: number) => [
    ...new Uint8Array(view.buffer, view.byteOffset + at, length),
  ];
  const reader = new DatagramReader(
    {
      onDatagram: (view, at, length, src, srcPort, dst, dstPort, timeMs) =>
        datagrams.push({
          data: slice(view, at, length),
          from: `${text(src)} ${srcPort}`,
          to: `${text(dst)} ${dstPort}`,
          timeMs,
        }),
      onStreamData: (stream, view, at, length) => of(stream).data.push(...slice(view, at, length)),
      onStreamEnd: (stream, end) => {
        of(stream).end = end;
      },
    },
    IPFIX,
  );
  const add = (packet: Uint8Array, timeMs = 0) => reader.add(viewOf(packet), 0, packet.length, LINK_TYPE.raw, timeMs);
  return { reader, datagrams, streams, add };
}

const PAYLOAD = Array.from({ length: 100 }, (_, i) => i);
const DATAGRAM = udp(50_000, 2055, PAYLOAD);

function fragment4(from: number, to: number, header: IPv4Header = {}): Uint8Array {
  return ipv4(17, DATAGRAM.subarray(from, to), { id: 9, offset: from, more: to < DATAGRAM.length, ...header });
}

function fragment6(from: number, to: number): Uint8Array {
  return ipv6(
    44,
    bytes(17, 0, u16(from | (to < DATAGRAM.length ? 1 : 0)), u32(0xabcdef01), DATAGRAM.subarray(from, to)),
  );
}

describe('datagrams', () => {
  test('the payload of UDP, with both ends and the time', () => {
    const { add, datagrams, reader } = start();
    add(ipv4(17, DATAGRAM), 1234.5);
    add(ipv6(17, DATAGRAM), 1235);
    add(ipv4(1, [8, 0, 0, 0]));
    expect(datagrams).toEqual([
      { data: PAYLOAD, from: '192.0.2.1 50000', to: '198.51.100.2 2055', timeMs: 1234.5 },
      { data: PAYLOAD, from: '2001:db8::1 50000', to: '2001:db8:ffff::2 2055', timeMs: 1235 },
    ]);
    expect(reader.counts).toMatchObject({ packets: 3, datagrams: 2, cutDatagrams: 0, other: 1 });
  });

  test('a datagram that the snap length has cut is given as far as it goes, and counted', () => {
    const { add, datagrams, reader } = start();
    add(ipv4(17, DATAGRAM).subarray(0, 60));
    expect(datagrams[0]!.data).toEqual(PAYLOAD.slice(0, 32));
    expect(reader.counts).toMatchObject({ datagrams: 1, cutDatagrams: 1 });
  });

  test('what is no packet is counted by its problem', () => {
    const { add, reader } = start();
    add(bytes(0x45, 0));
    const arp = ethernet(0x806, new Uint8Array(28));
    reader.add(viewOf(arp), 0, arp.length, LINK_TYPE.ethernet, 0);
    expect([...reader.counts.problems]).toEqual([0, 1, 0, 0, 0, 0, 0]);
    expect(reader.counts.other).toBe(2);
  });
});

describe('fragments', () => {
  test.each([
    ['IPv4', fragment4],
    ['IPv6', fragment6],
  ])('%s: in any order, with repeats', (_, fragment) => {
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 2, 1, 0],
      [0, 0, 2, 1],
    ]) {
      const { add, datagrams, reader } = start();
      const pieces = [fragment(0, 40), fragment(40, 80), fragment(80, 108)];
      for (const i of order) add(pieces[i]!, 7);
      expect(datagrams).toMatchObject([{ data: PAYLOAD, timeMs: 7 }]);
      expect(reader.counts).toMatchObject({ reassembled: 1, datagrams: 1, fragments: order.length });
    }
  });

  test('two datagrams whose pieces are mixed', () => {
    const { add, datagrams } = start();
    add(fragment4(0, 40));
    add(fragment4(0, 40, { id: 10 }));
    add(fragment4(40, 108, { src: '192.0.2.77' }));
    add(fragment4(40, 108, { id: 10 }));
    add(fragment4(40, 108));
    expect(datagrams.map((d) => d.data)).toEqual([PAYLOAD, PAYLOAD]);
  });

  test.each([
    ['overlap', [fragment4(0, 40), fragment4(32, 108)]],
    ['bad_length', [fragment4(0, 41), fragment4(48, 108)]],
    ['bad_length', [fragment4(80, 108), ipv4(17, new Uint8Array(64), { id: 9, offset: 160, more: true })]],
    ['bad_length', [ipv4(17, new Uint8Array(1000), { id: 9, offset: 65_000 })]],
    ['cut', [fragment4(0, 40).subarray(0, 50), fragment4(40, 108)]],
    ['timed_out', [fragment4(0, 40)]],
  ])('%s: nothing is made up, and one datagram is counted', (cause, pieces) => {
    const { add, datagrams, reader } = start();
    for (const piece of pieces) add(piece);
    reader.finish();
    expect(datagrams).toEqual([]);
    const drops = Object.entries(reader.counts.fragmentDrops).filter(([, count]) => count > 0);
    expect(drops).toEqual([[cause, 1]]);
  });

  test('what waits too long is forgotten, and the number may be used again', () => {
    const { add, datagrams, reader } = start();
    add(fragment4(0, 40), 1000);
    add(fragment4(40, 108), 32_000);
    add(fragment4(0, 40), 32_001);
    expect(datagrams).toMatchObject([{ data: PAYLOAD }]);
    expect(reader.counts.fragmentDrops.timed_out).toBe(1);
  });

  test('a flood of first fragments is bounded, and an honest datagram comes through', () => {
    const { add, datagrams, reader } = start();
    for (let id = 0; id < 20_000; id++) add(fragment4(0, 40, { id, src: '203.0.113.9' }));
    add(fragment4(40, 108));
    add(fragment4(0, 40));
    expect(datagrams).toHaveLength(1);
    expect(reader.counts.fragmentDrops.evicted).toBeGreaterThan(18_000);
  });
});

describe('TCP', () => {
  const DATA = Array.from({ length: 50 }, (_, i) => 100 + i);
  const SYN = 2;
  const FIN = 1;
  const RST = 4;
  const segment = (from: number, to: number, flags = 0x10, isn = 0xffff_fff0) =>
    ipv4(6, tcp(40_000, 4739, flags, DATA.slice(from, to), (isn + 1 + from) >>> 0));
  const syn = (isn = 0xffff_fff0) => ipv4(6, tcp(40_000, 4739, SYN, [], isn));

  test('segments out of order, repeated and overlapping, across the wrap of sequence numbers', () => {
    const { add, streams, reader } = start();
    for (const packet of [
      syn(),
      syn(),
      segment(20, 30),
      segment(0, 10),
      segment(0, 10),
      segment(5, 20),
      segment(30, 50, 0x10 | FIN),
    ])
      add(packet);
    add(segment(30, 50));
    reader.finish();
    expect([...streams.values()]).toMatchObject([
      { data: DATA, end: 'closed', stream: { fromStart: true, srcPort: 40_000, dstPort: 4739 } },
    ]);
    expect(reader.counts.tcp).toMatchObject({ streams: 1, bytes: 50, gaps: 0, repeatedBytes: 15 });
  });

  test('a hole at the end of the capture: what is behind it is another stream', () => {
    const { add, streams, reader } = start();
    for (const packet of [syn(), segment(0, 10), segment(20, 50)]) add(packet);
    reader.finish();
    expect([...streams.values()]).toMatchObject([
      { data: DATA.slice(0, 10), end: 'gap', stream: { fromStart: true } },
      { data: DATA.slice(20), end: 'end_of_capture', stream: { fromStart: false } },
    ]);
    expect(reader.counts.tcp).toMatchObject({ gaps: 1, gapBytes: 10, bytes: 40 });
  });

  test('a hole that is not filled in time is given up', () => {
    const { add, streams } = start();
    add(syn(), 0);
    add(segment(10, 20), 1000);
    add(segment(20, 30), 40_000);
    expect([...streams.values()].map((s) => s.data)).toEqual([[], DATA.slice(10, 30)]);
  });

  test('a segment that the snap length has cut leaves a gap behind it', () => {
    const { add, streams, reader } = start();
    for (const packet of [syn(), segment(0, 20).subarray(0, 50), segment(20, 50)]) add(packet);
    reader.finish();
    expect([...streams.values()].map((s) => s.data)).toEqual([DATA.slice(0, 10), DATA.slice(20)]);
    expect(reader.counts.tcp.gapBytes).toBe(10);
  });

  test('a capture that begins in the midst, a reset, and a new connection of the same ports', () => {
    const { add, streams, reader } = start();
    for (const packet of [
      segment(10, 20),
      segment(20, 20, RST),
      segment(20, 30),
      syn(5),
      segment(0, 5, 0x10, 5),
      syn(900),
    ])
      add(packet);
    reader.finish();
    expect([...streams.values()]).toMatchObject([
      { data: DATA.slice(10, 20), end: 'reset', stream: { fromStart: false } },
      { data: DATA.slice(0, 5), end: 'replaced', stream: { fromStart: true } },
      { data: [], end: 'end_of_capture' },
    ]);
  });

  test('other ports are not followed', () => {
    const { add, streams, reader } = start();
    add(ipv4(6, tcp(40_000, 80, 0x10, [1])));
    expect([streams.size, reader.counts.other]).toEqual([0, 1]);
  });

  test('endless segments behind a hole, and endless connections, are bounded', () => {
    const { add, reader, streams } = start();
    add(syn());
    for (let i = 0; i < 3000; i++) add(ipv4(6, tcp(40_000, 4739, 0x10, [1], i * 2 + 1000)));
    for (let port = 0; port < 3000; port++) add(ipv4(6, tcp(port, 4739, SYN, [], 1)));
    reader.finish();
    expect(reader.counts.tcp.evicted).toBe(3001 - 1024);
    expect(reader.counts.tcp.bytes).toBe(3000);
    expect([...streams.values()].every((s) => s.end !== null)).toBe(true);
  });
});
