import { describe, expect, test, vi } from 'vitest';
import type { Column } from '../flow/index.ts';
import { FlowBatch, parseAddress, setWide } from '../flow/index.ts';
import { filterFields, filterToPredicate, filterToSql, parseFilter, swapDirection } from './index.ts';

vi.mock('../flow/columns.ts', async (original) => {
  const { COLUMNS } = await original<{ COLUMNS: readonly Column[] }>();
  const extra: Column[] = [
    { id: 901, name: 'application', type: 'text', meaning: 'name of the application', unknown: '' },
    { id: 902, name: 'host', type: 'text', meaning: 'a column whose name is also a word of nfdump', unknown: '' },
    { id: 903, name: 'src_country', type: 'text', meaning: 'country of the source', unknown: '' },
    { id: 904, name: 'dst_country', type: 'text', meaning: 'country of the destination', unknown: '' },
    { id: 905, name: 'owner', type: 'text', meaning: 'another text', unknown: '', aliases: ['owned by'] },
    { id: 906, name: 'tint', type: 'u16', meaning: 'a new number', aliases: ['tint of'] },
    { id: 907, name: 'mark', type: 'u16', meaning: 'a number that is unknown as 7', unknown: 7 },
  ];
  return { COLUMNS: [...COLUMNS.filter((c) => !extra.some((e) => c.name === e.name)), ...extra] };
});

const sets = { servers: ['10.0.0.1', '192.168.0.0/16'], web: ['80', '443', '8000-8100'] };
const sql = (text: string) => {
  const { sql, params } = filterToSql(parseFilter(text, { sets }));
  return params.length > 0 ? `${sql} ${JSON.stringify(params)}` : sql;
};

