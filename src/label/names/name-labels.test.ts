import { expect, it } from 'vitest';
import { labelled } from '../labelled.testing.ts';
import type { NamingSettings } from '../naming-settings.ts';

const SYN = 2;
const ACK = 16;

it.each([
  [{ protocol: 6, src_port: 40_000, dst_port: 22 }, 'ssh', 'source'],
  [{ protocol: 6, src_port: 22, dst_port: 40_000 }, 'ssh', 'destination'],
  [{ protocol: 17, src_port: 53, dst_port: 5_353 }, 'dns', 'destination'],
  // A registered port is no server's where the other is a system port, and a port that systems choose for clients even less.
  [{ protocol: 6, src_port: 3_306, dst_port: 443 }, 'tls', 'source'],
  [{ protocol: 6, src_port: 50_000, dst_port: 8_080 }, 'http', 'source'],
  [{ protocol: 6, src_port: 800, dst_port: 2_049 }, 'nfs', 'source'],
  [{ protocol: 17, src_port: 123, dst_port: 123 }, 'ntp', undefined],
  // Two that are as good: no name.
  [{ protocol: 6, src_port: 22, dst_port: 443 }, undefined, undefined],
  [{ protocol: 6, src_port: 22, dst_port: 443, tcp_flags: SYN }, 'tls', 'source'],
  // Who sends both may have begun or answered.
  [{ protocol: 6, src_port: 22, dst_port: 443, tcp_flags: SYN | ACK }, undefined, undefined],
  [{ protocol: 6, src_port: 22, dst_port: 50_001, tcp_flags: SYN }, undefined, 'source'],
  [{ protocol: 6, src_port: 45_000, dst_port: 50_001 }, undefined, undefined],
  [{ protocol: 6, src_port: 45_000, dst_port: 1_001 }, undefined, 'source'],
  [{ protocol: 6, src_port: 0, dst_port: 0 }, undefined, undefined],
  [{ protocol: 253, src_port: 0, dst_port: 0 }, undefined, undefined],
])('by ports %o is %s, and %s asks', (row, application, client) => {
  const found = labelled([row])[0]!;
  expect([found.application, found.client_side]).toEqual([application, client]);
  expect(found.application_evidence).toBe(application && 'port');
});

it.each([
  [{ protocol: 1 }, 'icmp'],
  [{ protocol: 47, src_port: 0, dst_port: 0 }, 'gre'],
  [{ protocol: 50, application: '' }, 'ipsec'],
  [{ protocol: 253 }, undefined],
])('the IP protocol of %o says %s, and is no guess', (row, application) => {
  const found = labelled([row])[0]!;
  expect([found.application, found.application_evidence]).toEqual([application, application && 'payload']);
});

it('what a row says already is kept, and columns that come in the middle of a batch are not known before', () => {
  const rows = labelled([
    { protocol: 6, src_port: 40_000, dst_port: 443, application: 'ssh', application_evidence: 'payload' },
    { protocol: 6, src_port: 40_000, dst_port: 443 },
    { protocol: 6, src_port: 40_000, dst_port: 40_443 },
  ]);
  expect(rows.map((r) => [r.application, r.application_evidence])).toEqual([
    ['ssh', 'payload'],
    ['tls', 'port'],
    [undefined, undefined],
  ]);
});

const TLS = { protocol: 6, src_port: 40_000, dst_port: 443 };

it.each([
  // NBAR2, App-ID, nDPI, ports by IANA's names; what nobody knows keeps its word.
  ['secure-http', 'tls', undefined],
  ['ms-office-365', 'tls', 'office365'],
  ['youtube-base', 'tls', 'youtube'],
  ['TLS.YouTube', 'tls', 'youtube'],
  ['DNS.Google', 'dns', 'google'],
  ['SSL_No_Cert.Netflix', 'ssl_no_cert.netflix', undefined],
  ['MS RDP', 'rdp', undefined],
  ['microsoft-ds', 'smb', undefined],
  ['Our Own Thing', 'our own thing', undefined],
])('an exporter that says %s means %s, service %s', (exporter_application, application, service) => {
  const [row] = labelled([{ ...TLS, exporter_application }]);
  expect([row!.application, row!.service]).toEqual([application, service]);
  expect(row!.exporter_application).toBe(exporter_application);
  if (application !== 'tls') expect(row!.application_evidence).toBe('exporter');
});

