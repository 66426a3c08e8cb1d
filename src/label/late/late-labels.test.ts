import { describe, expect, test } from 'vitest';
import type { Given } from '../labelled.testing.ts';
import { type NamingSettings, NO_NAMING } from '../naming-settings.ts';
import { connection, flow, lateNames, nameOf, Producer, transfer } from './late-labels.testing.ts';
import { LateLabels } from './late-labels.ts';

const CLIENT = '10.0.0.1';
const SERVER = '192.0.2.1';
const control = (more = {}) => connection(`${CLIENT} 40000`, `${SERVER} 21`, 0, 60, more);
const passive = (startS = 10, more = {}) => transfer(`${CLIENT} 40001`, `${SERVER} 30123`, startS, startS + 5, more);

describe('FTP', () => {
  test('a passive transfer is known by the control connection of the same two hosts, in both directions', () => {
    expect(lateNames([...control(), ...passive()]).slice(2)).toEqual(['ftp-data state', 'ftp-data state']);
  });

  test('an active transfer, which comes from port 20, is more than a guess', () => {
    const active = connection(`${SERVER} 20`, `${CLIENT} 40100`, 10, 12);
    expect(lateNames(active)).toEqual(['ftp-data port', 'ftp-data port']);
    expect(lateNames([...control(), ...active]).slice(2)).toEqual(['ftp-data state', 'ftp-data state']);
  });

  test('a port that systems choose for clients says nothing against it, whatever else has it', () => {
    const data = transfer(`${CLIENT} 47001`, `${SERVER} 30123`, 10, 12);
    const guessed = transfer(`${CLIENT} 50000`, `${SERVER} 30124`, 10, 12);
    expect(lateNames([...control(), ...data, ...guessed]).slice(2)).toEqual(Array(4).fill('ftp-data state'));
  });

  test.each([
    ['flows before it', passive(-30)],
    ['flows after it', passive(90)],
    ['flows with another host', connection('10.0.0.2 40001', `${SERVER} 30123`, 10, 12)],
    ['flows of another protocol', passive(10, { protocol: 17 })],
    ['attempts without an answer', passive(10, { tcp_flags: 0x02, raw_packets: 3 })],
    ['refused attempts', passive(10, { tcp_flags: 0x16, raw_packets: 2 })],
    ['flows from a port of root', connection(`${CLIENT} 900`, `${SERVER} 30123`, 10, 12)],
  ])('says nothing of %s', (_, rows) => {
    expect(lateNames([...control(), ...rows]).slice(2)).toEqual(['- none', '- none']);
  });

  test('what goes to a port that an application has stays a guess', () => {
    const web = connection(`${CLIENT} 40001`, `${SERVER} 8080`, 10, 12);
    expect(lateNames([...control(), ...web]).slice(2)).toEqual(['http port', 'http port']);
  });

  test.each([
    ['a scan of port 21', { tcp_flags: 0x02, raw_packets: 3 }],
    ['a greeting that nobody answered', { tcp_flags: 0x1b, raw_packets: 3 }],
    ['a few packets without flags', { tcp_flags: 0, raw_packets: 5 }],
    ['what speaks TLS at port 21', { application: 'tls', application_evidence: 'payload' }],
  ])('%s explains nothing', (_, more) => {
    expect(lateNames([...control(more), ...passive()]).slice(2)).toEqual(['- none', '- none']);
  });

  test('a control connection at another port explains where payload shows what it is', () => {
    const known = { application: 'ftp', application_evidence: 'payload' };
    const odd = [
      flow(`${CLIENT} 40000`, `${SERVER} 2121`, 0, 60, { ...known, client_side: 'source' }),
      flow(`${SERVER} 2121`, `${CLIENT} 40000`, 0, 60, { ...known, client_side: 'destination' }),
    ];
    expect(lateNames([...odd, ...passive()]).slice(2)).toEqual(['ftp-data state', 'ftp-data state']);
  });

  test('the next records of a transfer that a timeout cut are known as the first is', () => {
    const pieces = [1, 2, 3, 4].flatMap((i) => passive(i * 1_800 - 1_795, { tcp_flags: 0x10 }));
    const long = pieces.map((p, i) => ({
      ...p,
      end: Number(p.start) + 1_800_000,
      time: Number(p.start) + 1_800_000,
      i,
    }));
    const rows = long.map(({ i: _, ...row }) => row);
    expect(lateNames([...control(), ...rows]).slice(2)).toEqual(Array(8).fill('ftp-data state'));
    // Whichever way they come.
    expect(lateNames([...rows.toReversed(), ...control()]).slice(0, 8)).toEqual(Array(8).fill('ftp-data state'));
  });

  test.each([
    ['the data', {}, { sampling: 96, sampling_origin: 'options' }],
    ['the control connection', { sampling: 96, sampling_origin: 'options' }, {}],
    ['both, at a rate that nobody knows', { sampling_origin: 'unknown' }, { sampling_origin: 'unknown' }],
    ['both, as this node shed records', ...Array(2).fill({ sampling: 4, sampling_origin: 'shed' })],
  ])('asserts nothing where packets of %s may have been missed', (_, ofControl, ofData) => {
    expect(lateNames([...control(ofControl), ...passive(10, ofData)]).slice(2)).toEqual(['- none', '- none']);
  });

  test('whole flows that were chosen have all their packets', () => {
    const chosen = { sampling: 4, sampling_origin: 'flows' };
    expect(lateNames([...control(chosen), ...passive(10, chosen)]).slice(2)).toEqual(Array(2).fill('ftp-data state'));
  });
});

