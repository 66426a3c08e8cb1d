import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { mrtDump } from '../label/places/mrt/mrt-dump.testing.ts';
import { storesOfEachTest } from '../query/store.testing.ts';
import { testApi } from './api.testing.ts';
import type { ExplainWith, LabelExplanation } from './label-explain.ts';
import { addressLookUp } from './places/address-look-up.ts';
import { lastPlaces, makePlaces } from './places/make-places.ts';

const T = Date.UTC(2026, 10, 22, 9, 30);
const store = storesOfEachTest();
const times = { time: T + 1_000, start: T, end: T + 1_000, received: T + 1_000, raw_bytes: 10, raw_packets: 1 };
const KEY = { src_addr: '10.0.0.1', dst_addr: '198.51.100.7', src_port: 40_000, dst_port: 443, protocol: 6 };

async function explained(
  flows: Parameters<typeof store>[0],
  flow: string,
  labels?: ExplainWith,
): Promise<{ status: number; body: unknown }> {
  const scratch = mkdtempSync(join(tmpdir(), 'weir-explain-'));
  const app = await testApi(await store(flows), scratch, labels === undefined ? {} : { labels });
  const reply = await app.inject({
    method: 'GET',
    url: `/api/v1/label/explain?flow=${encodeURIComponent(flow)}`,
    headers: { host: '127.0.0.1' },
  });
  await app.close();
  rmSync(scratch, { recursive: true });
  return { status: reply.statusCode, body: reply.json() };
}

const nameOf = (body: unknown, name: string) => (body as LabelExplanation).names.find((n) => n.name === name);

it('says that a name rests on a port, and what would be stronger', async () => {
  const flow = {
    ...times,
    ...KEY,
    application: 'tls',
    application_evidence: 'port',
    client_side: 'source',
    direction: 'out',
  };
  const { body } = await explained([flow], 'tcp 10.0.0.1:40000 > 198.51.100.7:443');
  expect((body as LabelExplanation).flow).toBe('tcp 10.0.0.1:40000 > 198.51.100.7:443 start 2026-11-22T09:30:00.000Z');
  expect(nameOf(body, 'application')).toMatchObject({ value: 'tls', evidence: 'port' });
  expect(nameOf(body, 'application')!.because).toContain('tcp port 443 is registered for tls');
  expect(nameOf(body, 'application')!.stronger).toContain('payload');
  expect(nameOf(body, 'direction')!.because).toBe(
    '10.0.0.1 is in 10.0.0.0/8 (home); 198.51.100.7 is in no home network',
  );
});

it('says that a name by the IP protocol is no guess', async () => {
  const esp = { ...times, src_addr: '10.0.0.1', dst_addr: '198.51.100.7', protocol: 50 };
  const named = { application: 'ipsec', application_evidence: 'payload' };
  const { body } = await explained([{ ...esp, ...named }], JSON.stringify({ ...esp, src_port: 0, dst_port: 0 }));
  expect(nameOf(body, 'application')!.because).toContain('IP protocol 50 is ipsec');
});

it('says of payload that was seen and is of nothing that it is not of what the port stands for', async () => {
  const flow = { ...times, ...KEY, format: 'meter', client_side: 'source' };
  const seen = await explained([{ ...flow, security: 'ok' }], JSON.stringify(KEY));
  expect(nameOf(seen.body, 'application')).toMatchObject({ value: null, evidence: 'none' });
  expect(nameOf(seen.body, 'application')!.because).toContain('payload was seen and is not of tls');
  expect(nameOf(seen.body, 'application')!.stronger).not.toContain('payload');
  const unseen = await explained([{ ...flow, application: 'tls', application_evidence: 'port' }], JSON.stringify(KEY));
  expect(nameOf(unseen.body, 'application')!.stronger).toContain('which the meter did not see');
});

it('names the suffix of a service, the mapping of a process and the word of an exporter', async () => {
  const flow = {
    ...times,
    ...KEY,
    server_name: 'r1---sn.googlevideo.com',
    service: 'youtube',
    service_evidence: 'payload',
    application: 'ssh',
    application_evidence: 'process',
    process: 'sshd',
  };
  const { body } = await explained([flow], JSON.stringify(KEY));
  expect(nameOf(body, 'service')!.because).toContain('ends with googlevideo.com of youtube');
  expect(nameOf(body, 'application')!.because).toContain('process "sshd" is mapped as "sshd": ssh');
  expect(nameOf(body, 'application')!.stronger).toBeNull();
});