it.each(['unknown', 'Unclassified', 'incomplete', '3:443', 'unknown-tcp'])(
  'an exporter that says %s says nothing: the port is what is known',
  (exporter_application) => {
    const [row] = labelled([{ ...TLS, exporter_application }]);
    expect([row!.application, row!.application_evidence]).toEqual(['tls', 'port']);
  },
);

it('a service is that of the longest suffix of the name of its server, never of a part of a label', () => {
  const names = ['r3---sn-4g5e6n7k.googlevideo.com', 'mail.google.com.', 'www.google.com', 'notgoogle.com', 'com'];
  const rows = labelled(names.map((server_name) => ({ ...TLS, server_name })));
  expect(rows.map((r) => r.service)).toEqual(['youtube', 'gmail', 'google', undefined, undefined]);
  expect(rows.map((r) => r.service_evidence)).toEqual(['payload', 'payload', 'payload', undefined, undefined]);
  expect(rows.map((r) => r.category)).toEqual(['Streaming', 'Email', 'Web', 'Web', 'Web']);
});

it('a name that the client was given for the address before is weaker evidence than one that the flow asks for', () => {
  const named = { ...TLS, server_name: 'www.youtube.com' };
  const rows = labelled([
    { ...named, server_name_source: 'name' },
    { ...named, server_name_source: 'payload' },
  ]);
  expect(rows.map((row) => [row.service, row.service_evidence])).toEqual([
    ['youtube', 'name'],
    ['youtube', 'payload'],
  ]);
});

it('evidence is the strongest: process before exporter before payload before port', () => {
  const payload = { application: 'http', application_evidence: 'payload' };
  const process = { executable: '/usr/bin/transmission-daemon' };
  const exporter = { exporter_application: 'ssh' };
  const port = { protocol: 6, src_port: 40_000, dst_port: 443 };
  const rows = labelled([
    { ...port, ...payload, ...exporter, ...process },
    { ...port, ...payload, ...exporter },
    { ...port, ...payload },
    port,
    // The exporter only passes on what the meter saw.
    { ...port, ...payload, exporter_application: 'http' },
  ]);
  expect(rows.map((r) => [r.application, r.application_evidence])).toEqual([
    ['bittorrent', 'process'],
    ['ssh', 'exporter'],
    ['http', 'payload'],
    ['tls', 'port'],
    ['http', 'payload'],
  ]);
});

it('a process is what it serves on what it was asked for, and what it asks on what it asked for', () => {
  const port = { protocol: 6, src_port: 2_222, dst_port: 50_001, flow_direction: 'egress' };
  const rows = labelled([
    { ...port, process: 'sshd', owner_source: 'accept' },
    // The other end of a forwarded port.
    { ...port, process: 'sshd', owner_source: 'connect' },
    { ...port, process: 'sshd', owner_source: 'diag' },
    { ...port, process: 'ssh', owner_source: 'connect' },
    { ...port, flow_direction: 'ingress', process: 'ssh', owner_source: 'connect' },
    { protocol: 17, src_port: 40_000, dst_port: 53, flow_direction: 'egress', process: 'ssh', owner_source: 'connect' },
    { ...port, process: 'firefox', owner_source: 'connect' },
    { ...port, executable: '/opt/zoom/zoom', process: 'ssh', owner_source: 'connect' },
  ]);
  expect(rows.map((r) => [r.application, r.service, r.client_side])).toEqual([
    ['ssh', undefined, 'destination'],
    [undefined, undefined, 'source'],
    [undefined, undefined, undefined],
    ['ssh', undefined, 'source'],
    ['ssh', undefined, 'destination'],
    ['dns', undefined, 'source'],
    [undefined, undefined, 'source'],
    [undefined, 'zoom', 'source'],
  ]);
});