describe('other conversations', () => {
  const mapper = (port: number, more = {}) => connection(`${CLIENT} 40000`, `${SERVER} ${port}`, 0, 1, more);
  test.each([
    ['DCE/RPC at a dynamic port', mapper(135), connection(`${CLIENT} 40001`, `${SERVER} 49670`, 2, 9), 'dce-rpc state'],
    ['DCE/RPC of old Windows', mapper(135), connection(`${CLIENT} 40001`, `${SERVER} 1027`, 2, 9), 'dce-rpc state'],
    ['no RPC later', mapper(135), connection(`${CLIENT} 40001`, `${SERVER} 49670`, 60, 61), '- none'],
    ['no RPC elsewhere', mapper(135), connection(`${CLIENT} 40001`, `${SERVER} 20123`, 2, 9), '- none'],
    ['sunrpc of root', mapper(111), connection(`${CLIENT} 700`, `${SERVER} 33333`, 2, 3), 'sunrpc state'],
    ['no sunrpc of others', mapper(111), connection(`${CLIENT} 7000`, `${SERVER} 33333`, 2, 3), '- none'],
    ['NFS stays', mapper(111), connection(`${CLIENT} 700`, `${SERVER} 2049`, 2, 3), 'nfs port'],
    ['Napster', mapper(8875), connection('203.0.113.7 40001', `${CLIENT} 6699`, 900, 999), 'napster state'],
    ['Napster, old', mapper(8888), connection(`${CLIENT} 40001`, '203.0.113.7 6688', 900, 999), 'napster state'],
    ['Napster of others', mapper(8875), connection('203.0.113.7 40001', `${SERVER} 6699`, 900, 999), 'napster port'],
    ['Napster before', mapper(8875), connection('203.0.113.7 40001', `${CLIENT} 6699`, -9, -5), 'napster port'],
  ])('%s', (_, first, then, name) => {
    expect(lateNames([...first, ...then]).slice(2)).toEqual([name, name]);
    expect(lateNames([...then, ...first]).slice(0, 2)).toEqual([name, name]);
  });
});