describe('two ways to say the same', () => {
  test.each([
    ['', 'any'],
    ['# nothing but a comment', 'any'],
    ['proto tcp # and more\n and port 80', 'protocol = 6 and (src_port = 80 or dst_port = 80)'],
    ['PROTO TCP AND PORT 80', 'proto tcp and port 80'],
    ['proto 6', 'protocol tcp'],
    ['proto icmp6', 'proto ipv6-icmp'],
    ['!port 80 && any || any', '((not port 80) and any) or any'],
    ['not port 80 and any', '(not port 80) and any'],
    ['any or any and port 80', 'any or (any and port 80)'],
    ['host 10.0.0.1', 'src ip 10.0.0.1 or dst ip 10.0.0.1'],
    ['src or dst host 10.0.0.1', 'ip 10.0.0.1'],
    ['dst or src host 10.0.0.1', 'ip 10.0.0.1'],
    ['src and dst port 53', 'src_port 53 and dst_port 53'],
    ['proto udp or src and dst port 53', 'proto udp or (src_port 53 and dst_port 53)'],
    ['src && dst port 53', 'src and dst port 53'],
    ['net 10/8', 'ip in [10.0.0.0/8]'],
    ['net 172.16/12', 'ip 172.16.0.0/12'],
    ['src net 10.0.0.0 255.0.0.0', 'src_addr in 10.0.0.0/8'],
    ['src net 10.1.2.3 0.0.0.0', 'src net 0.0.0.0/0'],
    ['src net 10.1.2.3 255.255.255.255', 'src_addr = 10.1.2.3'],
    ['src net 10.1.2.3 / 8', 'src net 10.0.0.0/8'],
    ['src net 10.1.2.3/ 8', 'src net 10.1.2.3 /8'],
    ['src ip in [10.0.0.0/9 10.128.0.0-10.255.255.255]', 'src net 10/8'],
    ['src ip in [10.0.0.0/8, 10.0.0.1]', 'src net 10/8'],
    ['src ip in [2001:db8::/33 2001:db8:8000::/33]', 'src net 2001:db8::/32'],
    ['src ip in [:: ::2]', 'src_addr in [::2, ::]'],
    ['src ip != 10.0.0.1', 'not src ip 10.0.0.1'],
    ['port 0x50', 'port = 80'],
    ['port 1k', 'port 1000'],
    ['port > 65535', 'src_port > 65535 or dst_port > 65535'],
    ['port 1000-2000', 'port in [1000-2000]'],
    ['port in [80 81 82]', 'port 80-82'],
    ['src port >= 1000 ', 'src_port 1000-65535'],
    ['src port lt 1000', 'src_port in 0-999'],
    ['src port ge 1000', 'src_port >= 1000'],
    ['src port gt 1000', 'src_port > 1000'],
    ['src port le 1000', 'src_port <= 1000'],
    ['src port eq 80', 'src port == 80'],
    ['port != 80', 'not (src_port = 80 or dst_port = 80)'],
    ['port in @web', 'port in [80 443 8000-8100]'],
    ['port in [@web 22]', 'port in [22, 80, 443, 8000-8100]'],
    ['src ip in @servers', 'src_addr in [10.0.0.1, 192.168.0.0/16]'],
    ['if 3', 'in_if = 3 or out_if = 3'],
    ['in if 3', 'in_if 3'],
    ['out if 3', 'out_if 3'],
    ['as 64500', 'src as 64500 or dst as 64500'],
    ['as AS64500', 'as 64500'],
    ['src_as = as64500 or dst as in [AS64500 AS64501]', 'src_as 64500 or dst_as in 64500-64501'],
    ['exporter_src_as AS64512', 'exporter_src_as 64512'],
    ['mask > 24', 'src_mask > 24 or dst_mask > 24'],
    ['src tos 184', 'tos = 0xb8'],
    ['next ip 10.0.0.1', 'next_hop = 10.0.0.1'],
    ['router ip 10.0.0.1', 'exporter = 10.0.0.1'],
    ['in bytes > 1k', 'bytes > 1000'],
    ['bytes > 1.5M', 'bytes > 1500000'],
    ['bytes > 1t', 'bytes > 1000G'],
    ['flags S and not flags AFRPU', 'flags S and not (flags AFRPU)'],
    ['not (not flags SA)', 'not (not (flags AS))'],
    ['flags X', 'flags UAPRSF'],
    ['flags 18', 'flags = SA'],
    ['flags = SA', 'proto tcp and tcp_flags = SA'],
    ['mac 00:11:22:33:44:55', 'src mac 0:11:22:33:44:55 or dst_mac = 0011.2233.4455'],
    ['in src mac 00:11:22:AA:BB:CC', 'src_mac = 00-11-22-aa-bb-cc'],
    ['in dst mac 00:11:22:33:44:55', 'dst_mac 00:11:22:33:44:55'],
    ['dst mac in [00:11:22:33:44:55 00:11:22:33:44:56]', 'dst_mac in [73588229205-73588229206]'],
    ['vlan 100', 'src vlan 100 or out_vlan 100'],
    ['dst vlan 100', 'out_vlan = 100'],
    ['mpls any 100', 'mpls label1 100 or mpls label2 100 or mpls label3 100'],
    ['nip 10.0.0.1', 'src xip 10.0.0.1 or dst_nat_addr = 10.0.0.1'],
    ['nport 80', 'src nport 80 or dst xport 80'],
    ['fwdstat 64', 'forwarding = 64'],
    ['flowdir egress', 'flow_direction = egress'],
    ['dir in', 'direction = in'],
    ['direction out or in if 3', 'direction = out or in_if = 3'],
    ['src site "berlin"', 'src_site = "berlin"'],
    ['next as 64500', 'dst_peer_as 64500'],
    ['prev as 64500', 'previous as 64500'],
    ['ingress vrf 100', 'vrf = "100"'],
    ['asa event denied', 'fw_event = denied'],
    ['source = "x"', 'source x'],
    ['icmp-type 8', 'protocol in [1 58] and icmp_type = 8'],
    ['icmp-type != 8', 'not icmp-type 8'],
    ['ipv4', 'inet'],
    ['ipv6', 'inet6'],
    ['start > 2026-01-01', 'start > 1767225600000'],
    ['start > 2026-01-01T01:00:00+01:00', 'start > "2026-01-01 00:00"'],
    ['sampling_origin RECORD', 'sampling_origin = 4'],
    ['sampling_origin in [record, options]', 'sampling_origin in 3-4'],
    ['application ssh', 'application = "ssh"'],
    ["application 'ssh'", 'application == "ssh"'],
    ['application != "ssh"', 'not application "ssh"'],
    ['application = owner', 'application == owned by'],
    ['country DE', 'src country DE or dst country DE'],
    ['src country in [DE, "FR"]', 'src_country in [FR DE]'],
    ['tint of 5', 'tint = 5'],
    ['swap (src net 10/8 and dst port 443)', 'dst net 10/8 and src port 443'],
    ['swap (in if 3 and bytes > 5)', 'out if 3 and bytes > 5'],
    ['swap (src_port < dst_port)', 'dst_port < src_port'],
    ['swap (src country DE)', 'dst country DE'],
    ['swap (direction = in)', 'direction = out'],
    ['swap (dir in [out inside])', 'direction in [in inside]'],
    ['swap (direction in [in out])', 'direction in [in out]'],
    ['swap (direction != in)', 'direction != out'],
    ['swap (direction = through)', 'direction = through'],
    ['swap (src site "berlin" and dir out)', 'dst site "berlin" and dir in'],
    ['swap (client_side = source)', 'client_side = destination'],
    ['swap (blocklist_side in [source both])', 'blocklist_side in [destination both]'],
    ['swap (exporter_src_as 64512 and src_as_source = mrt)', 'exporter_dst_as 64512 and dst_as_source = mrt'],
    ['swap (src country "DE")', 'dst country "DE"'],
    ['either (dir in)', 'dir in or dir out'],
    ['either (src port 80)', 'src port 80 or dst port 80'],
    ['EITHER (src port 80)', 'port 80'],
  ])('%s', (one, other) => expect(sql(one)).toBe(sql(other)));
});