it('of TCP who is told to have begun is the client; of datagrams it is, where ports tell nothing', () => {
  const rows = labelled([
    { protocol: 6, src_port: 443, dst_port: 50_001, client_side: 'source' },
    { protocol: 17, src_port: 53, dst_port: 50_001, client_side: 'source' },
    { protocol: 17, src_port: 40_000, dst_port: 50_001, client_side: 'source' },
    { protocol: 17, src_port: 40_000, dst_port: 50_001, client_side: 'destination' },
  ]);
  expect(rows.map((r) => r.client_side)).toEqual(['source', 'destination', 'source', 'destination']);
});

it('a process is a server on what it is told to have been asked for, at whichever port', () => {
  const row = { protocol: 6, src_port: 2_222, dst_port: 50_001, flow_direction: 'egress', process: 'sshd' };
  const rows = labelled([
    { ...row, owner_source: 'io', client_side: 'destination' },
    { ...row, owner_source: 'io', client_side: 'source' },
    { ...row, owner_source: 'io' },
  ]);
  expect(rows.map((r) => r.application)).toEqual(['ssh', undefined, undefined]);
});

it('a program whose conversations arrange others speaks its application at its own port alone', () => {
  const row = { protocol: 6, src_port: 21, dst_port: 50_001, flow_direction: 'egress', client_side: 'destination' };
  const client = { protocol: 6, src_port: 50_001, dst_port: 21, flow_direction: 'egress', client_side: 'source' };
  const rows = labelled([
    { ...row, process: 'vsftpd' },
    // A transfer that the client asked for.
    { ...row, src_port: 30_123, process: 'vsftpd' },
    { ...client, process: 'lftp' },
    { ...client, dst_port: 30_123, process: 'lftp' },
    { ...row, protocol: 17, src_port: 5_060, process: 'asterisk' },
    { ...row, protocol: 17, src_port: 18_000, process: 'asterisk' },
  ]);
  expect(rows.map((r) => r.application)).toEqual(['ftp', undefined, 'ftp', undefined, 'sip', undefined]);
});

it('the ends of what has no servers are peers, unless one is known to have listened', () => {
  const row = { protocol: 6, src_port: 40_000, dst_port: 50_001, exporter_application: 'bittorrent' };
  const rows = labelled([row, { ...row, owner_source: 'accept', flow_direction: 'egress' }, TLS]);
  expect(rows.map((r) => r.client_side)).toEqual(['peer', 'destination', 'source']);
});

it('the category is that of the service, else of the application; in the scheme that is configured', () => {
  const rows = [
    TLS,
    { ...TLS, server_name: 'www.youtube.com' },
    { ...TLS, dst_port: 50_001 },
    { ...TLS, dst_port: 5_432 },
    { ...TLS, dst_port: 445 },
    { ...TLS, exporter_application: 'our own thing' },
  ];
  expect(labelled(rows).map((r) => r.category)).toEqual(['Web', 'Streaming', 'Unknown', 'Database', 'Files', 'Other']);
  expect(labelled(rows, { naming: { scheme: 'microsoft-2005' } }).map((r) => r.category)).toEqual([
    'Web',
    'Web',
    undefined,
    undefined,
    'File',
    undefined,
  ]);
});

it('the names of the user come over those of Weir', () => {
  const naming: NamingSettings = {
    applications: { till: { tcp: [443], category: 'Shop' } },
    services: { intranet: { domains: ['corp.example'], category: 'Office' } },
    processes: { Tilld: { application: 'till', side: 'server' } },
  };
  const rows = labelled(
    [
      TLS,
      { ...TLS, server_name: 'wiki.corp.example' },
      {
        protocol: 6,
        src_port: 9,
        dst_port: 50_001,
        process: 'tilld',
        owner_source: 'accept',
        flow_direction: 'egress',
      },
    ],
    { naming },
  );
  expect(rows.map((r) => [r.application, r.application_evidence, r.service, r.category])).toEqual([
    ['till', 'port', undefined, 'Shop'],
    ['till', 'port', 'intranet', 'Office'],
    ['till', 'process', undefined, 'Shop'],
  ]);
});