describe('two vantage points', () => {
  const at = (exporter: string, more = {}) => flow(`${CLIENT} 40000`, `${SERVER} 9999`, 5, 9, { exporter, ...more });

  test('what one of them knows of a flow is said of the other record too, with its evidence, also where that is sampled', () => {
    const known = {
      application: 'kafka',
      application_evidence: 'process',
      service: 'youtube',
      service_evidence: 'process',
    };
    const router = at('192.0.2.2', {
      sampling: 96,
      sampling_origin: 'options',
      application: 'tls',
      application_evidence: 'payload',
    });
    const back = flow(`${SERVER} 9999`, `${CLIENT} 40000`, 6, 8, { exporter: '192.0.2.2' });
    const wanted = 'kafka process youtube process';
    expect(lateNames([router, at('192.0.2.1', known), back])).toEqual([wanted, wanted, wanted]);
  });

  test.each([
    ['2001:db8::1', '2001:db8:1::1'],
    ['2001:db8::1', '2001:db9::1'],
    ['2001:db8::1', '2001:db8::1:0:0:1'],
    ['2001:db8::1', '2001:db8::2'],
  ])('%s and %s are two', (one, other) => {
    const known = { application: 'kafka', application_evidence: 'payload' };
    expect(lateNames([at(one), at(other, known)])).toEqual(['kafka payload', 'kafka payload']);
  });

  test('a record of the same ports an hour later is another flow', () => {
    const later = flow(`${CLIENT} 40000`, `${SERVER} 9999`, 3_600, 3_605, { exporter: '192.0.2.2' });
    const known = { application: 'kafka', application_evidence: 'payload' };
    expect(lateNames([at('192.0.2.1', known), later])[1]).toBe('- none');
  });

  test('what the process at one end is, is said of what the process at the other end has, where both are on one host', () => {
    const server = { application: 'kafka', application_evidence: 'process' };
    const back = flow(`${SERVER} 9999`, `${CLIENT} 40000`, 5, 9, { duplicate: 'yes' });
    const own = flow(`${SERVER} 9999`, `${CLIENT} 40000`, 5, 9, { ...server, duplicate: 'no' });
    const asked = (duplicate: string, more = {}) =>
      flow(`${CLIENT} 40000`, `${SERVER} 9999`, 5, 9, { duplicate, ...more });
    expect(lateNames([asked('no'), back, asked('yes', server), own])).toEqual(Array(4).fill('kafka process'));
    // Of records that no other end has nothing is kept.
    expect(lateNames([asked('no', server), asked('no')])[1]).toBe('- none');
  });

  test('each keeps what it knows as surely', () => {
    const known = (application: string) => ({ application, application_evidence: 'payload' });
    const rows = [at('192.0.2.1', known('kafka')), at('192.0.2.2', known('amqp'))];
    expect(lateNames(rows)).toEqual(['kafka payload', 'amqp payload']);
  });
});

describe('names of servers', () => {
  const asked = (client: string, service: string, startS = 0) =>
    flow(`${client} 40000`, `${SERVER} 443`, startS, startS + 1, {
      ...{ application: 'tls', application_evidence: 'payload', client_side: 'source' },
      ...{ service, service_evidence: 'payload' },
    });
  const unnamed = (client: string, startS = 30) => flow(`${client} 40001`, `${SERVER} 443`, startS, startS + 1);

  test('a flow of the same client to the same address and port is of the same service', () => {
    expect(lateNames([asked(CLIENT, 'youtube'), unnamed(CLIENT)])[1]).toBe('tls port youtube name');
  });

  test('of another client too, while all who asked at the address agree', () => {
    expect(lateNames([asked(CLIENT, 'youtube'), unnamed('10.0.0.9')])[1]).toBe('tls port youtube name');
    const both = [asked(CLIENT, 'youtube'), asked('10.0.0.2', 'office365')];
    expect(lateNames([...both, unnamed('10.0.0.9'), unnamed(CLIENT)]).slice(2)).toEqual([
      'tls port',
      'tls port youtube name',
    ]);
  });

  test('not hours later', () => {
    expect(lateNames([asked(CLIENT, 'youtube'), unnamed(CLIENT, 9_000)])[1]).toBe('tls port');
  });

  test('a service is taken back when another name comes for the address', () => {
    const producer = new Producer();
    const labels = new LateLabels();
    producer.add(asked(CLIENT, 'youtube'));
    producer.add(unnamed('10.0.0.9'));
    labels.turn([producer], 0);
    expect(nameOf(producer.row(1))).toBe('tls port youtube name');
    producer.add(asked('10.0.0.2', 'office365'));
    labels.turn([producer], 0);
    expect(nameOf(producer.row(1))).toBe('tls port');
  });
});

test('the category follows the name, in the scheme of the node', () => {
  const category = (naming: NamingSettings) => {
    const producer = new Producer(0, naming);
    const rpc = connection(`${CLIENT} 40001`, `${SERVER} 49670`, 2, 9);
    for (const row of [...connection(`${CLIENT} 40000`, `${SERVER} 135`, 0, 1), ...rpc]) producer.add(row);
    new LateLabels(naming).turn([producer], 0);
    return producer.row(2).category;
  };
  expect(category({})).toBe('Remote procedures');
  expect(category({ applications: { 'dce-rpc': { category: 'Ours' } } })).toBe('Ours');
});