it('says which rule gave a name: the only one that gives it, or the first of several that holds', async () => {
  const naming = {
    rules: [
      { filter: 'dst port 9000', application: 'clickhouse', category: 'Away' },
      { filter: 'dst port 80', application: 'till', service: 'lab' },
      { filter: 'dst port 443 and not dst ip in @home # tills', application: 'till' },
      { filter: 'server_name like "%.x"', category: 'Office' },
      { filter: 'application = "tls"', category: 'Office' },
    ],
  };
  const labels = { networks: { home: ['10.0.0.0/8'], sites: {} }, naming };
  const ruled = { application_evidence: 'rule', service: 'lab', service_evidence: 'rule' };
  const flow = { ...times, ...KEY, ...ruled, application: 'till', category: 'Away' };
  const { body } = await explained([flow], JSON.stringify(KEY), labels);
  expect(nameOf(body, 'application')!.because).toBe(
    'rule 3 of label_rules ("dst port 443 and not dst ip in @home # tills") names it so: it is the first that holds',
  );
  expect(nameOf(body, 'service')!.because).toBe('rule 2 of label_rules ("dst port 80") names it so');
  expect(nameOf(body, 'category')!.because).toBe('rule 1 of label_rules ("dst port 9000") names it so');
  const other = { ...flow, application: 'http', category: 'Office' };
  const second = await explained([other], JSON.stringify(KEY), labels);
  expect(nameOf(second.body, 'application')!.because).toContain('none does today');
  // The second asks for what the rules themselves may have written over.
  expect(nameOf(second.body, 'category')!.because).toMatch(/^one of label_rules names it so: rule 4 .*, or rule 5 /);
});

it('says what stands in the configuration, and not that Weir knows it', async () => {
  const naming = {
    applications: { till: { tcp: [443], category: 'Shop' } },
    services: { intranet: { domains: ['corp.example'] } },
    processes: { tilld: { application: 'till' } },
    categories: { Shop: ['intranet'] },
  };
  const labels = { networks: { home: [], sites: {} }, naming };
  const byPort = { ...times, ...KEY, application: 'till', application_evidence: 'port', category: 'Shop' };
  const port = await explained([{ ...byPort, client_side: 'source' }], JSON.stringify(KEY), labels);
  expect(nameOf(port.body, 'application')!.because).toContain(
    'tcp port 443 stands under `applications` of the configuration for till',
  );
  expect(nameOf(port.body, 'category')!.because).toBe(
    '`applications` of the configuration puts application till there',
  );
  const named = { application_evidence: 'process', process: 'tilld', service: 'intranet', service_evidence: 'payload' };
  const flow = { ...byPort, ...named, server_name: 'a.corp.example' };
  const { body } = await explained([flow], JSON.stringify(KEY), labels);
  expect(nameOf(body, 'application')!.because).toContain('till (`processes` of the configuration)');
  expect(nameOf(body, 'service')!.because).toContain('corp.example of intranet (`services` of the configuration)');
  expect(nameOf(body, 'category')!.because).toBe('`categories` of the configuration puts service intranet there');
});

it.each([
  [{ tcp_flags: 2, client_side: 'source' }, 'the source sent a SYN, and the flow has no ACK'],
  [
    { tcp_flags: 18, format: 'meter', client_side: 'destination' },
    'the meter saw the first SYN of the connection: the destination sent it',
  ],
  [
    { owner_source: 'accept', flow_direction: 'ingress', client_side: 'source' },
    'the process of the flow was asked: its socket listened',
  ],
  [
    { owner_source: 'connect', flow_direction: 'ingress', client_side: 'destination' },
    'the process of the flow asked: its socket connected',
  ],
  [{ client_side: 'source' }, "by the ports: tcp port 443 is likelier a server's than 40000 (RFC 6335 section 6)"],
  [
    { client_side: 'destination' },
    'who metered the flow saw who began, or its exporter says so (biflowDirection, RFC 5103)',
  ],
  [
    { client_side: 'peer', application: 'bittorrent' },
    'bittorrent has no servers: both ends are peers, and it is known by more than its port',
  ],
  [
    { client_side: 'peer', application: 'tls' },
    'what it was when it came has no servers: both ends are peers; another name came later',
  ],
  [{}, 'neither flags, nor ports, nor a process tell who asked'],
])('says why the client is where it is: %o', async (more, because) => {
  const { body } = await explained([{ ...times, ...KEY, ...more }], JSON.stringify(KEY));
  expect(nameOf(body, 'client_side')!.because).toBe(because);
});

