import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bitsOf, formatAddress, maskAddress, parseAddress, parsePrefix, wordsOf } from './address.ts';
import { FlowBatch, getBig, getWide, rowShape, setWide } from './batch.ts';
import { COLUMNS } from './columns.ts';
import { Dictionary, OVERFLOW_TEXT } from './dictionary.ts';
import { protocolName, protocolNumber } from './protocols.ts';
import { cellOf, displayNumber, jsonInteger } from './record.ts';
import { columnOf, columns, physicalColumns } from './schema.ts';
import { formatTcpFlags, parseTcpFlags } from './tcp-flags.ts';
import { TextColumns } from './text-columns.ts';

describe('the column table', () => {
  test('has permanent numbers and names that occur once', () => {
    expect(new Set(COLUMNS.map((c) => c.id)).size).toBe(COLUMNS.length);
    expect(new Set(COLUMNS.map((c) => c.name)).size).toBe(COLUMNS.length);
    expect(new Set(physicalColumns.map((p) => p.name)).size).toBe(physicalColumns.length);
  });

  test('keeps the numbers that were given: a removed column leaves its number behind', () => {
    const given = Object.fromEntries(COLUMNS.map((c) => [c.name, c.id]));
    expect(given).toMatchObject({
      start: 1,
      end: 2,
      received: 3,
      time: 4,
      src_addr: 5,
      dst_addr: 6,
      raw_bytes: 12,
      sampling: 14,
      exporter: 18,
      dst_mask: 26,
    });
  });
});

describe('addresses', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:DB8::0:1', '2001:db8::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['::', '::'],
    ['::1', '::1'],
    ['fe80::', 'fe80::'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
  ])('%s is read and shown as %s (RFC 5952)', (text, shown) => {
    expect(formatAddress(parseAddress(text)!)).toBe(shown);
  });

  test.each(['', '1.2.3', '1.2.3.256', ':::', '1::2::3', 'fe80::1%eth0', '12345::', 'example.org'])(
    '%s is none',
    (text) => {
      expect(parseAddress(text)).toBeNull();
    },
  );

  test('any four words survive text and SQL words', () => {
    const word = fc.nat(0xffff_ffff);
    fc.assert(
      fc.property(word, word, word, word, (a, b, c, d) => {
        const w = [a, b, c, d] as const;
        const { hi, lo } = bitsOf(w);
        expect(parseAddress(formatAddress(w))).toEqual(w);
        expect(wordsOf(hi, lo)).toEqual(w);
      }),
    );
  });

  test.each([
    ['10.1.2.3/8', '10.0.0.0', 104],
    ['10.1.2.3', '10.1.2.3', 128],
    ['0.0.0.0/0', '0.0.0.0', 96],
    ['2001:db8:ffff::/33', '2001:db8:8000::', 33],
    ['::/0', '::', 0],
  ])('prefix %s is %s with %i bits', (text, address, bits) => {
    const prefix = parsePrefix(text)!;
    expect([formatAddress(prefix.address), prefix.bits]).toEqual([address, bits]);
  });

  test.each(['10.0.0.0/33', '2001:db8::/129', '10.0.0.0/', '10.0.0.0/x', 'x/8', '10.0.0.0/-1'])(
    '%s is no prefix',
    (text) => {
      expect(parsePrefix(text)).toBeNull();
    },
  );

  test('a mask of all bits changes nothing', () => {
    expect(maskAddress([1, 2, 3, 4], 128)).toEqual([1, 2, 3, 4]);
  });
});