describe('what differs', () => {
  test.each([
    ['flags SA', 'not not flags SA'],
    ['icmp-type 8', 'icmp_type 8'],
    ['flags 18', 'tcp_flags 18'],
    ['bytes > 5', 'raw_bytes > 5'],
    ['application = "owner"', 'application = owner'],
  ])('%s is not %s', (one, other) => expect(sql(one)).not.toBe(sql(other)));
});

test('a text never reaches the SQL, whatever is in it', () => {
  const hostile = `x"'); DROP TABLE flows; --`;
  const { sql, params } = filterToSql(
    parseFilter(`application = '${hostile.replace("'", "\\'")}' or owner like "%;%"`),
  );
  expect(params).toEqual([hostile, '%;%']);
  expect(sql).not.toContain('DROP');
  expect(sql.match(/\?/g)).toHaveLength(2);
});

test('a column with the name of one of nfdump’s words is asked for by quoted text', () => {
  expect(sql('host 10.0.0.1')).toBe(sql('ip 10.0.0.1'));
  expect(sql('host = "laptop"')).toContain('CAST("host" AS VARCHAR)');
  expect(sql('host in ["a" "b"]')).toContain('CAST("host" AS VARCHAR)');
  // A misspelt address must not become a question about the text column.
  expect(sql('host "laptop"')).toBe(sql('host = "laptop"'));
  expect(sql('host like "lap%"')).toContain('CAST("host" AS VARCHAR)');
  expect(() => parseFilter('host 10.0.0.300')).toThrow('is not an address');
  expect(() => parseFilter('host laptop')).toThrow(/"laptop" is not an address; .* or, in quotes, a text: /);
  expect(() => parseFilter('src mac 00:11')).toThrow('is not a MAC address');
});