it('finds the control flow of a name that rests on state', async () => {
  const control = {
    ...times,
    ...KEY,
    start: T - 5_000,
    dst_port: 21,
    application: 'ftp',
    application_evidence: 'payload',
  };
  const data = { ...times, ...KEY, dst_port: 50_123, application: 'ftp-data', application_evidence: 'state' };
  const { body } = await explained([control, data], 'tcp 10.0.0.1:40000 > 198.51.100.7:50123');
  expect(nameOf(body, 'application')!.because).toBe(
    'another flow announced or implied it: tcp 10.0.0.1:40000 > 198.51.100.7:21 start 2026-11-22T09:29:55.000Z',
  );
});

it.each([
  { control: 'epmap', port: 135, explained: 'dce-rpc', with: '198.51.100.7' },
  { control: 'tftp', port: 69, explained: 'tftp', with: '198.51.100.7' },
  { control: 'bittorrent', port: 6881, explained: 'bittorrent', with: '203.0.113.9' },
  { control: 'sip', port: 5060, explained: 'rtp', with: '203.0.113.9' },
])(
  'finds the flow of $control that announced one of $explained',
  async ({ control, port, explained: told, with: other }) => {
    const first = { ...times, ...KEY, start: T - 5_000, dst_addr: other, dst_port: port, application: control };
    const known = { ...first, application_evidence: 'payload' };
    const flow = { ...times, ...KEY, dst_port: 50_123, application: told, application_evidence: 'state' };
    const { body } = await explained([known, flow], 'tcp 10.0.0.1:40000 > 198.51.100.7:50123');
    expect(nameOf(body, 'application')!.because).toContain(`: tcp 10.0.0.1:40000 > ${other}:${port} start`);
  },
);

it('finds the flow of which an exporter named the service of a server', async () => {
  const named = { ...times, ...KEY, start: T - 5_000, dst_port: 80, service: 'netflix', service_evidence: 'exporter' };
  const flow = { ...times, ...KEY, service: 'netflix', service_evidence: 'name', client_side: 'source' };
  const { body } = await explained([named, flow], 'tcp 10.0.0.1:40000 > 198.51.100.7:443');
  expect(nameOf(body, 'service')!.because).toContain(': tcp 10.0.0.1:40000 > 198.51.100.7:80 start');
});

it('a flow that is not stored is not found, with those of the same key', async () => {
  const { status, body } = await explained(
    [{ ...times, ...KEY }],
    'tcp 10.0.0.1:40000 > 198.51.100.7:443 start 2026-11-22T10:00:00.000Z',
  );
  expect(status).toBe(404);
  expect(JSON.stringify(body)).toContain('start 2026-11-22T09:30:00.000Z');
});

it('says which range of which source gave a system, and which entry of which list the flow is on', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-explain-places-'));
  const directory = join(folder, 'places');
  const list = { name: 'drop', path: join(folder, 'drop.prefixes'), revision: '1' };
  writeFileSync(list.path, '198.51.100.0/24\n198.51.100.4/30\n');
  const networks = { home: ['10.0.0.0/8'], sites: {} };
  const table = await makePlaces(
    { directory, files: [], bundled: true, blocklists: [list], networks, forgets: false },
    () => {},
  );
  const origin = { ...list, source: 'https://lists.example/drop', fetchedMs: T };
  const flow = {
    ...times,
    ...KEY,
    src_addr: '8.8.8.8',
    src_as: 15_169,
    src_as_source: 'bundled',
    src_country: 'FR',
    dst_as: 64_496,
    dst_as_source: 'mrt',
    blocklist: 'drop',
    blocklist_side: 'destination',
  };
  const labels = { networks, lookUps: () => addressLookUp(directory, table, [origin]) };
  const { body } = await explained([flow], 'tcp 8.8.8.8:40000 > 198.51.100.7:443', labels);
  // Where no node runs, the table that is kept says the same.
  const last = lastPlaces(directory)!;
  const atRest = addressLookUp(directory, { ...last, places: last.handle }, []);
  expect(atRest('8.8.8.8')).toEqual(labels.lookUps()('8.8.8.8'));
  expect(atRest('8.8.8.8')).toMatchObject({ asn: 15_169, asName: 'Google LLC' });
  rmSync(folder, { recursive: true });
  expect(nameOf(body, 'src_as')!.because).toMatch(
    /^the data that comes with Weir has the address: AS15169 \(Google LLC\) by 8\.8\.8\.0\/24 of @ip-location-db\/asn \S+, \S+ \S+ of \d{4}-\d\d-\d\d$/,
  );
  expect(nameOf(body, 'src_country')!.because).toMatch(/; today it is US by \d.* of @ip-location-db/);
  // An address of documentation (RFC 5737): nobody has it today.
  expect(nameOf(body, 'dst_as')!.because).toBe('a table of routes (MRT) has the address');
  expect(nameOf(body, 'blocklist')!.because).toBe(
    '198.51.100.7 is in 198.51.100.4/30 of drop (https://lists.example/drop, of 2026-11-22)',
  );
});

