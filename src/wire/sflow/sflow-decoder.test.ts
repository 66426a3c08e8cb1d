import { describe, expect, it } from 'vitest';
import { SAMPLING_ORIGIN } from '../flow-context.ts';
import {
  address,
  Bench,
  datagram,
  discarded,
  ethernet,
  expandedSample,
  fixed,
  flowSample,
  ip,
  ipv4,
  NOW,
  opaque,
  rawHeader,
  string,
  structure,
  tcp,
  udp,
  words,
  type Xdr,
} from './sflow.testing.ts';

const WEB = rawHeader(ethernet(0x0800, ipv4(6, tcp(443, 50_000))), { length: 64, stripped: 4 });

/** The row of one flow sample with these records. */
function rowOf(records: readonly Xdr[], settings: Partial<Bench['context']['settings']> = {}) {
  const b = new Bench();
  b.context.settings = { ...b.context.settings, ...settings };
  const result = b.read(datagram([flowSample(records)]));
  expect(result).toMatchObject({ records: 1, rows: 1, problem: null });
  return b.row(0);
}

describe('a flow sample', () => {
  it('is one row: one packet, its IP octets, the agent and its rate', () => {
    expect(rowOf([WEB])).toEqual({
      start: NOW,
      end: NOW,
      received: NOW,
      time: NOW,
      src_addr: '198.51.100.1',
      dst_addr: '203.0.113.2',
      src_port: 443,
      dst_port: 50_000,
      protocol: 6,
      raw_bytes: 40,
      raw_packets: 1,
      sampling: 100,
      sampling_origin: 'record',
      tcp_flags: 0x18,
      tos: 16,
      ttl: 61,
      exporter: '192.0.2.1',
      agent_address: '192.0.2.1',
      domain: 7,
      in_if: 3,
      out_if: 4,
      flow_direction: 'ingress',
      src_mac: '02:00:00:00:00:0a',
      dst_mac: '02:00:00:00:00:0b',
      format: 'sflow',
      byte_layer: 'ip',
    });
  });

  it('expanded, says the same', () => {
    const [a, b] = [new Bench(), new Bench()];
    a.read(datagram([flowSample([WEB])]));
    b.read(datagram([expandedSample([WEB])]));
    expect(b.row(0)).toEqual(a.row(0));
    b.read(datagram([expandedSample([WEB], { source: 0x4b00_0800, input: 9, output: 0x4b00_0800 })]));
    expect(b.row(1)).toMatchObject({ out_if: 0x4b00_0800, flow_direction: 'egress' });
  });

  it.each([
    ['an index', 0, 5, { out_if: 5 }],
    ['discarded by an access list', 1, 258, { forwarding: 130 }],
    ['discarded for a reason that RFC 7270 has no word for', 1, 263, { forwarding: 128 }],
    ['discarded as unreachable', 1, 1, { forwarding: 131 }],
    ['several at once', 2, 7, {}],
    ['the device itself', 0, 0x3fff_ffff, {}],
  ])('its output is %s', (_, outputFormat, output, expected) => {
    const b = new Bench();
    b.read(datagram([flowSample([WEB], { outputFormat, output }), expandedSample([WEB], { outputFormat, output })]));
    for (const row of [0, 1]) {
      const { out_if, forwarding } = b.row(row);
      expect({ out_if, forwarding }).toEqual({ out_if: undefined, forwarding: undefined, ...expected });
    }
  });

  it.each([
    ['an index of 32 bits', 0x4b00_0800, 0x4b00_0800],
    ['the device itself', 0x3fff_ffff, undefined],
    ['not known', 0, undefined],
  ])('its input is %s', (_, input, expected) => {
    const b = new Bench();
    b.read(datagram([flowSample([WEB], { input }), expandedSample([WEB], { input })]));
    expect([b.row(0).in_if, b.row(1).in_if]).toEqual([expected, expected]);
  });

  it('an IPv6 agent and IPv6 packets', () => {
    const header = [...words(0x6be1_2345, (8 << 16) | (17 << 8) | 64), ...ip('2001:db8::1'), ...ip('2001:db8::2')];
    const b = new Bench();
    b.read(
      datagram([flowSample([rawHeader([...header, ...udp(53, 4_000)], { protocol: 12 })])], { agent: '2001:db8::a' }),
    );
    expect(b.row(0)).toMatchObject({
      src_addr: '2001:db8::1',
      dst_addr: '2001:db8::2',
      src_port: 53,
      raw_bytes: 48,
      flow_label: 0x12345,
      tos: 0xbe,
      agent_address: '2001:db8::a',
      byte_layer: 'ip',
    });
  });

  it('octets of a frame without IP are those of the frame less what the agent took off it', () => {
    const arp = rawHeader(ethernet(0x0806, fixed(new Array<number>(28).fill(1))), { length: 64, stripped: 4 });
    const row = rowOf([arp]);
    expect(row).toMatchObject({ protocol: 0, raw_packets: 1, raw_bytes: 60, byte_layer: 'frame' });
    expect(row).toMatchObject({ src_mac: '02:00:00:00:00:0a' });
    expect(row).not.toHaveProperty('src_addr');
  });

  it('where the IP header has no length, the frame has it', () => {
    const offloaded = ethernet(0x0800, ipv4(6, tcp(1, 2), '198.51.100.1', '203.0.113.2', 0));
    expect(rowOf([rawHeader(offloaded, { length: 9_014 })])).toMatchObject({ raw_bytes: 9_000, byte_layer: 'ip' });
  });

  it.each([
    ['an unknown protocol of the header', 4, 'frame', 40],
    ['PPP', 7, 'ip', 40],
    ['PPP over SONET', 14, 'ip', 40],
  ])('%s', (_, protocol, layer, bytes) => {
    const frame = [0xff, 0x03, 0x00, 0x21, ...ipv4(6, tcp(443, 50_000))];
    const row = rowOf([rawHeader(frame, { protocol, length: 40 })]);
    expect(row).toMatchObject({ byte_layer: layer, raw_bytes: bytes });
  });

  it('a bare label stack, and labels of a record', () => {
    const stack = [...words(0x0012_3000, 0x0045_6100), ...ipv4(17, udp(53, 53))];
    expect(rowOf([rawHeader(stack, { protocol: 13 })])).toMatchObject({
      mpls_label: 0x123,
      mpls_label2: 0x456,
      src_port: 53,
    });
    const record = structure(1006, [...address('192.0.2.9'), ...words(1, 0x0002_a1ff, 0)]);
    expect(rowOf([record, WEB])).toMatchObject({ mpls_label: 42 });
    expect(rowOf([record, WEB])).not.toHaveProperty('next_hop');
  });

  it('decoded headers stand in for the bytes of one', () => {
    const v4 = structure(3, [...words(1_400, 6), ...ip('10.0.0.1'), ...ip('10.0.0.2'), ...words(80, 1_024, 2, 8)]);
    const mac = structure(2, [...words(1_418), 2, 0, 0, 0, 0, 1, 0, 0, 2, 0, 0, 0, 0, 2, 0, 0, ...words(0x0800)]);
    expect(rowOf([mac, v4])).toMatchObject({
      src_addr: '10.0.0.1',
      src_port: 80,
      dst_port: 1_024,
      tcp_flags: 2,
      tos: 8,
      raw_bytes: 1_400,
      byte_layer: 'ip',
      src_mac: '02:00:00:00:00:01',
      dst_mac: '02:00:00:00:00:02',
    });
    expect(rowOf([mac])).toMatchObject({ raw_bytes: 1_418, byte_layer: 'frame', protocol: 0 });
    const v6 = structure(4, [...words(60, 58), ...ip('2001:db8::1'), ...ip('2001:db8::2'), ...words(1, 2, 0, 4)]);
    expect(rowOf([v6])).toMatchObject({ protocol: 58, src_port: 0, tos: 4, src_addr: '2001:db8::1' });
    // Of both, the bytes say more.
    expect(rowOf([v4, WEB, mac])).toMatchObject({ src_port: 443, ttl: 61, src_mac: '02:00:00:00:00:0a' });
  });

  it('what a switch, a router and a gateway say', () => {
    const row = rowOf([
      structure(1001, words(10, 0, 20, 0)),
      structure(1002, [...address('192.0.2.7'), ...words(24, 16)]),
      structure(1003, [
        ...address('2001:db8::b'),
        ...words(64_500, 64_501, 64_502, 2, 2, 2, 64_510, 64_511, 1, 2, 64_520, 4_200_000_000),
        ...words(1, 77, 100),
      ]),
      WEB,
    ]);
    expect(row).toMatchObject({
      vlan: 10,
      out_vlan: 20,
      next_hop: '192.0.2.7',
      src_mask: 24,
      dst_mask: 16,
      bgp_next_hop: '2001:db8::b',
      src_as: 64_501,
      src_peer_as: 64_502,
      dst_peer_as: 64_510,
      dst_as: 4_200_000_000,
      as_path: '64510 64511 {64520 4200000000}',
    });
  });

  it('a path longer than a text may be is cut at a whole number', () => {
    const path = Array.from({ length: 100 }, (_, i) => 64_000 + i);
    const row = rowOf([structure(1003, [...address(null), ...words(1, 2, 3, 1, 2, 100, ...path, 0, 0)]), WEB]);
    expect(row.as_path).toMatch(/^64000 64001 [\d ]+ \.\.\.$/);
    expect(row.dst_as).toBe(64_099);
  });

  it('tags in the frame, taken off it, and told beside it', () => {
    const inner = ipv4(17, udp(1, 2));
    const two = rawHeader(ethernet(0x88a8, [0, 100, 0x81, 0, 0, 7, 8, 0, ...inner]));
    expect(rowOf([two])).toMatchObject({ vlan: 100, inner_vlan: 7 });
    const one = rawHeader(ethernet(0x8100, [0, 7, 8, 0, ...inner]));
    expect(rowOf([structure(1012, words(1, 0x88a8_0064)), one])).toMatchObject({ vlan: 100, inner_vlan: 7 });
    expect(
      rowOf([structure(1034, words(2, 0x88a8_0064, 0x8100_0009)), structure(1035, words(1, 0x8100_000b)), WEB]),
    ).toMatchObject({ vlan: 100, inner_vlan: 9, out_vlan: 11 });
    // 0 and values beyond 4094 are no VLAN.
    expect(rowOf([structure(1001, words(0xffff_ffff, 0, 0, 0)), one])).toMatchObject({ vlan: 7 });
  });

  it('translated addresses and ports, users, hosts', () => {
    const row = rowOf([
      structure(1007, [...address('10.1.1.1'), ...address('10.2.2.2')]),
      structure(1020, words(1_111, 2_222)),
      structure(1004, [...words(106), ...string('alice'), ...words(106), ...string('bob')]),
      structure(1005, [...words(2), ...string('/index.html'), ...string('www.example.net:8080')]),
      WEB,
    ]);
    expect(row).toMatchObject({
      src_nat_addr: '10.1.1.1',
      dst_nat_addr: '10.2.2.2',
      src_nat_port: 1_111,
      dst_nat_port: 2_222,
      user: 'alice',
      server_name: 'www.example.net',
    });
    expect(rowOf([structure(1004, [...words(0, 0, 106), ...string('bob')]), WEB])).toMatchObject({ user: 'bob' });
  });

  it('tunnels: the outer packet, or the innermost with the tunnel that it was in', () => {
    const inner = ethernet(0x0800, ipv4(6, tcp(443, 50_000), '10.0.0.1', '10.0.0.2'));
    const vxlan = [...words(0x0800_0000, 5_000 << 8), ...inner];
    const frame = rawHeader(ethernet(0x0800, ipv4(17, udp(9_999, 4_789, vxlan), '192.0.2.1', '192.0.2.2')));
    const outer = rowOf([frame]);
    expect(outer).toMatchObject({ src_addr: '192.0.2.1', dst_port: 4_789, raw_bytes: 90 });
    expect(outer).not.toHaveProperty('tunnel');
    const row = rowOf([frame], { tunnels: 'inner' });
    expect(row).toMatchObject({ src_addr: '10.0.0.1', dst_port: 50_000, raw_bytes: 40 });
    expect(row.tunnel).toBe('vxlan 192.0.2.1 > 192.0.2.2 id 5000');
  });

  it('tunnels that the agent took the packet out of, rather than those that it puts it into', () => {
    const header = (src: string, dst: string, port: number) => [
      ...words(150, 17),
      ...ip(src),
      ...ip(dst),
      ...words(9_999, port, 0, 0),
    ];
    const egress = structure(1023, header('192.0.2.1', '192.0.2.2', 4_789));
    const ingress = structure(1024, header('192.0.2.3', '192.0.2.4', 6_081));
    expect(rowOf([egress, structure(1029, words(8)), WEB]).tunnel).toBe('vxlan 192.0.2.1 > 192.0.2.2 id 8');
    expect(rowOf([egress, structure(1030, words(9)), ingress, WEB]).tunnel).toBe('geneve 192.0.2.3 > 192.0.2.4 id 9');
    expect(rowOf([structure(1030, words(9)), WEB]).tunnel).toBe('tunnel id 9');
    const v6 = [...words(150, 47), ...ip('2001:db8::1'), ...ip('2001:db8::2'), ...words(0, 0, 0, 0)];
    expect(rowOf([structure(1026, v6), WEB]).tunnel).toBe('gre 2001:db8::1 > 2001:db8::2');
  });

  it('an application’s report in a flow sample is no packet', () => {
    const b = new Bench();
    const result = b.read(datagram([flowSample([structure(2_202, words(1, 2, 3))]), flowSample([WEB])]));
    expect(result).toMatchObject({ records: 2, rows: 1, withoutPacket: 1, unreadable: 0, problem: null });
  });
});