test('a column of the table is a field at once, with its aliases', () => {
  const fields = filterFields();
  expect(fields.find((f) => f.name === 'owner')).toEqual({
    name: 'owner',
    type: 'text',
    meaning: 'another text',
    aliases: ['owned by'],
  });
  expect(fields.find((f) => f.name === 'src_port')?.aliases).toContain('src port');
  expect(fields.map((f) => f.name)).toEqual(
    expect.arrayContaining(['bytes', 'packets', 'bps', 'pps', 'bpp', 'duration']),
  );
  expect(fields.every((f) => f.meaning !== '')).toBe(true);
});

test('swapping twice gives the same filter', () => {
  const node = parseFilter(
    'src net 10/8 and (port > 80 or in if 3) and not src_as < dst_as and net 10.0.0.0 255.0.0.1',
  );
  expect(filterToSql(swapDirection(node))).not.toEqual(filterToSql(node));
  expect(swapDirection(swapDirection(node))).toEqual(node);
});

describe('rows', () => {
  const batch = new FlowBatch(2, [
    'src_addr',
    'dst_addr',
    'protocol',
    'tcp_flags',
    'start',
    'end',
    'raw_bytes',
    'raw_packets',
    'sampling',
    'application',
  ]);
  batch.rows = 2;
  // Row 0: TCP from 10.0.0.1 to 10.0.0.2, SYN and ACK, 1999 bytes in 3 packets at 1 in 10 over 1 s. Row 1: IPv6 UDP, no duration, no packets.
  for (const [name, words] of [
    ['src', '10.0.0.1'],
    ['dst', '10.0.0.2'],
  ] as const) {
    const w = parseAddress(words)!;
    batch.u32(`${name}_lo`).set([w[3], w[2]], 0);
    const v6 = parseAddress('2001:db8::1')!;
    batch.u32(`${name}_hi`).set([v6[1], v6[0]], 2);
    batch.u32(`${name}_lo`).set([v6[3], v6[2]], 2);
  }
  batch.u8('protocol').set([6, 17]);
  batch.u8('tcp_flags').set([0x12, 0]);
  batch.u32('sampling').set([10, 1]);
  for (const [name, values] of Object.entries({
    start: [1000, 5000],
    end: [2000, 5000],
    raw_bytes: [1999, 70],
    raw_packets: [3, 0],
  })) {
    for (const [row, value] of values.entries()) setWide(batch.u32(name), row, value);
  }
  batch.u32('application').set([1, 9]);
  batch.texts = { application: ['', 'ssh'] };

  test.each([
    ['any', [0, 1]],
    ['not any', []],
    ['bytes = 19990', [0]],
    ['raw_bytes = 1999', [0]],
    ['packets = 30', [0]],
    ['duration 1000', [0]],
    ['bps = 159920', [0]],
    ['pps = 30', [0]],
    ['bpp = 666', [0]],
    ['bps = 0 and pps = 0 and bpp = 0', [1]],
    ['ipv4', [0]],
    ['ipv6', [1]],
    ['flags S', [0]],
    ['flags SF', []],
    ['not flags SF', [1]],
    ['not flags F', [0, 1]],
    ['application = "ssh"', [0]],
    ['application = ""', [1]],
    ['application like "s_h"', [0]],
    ['application like "S%"', []],
    ['mark = 7', [0, 1]],
    ['mark = 0', []],
    ['tint = 0', [0, 1]],
    ['owner = ""', [0, 1]],
    ['exporter = ::', [0, 1]],
    ['src_addr < dst_addr', [0]],
    ['src_addr = dst_addr', [1]],
    ['flows 1', [0, 1]],
  ])('%s selects %j', (text, rows) => {
    const holds = filterToPredicate(parseFilter(text))(batch);
    expect([0, 1].filter((row) => holds(row))).toEqual(rows);
  });
});