it('finds an address of IPv4 in no prefix of IPv6', async () => {
  const networks = { home: ['::/0'], sites: { all: ['::/0'] }, subnets: { wide: ['::/8'] } };
  const { body } = await explained([{ ...times, ...KEY }], 'tcp 10.0.0.1:40000 > 198.51.100.7:443', { networks });
  expect(nameOf(body, 'src_site')!.because).toBe('10.0.0.1 is in no home network');
  expect(nameOf(body, 'src_subnet')!.because).toBe('10.0.0.1 is in no configured subnet');
});

it('says which file gave a system and a country, and of which day it is', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-explain-files-'));
  const directory = join(folder, 'places');
  const rib = join(folder, 'rib.mrt');
  const routes = [{ family: 4, address: Buffer.from([8, 8, 0, 0]), bits: 16, paths: [[[2, [3_320]]]] }] as const;
  writeFileSync(rib, mrtDump(routes, Date.UTC(2026, 9, 3) / 1_000));
  const networks = { home: [], sites: {} };
  const table = await makePlaces(
    { directory, files: [rib], bundled: false, blocklists: [], networks, forgets: false },
    () => {},
  );
  const labels = { networks, lookUps: () => addressLookUp(directory, table, []) };
  const flow = { ...times, ...KEY, src_addr: '8.8.8.8', src_as: 3_320, src_as_source: 'mrt' };
  const { body } = await explained([flow], 'tcp 8.8.8.8:40000 > 198.51.100.7:443', labels);
  const told = { ...flow, src_as: 1_299, src_as_source: 'exporter' };
  const other = await explained([told], 'tcp 8.8.8.8:40000 > 198.51.100.7:443', labels);
  rmSync(folder, { recursive: true });
  expect(nameOf(body, 'src_as')!.because).toBe(
    `a table of routes (MRT) has the address: AS3320 by 8.8.0.0/16 of ${rib} of 2026-10-03`,
  );
  expect(nameOf(other.body, 'src_as')!.because).toBe(
    `the exporter said so in the record; the data here says AS3320 by 8.8.0.0/16 of ${rib} of 2026-10-03`,
  );
});

it('says which VLAN or exporter told a site, and which prefix a subnet', async () => {
  const networks = {
    home: ['10.0.0.0/8'],
    sites: { berlin: [], lab: [] },
    exporterSites: [
      { site: 'berlin', exporters: '192.0.2.0/24', vlans: null },
      { site: 'lab', exporters: '192.0.2.1', vlans: [10, 20] as const },
    ],
    subnets: { servers: ['10.0.0.0/24'] },
  };
  const flow = { ...times, ...KEY, exporter: '192.0.2.1', vlan: 12, src_site: 'lab', src_subnet: 'servers' };
  const { body } = await explained([flow], 'tcp 10.0.0.1:40000 > 198.51.100.7:443', { networks });
  expect(nameOf(body, 'src_site')!.because).toBe(
    '10.0.0.1 is in 10.0.0.0/8 (home); vlan 12 of exporter 192.0.2.1 is of site lab',
  );
  expect(nameOf(body, 'src_subnet')).toMatchObject({ value: 'servers', because: '10.0.0.1 is in 10.0.0.0/24' });
  const other = { ...flow, vlan: 9, src_site: 'berlin' };
  const second = await explained([other], 'tcp 10.0.0.1:40000 > 198.51.100.7:443', { networks });
  expect(nameOf(second.body, 'src_site')!.because).toContain('; exporter 192.0.2.1 is of site berlin');
});