describe('a discarded packet', () => {
  it('is a row with a reason, told and not sampled, also where nothing more is known of it', () => {
    const b = new Bench();
    b.context.settings = { ...b.context.settings, sampling: { rate: 50, mode: 'override' } };
    const result = b.read(datagram([discarded([WEB], 257), discarded([structure(1036, words(42))], 256)]));
    expect(result).toMatchObject({ records: 2, rows: 2, sampledRows: 0 });
    expect(b.row(0)).toMatchObject({
      forwarding: 137,
      sampling: 1,
      sampling_origin: 'default',
      src_port: 443,
      in_if: 3,
    });
    expect(b.row(1)).toMatchObject({ forwarding: 128, raw_packets: 1, raw_bytes: 0, protocol: 0 });
    expect(b.row(1)).not.toHaveProperty('byte_layer');
    expect([...result.sampleClasses.slice(0, 2)]).toEqual([0x1000, 0x1000]);
  });
});

describe('sampling', () => {
  it.each([
    [400, undefined, 400, 'record'],
    [1, undefined, 1, 'record'],
    [0, undefined, 1, 'unknown'],
    [0, { rate: 64, mode: 'default' }, 64, 'configured'],
    [400, { rate: 64, mode: 'default' }, 400, 'record'],
    [400, { rate: 64, mode: 'override' }, 64, 'configured'],
  ] as const)('rate %d with %o is %d, %s', (rate, sampling, expected, origin) => {
    const b = new Bench();
    b.context.settings = { ...b.context.settings, ...(sampling && { sampling }) };
    const result = b.read(datagram([flowSample([WEB], { rate })]));
    expect(b.row(0)).toMatchObject({ sampling: expected, sampling_origin: origin });
    expect(result.sampledRows).toBe(expected > 1 ? 1 : 0);
    expect(b.context.samplingOrigin).toBe(SAMPLING_ORIGIN[origin]);
  });
});