it('a rule of the user has the last word, sees what was found before, and texts that come later', () => {
  const naming: NamingSettings = {
    rules: [
      { filter: 'dst port 9000 and dst net 10.0.0.0/8', application: 'clickhouse-http' },
      { filter: 'server_name like "%.later.example"', service: 'later', category: 'Ours' },
      { filter: 'application = "tls"', category: 'Hidden' },
    ],
  };
  const rows = labelled(
    [
      { protocol: 6, src_addr: '10.0.0.1', dst_addr: '10.0.0.2', src_port: 40_000, dst_port: 9_000 },
      { protocol: 6, src_addr: '10.0.0.1', dst_addr: '192.0.2.2', src_port: 40_000, dst_port: 9_000 },
      { ...TLS, server_name: 'a.first.example' },
      { ...TLS, server_name: 'b.later.example' },
    ],
    { naming },
  );
  expect(rows.map((r) => [r.application, r.application_evidence, r.service, r.category])).toEqual([
    ['clickhouse-http', 'rule', undefined, 'Other'],
    ['clickhouse', 'port', undefined, 'Database'],
    ['tls', 'port', undefined, 'Hidden'],
    ['tls', 'port', 'later', 'Ours'],
  ]);
});

it('a rule may ask for the site of either end, of sites that come later too', () => {
  const naming: NamingSettings = { rules: [{ filter: 'site = "later"', category: 'Ours' }] };
  const ends = { protocol: 6, src_addr: '192.0.2.1', dst_addr: '192.0.2.2', src_port: 40_000, dst_port: 9_000 };
  const rows = labelled(
    [
      { ...ends, src_site: 'first' },
      { ...ends, src_site: 'later' },
      { ...ends, dst_site: 'later', direction: 'in' },
    ],
    { naming },
  );
  expect(rows.map((r) => r.category)).toEqual(['Database', 'Ours', 'Ours']);
});

it('a rule may ask for what is inside', () => {
  const networks = { home: ['10.0.0.0/8'], sites: { berlin: ['192.0.2.0/24'] } };
  const naming: NamingSettings = { rules: [{ filter: 'not dst ip in @home', category: 'Away' }] };
  const row = { protocol: 6, src_addr: '10.0.0.1', src_port: 40_000, dst_port: 9_000 };
  const rows = labelled(
    [
      { ...row, dst_addr: '10.0.0.2' },
      { ...row, dst_addr: '192.0.2.2' },
      { ...row, dst_addr: '198.51.100.2' },
    ],
    { naming, networks },
  );
  expect(rows.map((r) => r.category)).toEqual(['Database', 'Database', 'Away']);
});

it.each([
  [{ protocol: 6, src_port: 40_000, dst_port: 443 }, undefined],
  [{ protocol: 6, src_port: 40_000, dst_port: 8_888 }, undefined],
  [{ protocol: 17, src_port: 53, dst_port: 40_000 }, undefined],
  // No recogniser knows it.
  [{ protocol: 6, src_port: 40_000, dst_port: 7 }, 'echo'],
])('payload that was seen and is of nothing is not named by port: %o is %s', (row, application) => {
  const rows = labelled([{ ...row, security: 'ok' }, row, { ...row, security: 'ok', exporter_application: 'ssh' }]);
  expect(rows[0]!.application).toBe(application);
  expect(rows[1]!.application_evidence).toBe('port');
  expect(rows[2]!.application).toBe('ssh');
});

it('the port of an application of the user is its name whatever the payload', () => {
  const naming: NamingSettings = { applications: { till: { tcp: [443] } } };
  expect(labelled([{ ...TLS, security: 'ok' }], { naming })[0]!.application).toBe('till');
});