describe('protocols', () => {
  test.each([
    [0, 'hopopt'],
    [1, 'icmp'],
    [2, 'igmp'],
    [4, 'ipv4'],
    [6, 'tcp'],
    [8, 'egp'],
    [17, 'udp'],
    [27, 'rdp'],
    [33, 'dccp'],
    [41, 'ipv6'],
    [43, 'ipv6-route'],
    [44, 'ipv6-frag'],
    [46, 'rsvp'],
    [47, 'gre'],
    [50, 'esp'],
    [51, 'ah'],
    [58, 'ipv6-icmp'],
    [60, 'ipv6-opts'],
    [73, 'cphb'],
    [81, 'vmtp'],
    [88, 'eigrp'],
    [89, 'ospf'],
    [94, 'ipip'],
    [97, 'etherip'],
    [103, 'pim'],
    [108, 'ipcomp'],
    [112, 'vrrp'],
    [115, 'l2tp'],
    [124, 'isis'],
    [132, 'sctp'],
    [133, 'fc'],
    [135, 'mobility-header'],
    [136, 'udplite'],
    [137, 'mpls-in-ip'],
    [138, 'manet'],
    [139, 'hip'],
    [140, 'shim6'],
    [141, 'wesp'],
    [142, 'rohc'],
  ] as const)('%i is %s, both ways', (number, name) => {
    expect(protocolName(number)).toBe(name);
    expect(protocolNumber(name.toUpperCase())).toBe(number);
  });

  test('every name leads to one number', () => {
    for (let n = 0; n < 256; n++) {
      const name = protocolName(n);
      if (name !== String(n)) expect(protocolNumber(name)).toBe(n);
    }
    expect(protocolName(200)).toBe('200');
    expect(protocolNumber('no-such-protocol')).toBeUndefined();
  });
});

test('TCP flags by letter', () => {
  expect(parseTcpFlags('sa')).toBe(0x12);
  expect(parseTcpFlags('X')).toBe(0x3f);
  expect(parseTcpFlags('Q')).toBeNull();
  for (let flags = 0; flags < 256; flags++)
    expect(parseTcpFlags(formatTcpFlags(flags).replaceAll('.', ''))).toBe(flags);
});

describe('a dictionary', () => {
  test('gives each text one code, and the empty text 0', () => {
    const d = new Dictionary();
    expect([d.code(''), d.code('a'), d.code('b'), d.code('a')]).toEqual([0, 1, 2, 1]);
    expect([d.text(0), d.text(2), d.text(99)]).toEqual(['', 'b', '']);
  });

  test('is bounded: beyond its limit new texts share a code and are counted', () => {
    const d = new Dictionary(3);
    d.code('a');
    d.code('b');
    const shared = d.code('c');
    expect(d.text(shared)).toBe(OVERFLOW_TEXT);
    expect(d.code('d')).toBe(shared);
    expect(d.code('a')).toBe(1);
    expect(d).toMatchObject({ overflowed: 2, size: 4 });
  });
});