describe('a datagram', () => {
  it('gives the sequence numbers of its samples by data source', () => {
    const b = new Bench();
    const r = b.read(
      datagram([
        flowSample([WEB], { sequence: 5, source: 3, sourceClass: 1 }),
        expandedSample([WEB], { sequence: 4_294_967_295, source: 0x4b00_0800 }),
        flowSample([], { sequence: 9 }),
      ]),
    );
    expect([...r.sampleClasses.slice(0, r.sources)]).toEqual([1, 0, 0]);
    expect([...r.sampleSources.slice(0, r.sources)]).toEqual([3, 0x4b00_0800, 3]);
    expect([...r.sampleSequences.slice(0, r.sources)]).toEqual([5, 4_294_967_295, 9]);
  });

  it('steps over samples and records of vendors and of formats that are not known', () => {
    const b = new Bench();
    const vendor = structure((4413 << 12) | 1, words(1, 2, 3));
    const result = b.read(
      datagram([vendor, structure(99, words(1)), flowSample([vendor, structure(1_037, [1, 2, 3, 4, 5]), WEB])]),
    );
    expect(result).toMatchObject({ rows: 1, problem: null });
    expect(b.row(0).src_port).toBe(443);
  });

  it('rows know only what their own sample says', () => {
    const b = new Bench();
    const rich = [
      structure(1001, words(10, 0, 20, 0)),
      structure(1002, [...address('192.0.2.7'), ...words(24, 16)]),
      structure(1003, [...address('192.0.2.8'), ...words(1, 2, 3, 1, 2, 1, 4, 0, 0)]),
      structure(1004, [...words(106), ...string('alice'), ...words(106), ...string('bob')]),
      structure(1006, [...address(null), ...words(1, 0x0002_a1ff, 0)]),
      structure(1007, [...address('10.1.1.1'), ...address('10.2.2.2')]),
      structure(1030, words(9)),
      WEB,
    ];
    b.read(datagram([flowSample([WEB]), flowSample(rich, { outputFormat: 1, output: 258 }), flowSample([WEB])]));
    b.read(datagram([flowSample([WEB])]));
    expect(Object.keys(b.row(1)).length).toBeGreaterThan(Object.keys(b.row(0)).length + 12);
    expect(b.row(2)).toEqual(b.row(0));
    expect(b.row(3)).toEqual(b.row(0));
  });

  it('a batch keeps no column that no sample has a value for', () => {
    const b = new Bench();
    b.read(datagram([flowSample([WEB])]));
    expect(b.batch.shape).not.toContain('as_path');
    expect(b.batch.shape).not.toContain('source');
    b.context.sourceCode = b.texts.of('source').code('a.pcap');
    b.read(datagram([flowSample([WEB])]));
    expect([b.row(0).source, b.row(1).source]).toEqual([undefined, 'a.pcap']);
  });

  it('without rows still counts, and writes nothing', () => {
    const b = new Bench();
    const result = b.read(datagram([flowSample([WEB], { sequence: 8 })]), false);
    expect(result).toMatchObject({ records: 1, rows: 0, sources: 1 });
    expect(b.batch.shape).toEqual([]);
  });

  it('what finds no row in a full batch is counted', () => {
    const b = new Bench(2);
    const result = b.read(datagram(new Array<Xdr>(5).fill(flowSample([WEB]))));
    expect(result).toMatchObject({ records: 5, rows: 2, unwritten: 3, problem: 'too_many_records' });
  });

  it('of the smallest samples that UDP can carry, all find a row', () => {
    const b = new Bench(2_000);
    const bytes = datagram(new Array<Xdr>(1_636).fill(discarded([], 256)));
    expect(bytes.length).toBeGreaterThan(65_400);
    expect(b.read(bytes)).toMatchObject({ rows: 1_636, problem: null });
    expect(b.decoder.maxRows).toBeGreaterThanOrEqual((65_535 - 24) / 40);
  });

  it('a dictionary that gave way to a new one is asked again', () => {
    const b = new Bench();
    const tunnel = structure(1030, words(9));
    b.read(datagram([flowSample([tunnel, WEB])]));
    for (let i = 0; i < 70_000; i++) b.texts.of('tunnel').code(`tunnel ${i}`);
    b.batch.clear();
    b.texts.begin(b.batch);
    b.read(datagram([flowSample([tunnel, WEB])]));
    expect(b.row(0).tunnel).toBe('tunnel id 9');
  });
});