test('a category that a rule of the user gives stays, whatever name comes, and when it is taken back', () => {
  const naming = { rules: [{ filter: 'dst port 30123', category: 'Backup' }] };
  const producer = new Producer(0, naming);
  const labels = new LateLabels(naming);
  const see = (rows: readonly Given[]) => {
    for (const row of rows) producer.add(row);
    labels.turn([producer], 0);
    return [producer.row(2).application, producer.row(2).category, producer.row(3).category];
  };
  expect(see([...control(), ...passive()])).toEqual(['ftp-data', 'Backup', 'Files']);
  // Another client at the same port: it is a server's, and no transfer's.
  expect(see(transfer(`203.0.113.9 40001`, `${SERVER} 30123`, 12, 14))).toEqual([undefined, 'Backup', 'Unknown']);
});

test('names that an exporter makes up take none of those that follow from other flows, and those without room are counted', () => {
  const labels = new LateLabels(NO_NAMING, 32_768);
  const strange = new Producer(0, NO_NAMING, 10_000);
  strange.add(flow('10.9.0.1 1', '10.9.0.2 2', 0, 1, { exporter: '192.0.2.1' }));
  for (let i = 0; i < 9_000; i++) {
    const made = { exporter: '192.0.2.66', application: `made-up-${i}`, application_evidence: 'exporter' };
    strange.add(flow(`10.1.${i >> 8}.${i & 255} 5000`, '10.9.9.9 6000', 0, 1, made));
  }
  labels.turn([strange], 0);
  // Numbers have 13 bits.
  expect(labels.counts.dropped).toBeGreaterThan(9_000 - 2 ** 13);
  const rpc = [
    ...connection(`${CLIENT} 40000`, `${SERVER} 135`, 0, 1),
    ...connection(`${CLIENT} 40001`, `${SERVER} 49670`, 2, 9),
  ];
  expect(lateNames(rpc, labels).slice(2)).toEqual(['dce-rpc state', 'dce-rpc state']);
});

test('a port that the user gives to an application is none of a transfer', () => {
  const naming = { applications: { ours: { tcp: [30_123] } } };
  expect(lateNames([...control(), ...passive()], new LateLabels(naming)).slice(2)).toEqual(['- none', '- none']);
});

test('rows of before wait for what is new of them until somebody reads them, or for ten seconds', () => {
  const labels = new LateLabels(NO_NAMING, 1_024);
  const nameAt = (producer: Producer, nowMs: number, whole: boolean) => {
    labels.turn([producer], nowMs, whole);
    return nameOf(producer.row(0));
  };
  const producer = new Producer();
  for (const row of passive()) producer.add(row);
  expect(nameAt(producer, 0, true)).toBe('- none');
  for (const row of control()) producer.add(row);
  expect(nameAt(producer, 1_000, false)).toBe('- none');
  for (const row of passive(20)) producer.add(row);
  expect(nameAt(producer, 2_000, false)).toBe('- none');
  // Rows that are new have their names at once.
  expect(nameOf(producer.row(4))).toBe('ftp-data state');
  expect(nameAt(producer, 10_000, false)).toBe('ftp-data state');
});

test('rows that somebody reads have their names at once', () => {
  const labels = new LateLabels(NO_NAMING, 1_024);
  const producer = new Producer();
  for (const row of passive()) producer.add(row);
  labels.turn([producer], 0, false);
  for (const row of control()) producer.add(row);
  labels.turn([producer], 1_000, false);
  expect(nameOf(producer.row(0))).toBe('- none');
  labels.turn([producer], 1_000);
  expect(nameOf(producer.row(0))).toBe('ftp-data state');
});

test('facts go after their time, and those that find no room are counted', () => {
  const rows = [...control(), ...passive()];
  const labels = new LateLabels(NO_NAMING, 8);
  lateNames(rows.slice(0, 2), labels);
  const later = (nowMs: number) => {
    const producer = new Producer();
    for (const row of rows.slice(2)) producer.add(row);
    labels.turn([producer], nowMs);
    return nameOf(producer.row(0));
  };
  expect(later(1_000_000)).toBe('ftp-data state');
  labels.turn([], 3_000_000);
  labels.turn([], 6_000_000);
  expect(later(6_000_000)).toBe('- none');
  expect(labels.counts.dropped).toBe(0);
  const many = Array.from({ length: 30 }, (_, i) => connection(`10.0.1.${i} 40000`, `${SERVER} 21`, 0, 60)).flat();
  lateNames(many, labels);
  expect(labels.counts.dropped).toBeGreaterThan(0);
  expect(labels.counts.facts).toBeLessThanOrEqual(16);
});