describe('a batch', () => {
  test('makes a column live when a row has a value for it; rows of other writers have its unknown', () => {
    const batch = new FlowBatch(8, ['src_port', 'vlan', 'icmp_type', 'sampling'], undefined, true);
    expect(batch.shape).toEqual([]);
    const ports = rowShape(['src_port', 'icmp_type']);
    const vlans = rowShape(['vlan']);
    batch.u8('icmp_type').fill(99);
    batch.u16('vlan').fill(99);
    batch.begin(ports, 0, 2);
    batch.u8('icmp_type').fill(8, 0, 2);
    batch.begin(vlans, 2, 1);
    batch.u16('vlan')[2] = 7;
    batch.begin(ports, 3, 1);
    batch.u8('icmp_type')[3] = 3;
    expect(batch.shape).toEqual(['src_port', 'vlan', 'icmp_type']);
    expect([...batch.array('vlan')!.slice(0, 4)]).toEqual([0, 0, 7, 0]);
    expect([...batch.array('icmp_type')!.slice(0, 4)]).toEqual([8, 8, 255, 3]);
    expect(batch.array('sampling')).toBeUndefined();
    const other = FlowBatch.fromHandle(batch.handle());
    expect(other.shape).toEqual(batch.shape);
    batch.clear();
    expect(other.shape).toEqual([]);
  });

  test('gets a new dictionary when the old one is nearly full, at most once a minute where flows are received', () => {
    const texts = new TextColumns();
    const batch = new FlowBatch(8, ['vrf'], undefined, true);
    const fill = () => {
      const from = texts.of('vrf').size;
      for (let i = from; !texts.of('vrf').full; i++) texts.of('vrf').code(`${Math.random()} ${i}`);
    };
    texts.begin(batch, 1_000);
    fill();
    texts.begin(batch, 2_000);
    expect(texts.of('vrf').size).toBe(1);
    fill();
    texts.begin(batch, 3_000);
    expect(texts.of('vrf').full).toBe(true);
    texts.begin(batch, 63_000);
    expect(texts.of('vrf').size).toBe(1);
    fill();
    texts.begin(batch);
    expect(texts.of('vrf').size).toBe(1);
  });

  test('shows its texts to another thread as they come', () => {
    const texts = new TextColumns();
    const batch = new FlowBatch(8, ['vrf'], undefined, true);
    texts.begin(batch);
    const other = FlowBatch.fromHandle(batch.handle());
    const code = texts.of('vrf').code('red');
    expect(other.textsOf('vrf')[code]).toBe('red');
    const next = texts.of('vrf').code('blue');
    expect(other.textsOf('vrf')[next]).toBe('blue');
  });

  test('is the same memory in another thread', () => {
    const batch = new FlowBatch(10, ['src_port', 'raw_bytes', 'src_addr']);
    batch.u16('src_port')[3] = 443;
    setWide(batch.u32('raw_bytes'), 3, 2 ** 40 + 5);
    batch.rows = 4;
    const other = FlowBatch.fromHandle(batch.handle());
    expect(other.u16('src_port')[3]).toBe(443);
    expect(getWide(other.u32('raw_bytes'), 3)).toBe(2 ** 40 + 5);
    expect(getBig(other.u32('raw_bytes'), 3)).toBe(2n ** 40n + 5n);
    other.u16('src_port')[3] = 80;
    expect(batch.u16('src_port')[3]).toBe(80);
  });

  test('outside its shape every value is unknown, and costs no memory', () => {
    const batch = new FlowBatch(8, ['src_port']);
    batch.rows = 1;
    expect(batch.memory.byteLength - new FlowBatch(8, []).memory.byteLength).toBe(16);
    expect(batch.array('dst_port')).toBeUndefined();
    for (const name of ['src_addr', 'icmp_type', 'src_as', 'next_hop'])
      expect(cellOf(batch, columnOf(name), 0)).toBeNull();
  });

  test('shows values as JSON does', () => {
    const batch = new FlowBatch(
      1,
      columns.map((c) => c.name),
    );
    batch.rows = 1;
    batch.u8('icmp_type')[0] = 255;
    batch.u8('sampling_origin')[0] = 4;
    batch.u32('raw_bytes').fill(0xffff_ffff, 0, 2);
    batch.u32('src_lo').set([0xc0000201, 0xffff]);
    const shown = (name: string) => cellOf(batch, columnOf(name), 0);
    expect(shown('icmp_type')).toBeNull();
    expect(shown('sampling_origin')).toBe('record');
    expect(shown('raw_bytes')).toBe('18446744073709551615');
    expect(shown('src_addr')).toBe('192.0.2.1');
    expect(shown('src_port')).toBe(0);
    expect(jsonInteger(2n ** 53n)).toBe('9007199254740992');
    expect(displayNumber(columnOf('protocol'), 6)).toBe('tcp');
    expect(displayNumber(columnOf('tcp_flags'), 0x12)).toBe('...A..S.');
  });
});

test('the file of the table is the only one that names every column', () => {
  // A second list of columns would have to be kept in step by hand.
  const text = readFileSync(new URL('./schema.ts', import.meta.url), 'utf8');
  for (const name of ['src_port', 'tcp_flags', 'next_hop', 'sampling']) expect(text).not.toContain(`'${name}'`);
});