describe('drops', () => {
  const of = (b: Bench, drops: number, uptimeMs = 1_000_000, source = 3) =>
    b.read(datagram([flowSample([WEB], { drops, source })], { uptimeMs })).exporterDrops;

  it('are what each source’s counter rose by since it was last heard', () => {
    const b = new Bench();
    expect([of(b, 7), of(b, 9), of(b, 9), of(b, 100, 1_000_000, 4), of(b, 12)]).toEqual([0, 2, 0, 0, 3]);
  });

  it('go through 2^32, and are not counted twice when a datagram is late', () => {
    const b = new Bench();
    expect([of(b, 4_294_967_290), of(b, 4), of(b, 4_294_967_295), of(b, 5)]).toEqual([0, 10, 0, 1]);
  });

  it('of an agent that started anew begin anew', () => {
    const b = new Bench();
    expect([of(b, 3_000_000_000), of(b, 2, 1_000), of(b, 3, 2_000)]).toEqual([0, 0, 1]);
    expect(b.session.starts).toBe(1);
  });
});

describe('damage', () => {
  it('a record beyond the end of its sample: the packet before it is kept, without one the sample is not readable', () => {
    const b = new Bench();
    const over = [...words(1_001, 400), ...words(1, 2, 3, 4)];
    expect(b.read(datagram([flowSample([WEB, over]), flowSample([WEB])]))).toMatchObject({
      rows: 2,
      unreadable: 0,
      problem: 'bad_sample',
    });
    expect(b.read(datagram([flowSample([over]), flowSample([WEB])]))).toMatchObject({
      rows: 1,
      unreadable: 1,
      problem: 'bad_sample',
    });
  });

  it('a sample beyond the end of the datagram, and those that are announced behind it', () => {
    const b = new Bench();
    const whole = datagram([flowSample([WEB]), flowSample([WEB]), flowSample([WEB])]);
    const cut = whole.slice(0, whole.length - 150);
    expect(b.read(cut)).toMatchObject({ rows: 1, unreadable: 2, problem: 'truncated' });
  });

  it('bytes behind the last sample', () => {
    const b = new Bench();
    expect(b.read(Uint8Array.from([...datagram([flowSample([WEB])]), 1, 2, 3, 4]))).toMatchObject({
      rows: 1,
      problem: 'trailing_bytes',
    });
  });

  it('counts that nothing follows', () => {
    const b = new Bench();
    const endless = structure(1, words(1, 3, 100, 0, 0, 1, 2, 0xffff_ffff));
    expect(b.read(datagram([endless]))).toMatchObject({ unreadable: 1, problem: 'bad_sample' });
    const path = structure(1003, [...address(null), ...words(1, 2, 3, 0xffff_ffff, 2, 0xffff_ffff, 5)]);
    const row = b.read(datagram([flowSample([path, WEB])]));
    expect(row).toMatchObject({ rows: 1, problem: 'bad_sample' });
  });

  it('a header that is longer than its record', () => {
    const b = new Bench();
    const frame = ethernet(0x0800, ipv4(6, tcp(443, 50_000)));
    const lying = structure(1, [...words(1, 64, 4, 4_000_000_000), ...opaque(frame).slice(4)]);
    expect(b.read(datagram([flowSample([lying])]))).toMatchObject({ rows: 1, problem: null });
    expect(b.row(0)).toMatchObject({ src_port: 443, raw_bytes: 40 });
  });
});
