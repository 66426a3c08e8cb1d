/** What a passive transfer is mistaken for, or it for: anything at a high port of a server of FTP while somebody talks FTP to it. */
import { expect, test } from 'vitest';
import type { Given } from '../labelled.testing.ts';
import { connection, flow, lateNames, nameOf, Producer, transfer } from './late-labels.testing.ts';
import { LateLabels } from './late-labels.ts';

const CONTROL_PORT = 40_000;
const CLIENT = '10.0.0.1';
const OTHER = '10.0.0.2';
const SERVER = '192.0.2.1';
const control = connection(`${CLIENT} ${CONTROL_PORT}`, `${SERVER} 21`, 0, 300);
const data = (clientPort: number, serverPort: number, startS = 10, client = CLIENT) =>
  transfer(`${client} ${clientPort}`, `${SERVER} ${serverPort}`, startS, startS + 5);

/** Names of rows, whether they come at once, or each in a turn of its own, forwards or backwards. */
function names(rows: readonly Given[]): string[] {
  const wanted = lateNames(rows);
  for (const order of [rows, rows.toReversed()]) {
    const producer = new Producer();
    const labels = new LateLabels();
    for (const row of order) {
      producer.add(row);
      labels.turn([producer], 0);
    }
    const found = order.map((_, row) => nameOf(producer.row(row)));
    expect(order === rows ? found : found.reverse()).toEqual(wanted);
  }
  return wanted;
}

const NONE = ['- none', '- none'];
const NAMED = ['ftp-data state', 'ftp-data state'];

test('what comes from the port at which the client talks to the server is no transfer', () => {
  const rows = transfer(`${SERVER} 1045`, `${CLIENT} ${CONTROL_PORT}`, 10, 10);
  expect(names([...control, ...rows]).slice(2)).toEqual(NONE);
});

test('a part of a transfer in which one end only acknowledges has the name of the rest', () => {
  const [asked, sent] = data(40_001, 30_123) as [Given, Given];
  const rows = [...control, { ...asked, tcp_flags: 0x12, raw_packets: 7 }, sent];
  expect(names(rows).slice(2)).toEqual(NAMED);
});

test('where no flags are told, fewer packets than a connection has are no transfer', () => {
  const named = (packets: number) =>
    names([...control, ...data(40_001, 30_123).map((row) => ({ ...row, tcp_flags: 0, raw_packets: packets }))]).slice(
      2,
    );
  expect(named(1)).toEqual(NONE);
  expect(named(3)).toEqual(NAMED);
});

test.each<[string, Given[]]>([
  ['of which both ends speak, as SSH, HTTP or a game', connection(`${CLIENT} 40001`, `${SERVER} 30022`, 10, 20)],
  ['that was asked for by another client as well', [...data(40_001, 30_123), ...data(40_002, 30_123, 100, OTHER)]],
  ['with several connections at once', [...data(40_001, 30_123), ...data(40_002, 30_123)]],
  ['that is used again later', [...data(40_001, 30_123), ...data(40_002, 30_123, 200)]],
  [
    'with a connection for words and one for bytes, as iperf3',
    [...connection(`${CLIENT} 40001`, `${SERVER} 40000`, 10, 20), ...data(40_002, 40_000, 11)],
  ],
  [
    'of the client, which the server asked',
    [
      flow(`${CLIENT} 40001`, `${SERVER} 30123`, 10, 15, { tcp_flags: 0x13, client_side: 'destination' }),
      flow(`${SERVER} 30123`, `${CLIENT} 40001`, 10, 15, { client_side: 'source' }),
    ],
  ],
])('a service %s is no transfer', (_, rows) => {
  expect(names([...control, ...rows]).slice(2)).toEqual(rows.flatMap((_, i) => (i % 2 ? [] : NONE)));
});

test('a server of the client at a port that an application has may be what the other end asked for', () => {
  const found = names([...control, ...transfer(`${CLIENT} 6000`, `${SERVER} 30123`, 10, 15)]).slice(2);
  for (const name of found) expect(name).not.toContain('ftp-data');
});

test('where another conversation explains the flow as well, nothing is said', () => {
  const mapper = connection(`${CLIENT} 40005`, `${SERVER} 135`, 9, 10);
  expect(names([...control, ...mapper, ...data(40_001, 49_670)]).slice(4)).toEqual(NONE);
  expect(names([...control, ...data(40_001, 49_670)]).slice(2)).toEqual(NAMED);
});

test('who only tries the port does not make it a service', () => {
  const scan = flow(`${OTHER} 40001`, `${SERVER} 30123`, 12, 12, { tcp_flags: 0x02, raw_packets: 1 });
  const refused = flow(`${SERVER} 30123`, `${OTHER} 40001`, 12, 12, { tcp_flags: 0x14, raw_packets: 1 });
  expect(names([...control, ...data(40_001, 30_123), scan, refused]).slice(2, 4)).toEqual(NAMED);
});

test('hours later the port may be that of another transfer', () => {
  const again = connection(`${OTHER} 40000`, `${SERVER} 21`, 9_000, 9_300);
  const rows = [...control, ...data(40_001, 30_123), ...again, ...data(40_001, 30_123, 9_010, OTHER)];
  expect(names(rows).filter((name) => name === NAMED[0])).toHaveLength(4);
});

test('a service that a meter knows for a transfer is one, whoever else uses its port', () => {
  const sure = { application: 'ftp-data', application_evidence: 'state' };
  const metered = data(40_001, 30_123).map((row) => ({ ...row, ...sure, exporter: '192.0.2.253' }));
  const rows = [...control, ...metered, ...data(40_001, 30_123), ...data(40_002, 30_123)];
  expect(names(rows).slice(2)).toEqual([...NAMED, ...NAMED, ...NONE]);
});

test('a busy service of the same host is none, and takes little room', () => {
  const labels = new LateLabels();
  const users = Array.from({ length: 29 }, (_, i) => data(40_001 + i, 30_123, i, `10.0.1.${i}`)).flat();
  const found = lateNames([...control, ...users, ...data(40_500, 30_124)], labels);
  expect(found.slice(2)).toEqual([...users.map(() => '- none'), ...NAMED]);
  expect(labels.counts.facts).toBeLessThan(40);
});
