import { expect, it } from 'vitest';
import { storesOfEachTest, type TestFlow } from '../store.testing.ts';
import { blocklist } from './blocklist.ts';
import { roles } from './roles.ts';
import { security } from './security.ts';

const T = 1_700_000_040_000;
const options = { now: T + 60_000 };
const store = storesOfEachTest();

const flow = (src_addr: string, dst_addr: string, raw_bytes: number, more: TestFlow = {}): TestFlow => {
  const times = { time: T, start: T - 1_000, end: T, received: T };
  return { ...times, src_addr, dst_addr, protocol: 6, raw_bytes, raw_packets: 1, ...more };
};
const times = (n: number, of: (i: number) => TestFlow): TestFlow[] => Array.from({ length: n }, (_, i) => of(i));

const [CLIENT, SERVER, PEER, FAR] = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '198.51.100.9'];

it('roles tells client from server by who asked and who answered, and from which ports', async () => {
  const s = await store([
    ...times(20, (i) =>
      flow(CLIENT, FAR, 10, { src_port: 40_000 + i, dst_port: 443, client_side: 'source', direction: 'out' }),
    ),
    ...times(12, (i) =>
      flow(SERVER, `192.0.2.${i}`, 10, {
        src_port: i < 11 ? 443 : 22,
        dst_port: 50_000 + i,
        client_side: 'destination',
        direction: 'out',
      }),
    ),
    ...times(5, (i) =>
      flow(PEER, FAR, 10, { src_port: 6_881 + i, client_side: i < 2 ? 'source' : 'destination', direction: 'out' }),
    ),
    flow(FAR, CLIENT, 10, { src_port: 443, client_side: 'destination', direction: 'in' }),
  ]);
  const { data, tables } = await roles.run(s, {}, options);
  expect(tables[0]!.rows[1]).toContain('tcp/443 tcp/22');
  expect(data.hosts.map((h) => [h.address, h.role, h.flows, h.ports, h.peers])).toEqual([
    [CLIENT, 'client', 20, 20, 1],
    [SERVER, 'server', 12, 2, 12],
    [PEER, 'peer', 5, 5, 1],
  ]);
  expect(data.hosts[1]!.listens).toEqual([
    { protocol: 6, port: 443, clients: 11 },
    { protocol: 6, port: 22, clients: 1 },
  ]);
  expect(data.hosts[1]!.evidence).toBe('answered in 100 % of its flows, from 2 ports');
});

it('roles counts a flow that a timeout cut once, and who answered is no client, however its flows are spread', async () => {
  const s = await store([
    ...times(20, (i) => flow(SERVER, FAR, 10, { src_port: 2_000 + i, dst_port: 50_000 + i })),
    ...times(6, (i) => flow(SERVER, FAR, 10, { src_port: 22, dst_port: 51_000 + i, client_side: 'destination' })),
    flow(SERVER, FAR, 10, { src_port: 22, dst_port: 51_000, client_side: 'destination', continued: 'yes' }),
    ...times(20, (i) => flow(PEER, FAR, 10, { src_port: 2_000 + i, dst_port: 50_000 + i })),
    flow(PEER, FAR, 10, { src_port: 22, dst_port: 51_000, client_side: 'destination' }),
  ]);
  const { data } = await roles.run(s, {}, options);
  expect(data.hosts.map((h) => [h.address, h.role, h.flows, h.answering])).toEqual([
    [SERVER, 'server', 26, 6],
    [PEER, 'unknown', 21, 1],
  ]);
});

it('roles goes by flows for each own port where nobody knows who asked', async () => {
  const s = await store([
    ...times(20, (i) => flow(CLIENT, FAR, 10, { src_port: 40_000 + i })),
    ...times(20, (i) => flow(SERVER, FAR, 10, { src_port: 80, dst_port: 40_000 + i })),
    ...times(20, (i) => flow(PEER, FAR, 10, { src_port: 6_000 + Math.floor(i / 4) })),
    flow(FAR, CLIENT, 10, { src_port: 80 }),
  ]);
  const { data } = await roles.run(s, {}, options);
  expect(data.hosts.map((h) => [h.address, h.role, h.flows_per_port])).toEqual([
    [CLIENT, 'client', 1],
    [SERVER, 'server', 20],
    [PEER, 'peer', 4],
    [FAR, 'unknown', 1],
  ]);
});

it('blocklist puts both ways together: who began, and whether it was answered', async () => {
  const listed = { blocklist: 'drop' };
  const s = await store([
    flow(CLIENT, FAR, 10, { ...listed, blocklist_side: 'destination', client_side: 'source' }),
    flow(FAR, CLIENT, 30, { ...listed, blocklist_side: 'source', client_side: 'destination' }),
    flow('198.51.100.8', SERVER, 500, { ...listed, blocklist_side: 'source', client_side: 'source' }),
    flow(CLIENT, SERVER, 1_000),
  ]);
  const { data } = await blocklist.run(s, {}, options);
  expect(data.total).toMatchObject({ bytes: 1_540, flows: 4 });
  const shares = { bytes_share: 35.065, flows_share: 75 };
  expect(data.listed).toEqual({ bytes: 540, packets: 3, flows: 3, ...shares });
  expect(data.lists).toEqual([
    { blocklist: 'drop', hosts: 2, listed: 2, answered: 1, bytes: 540, flows: 3, ...shares },
  ]);
  expect(data.contacts).toMatchObject([
    { address: CLIENT, listed: FAR, began: 'host', bytes_out: 10, bytes_in: 30, flows: 2, answered: 'yes' },
    { address: SERVER, listed: '198.51.100.8', began: 'listed', bytes_out: 0, bytes_in: 500, answered: 'no' },
  ]);
});

it('blocklist counts a flow at each list that it touches, and once in all', async () => {
  const s = await store([
    flow(CLIENT, FAR, 100, { blocklist: 'drop+botnet', blocklist_side: 'destination' }),
    flow(CLIENT, '198.51.100.8', 50, { blocklist: 'botnet', blocklist_side: 'destination' }),
    flow('198.51.100.8', FAR, 50, { blocklist: 'drop+botnet', blocklist_side: 'both' }),
    flow(CLIENT, SERVER, 200),
  ]);
  const { data, tables } = await blocklist.run(s, {}, options);
  expect(data.listed).toEqual({ bytes: 200, packets: 3, flows: 3, bytes_share: 50, flows_share: 75 });
  expect(data.lists.map((l) => [l.blocklist, l.bytes, l.bytes_share, l.flows, l.flows_share])).toEqual([
    ['botnet', 200, 50, 3, 75],
    ['drop', 150, 37.5, 2, 50],
  ]);
  expect(tables[0]!.rows).toEqual([['listed', 200, 50, 3, 3, 75]]);
});

it('blocklist has one contact of two listed ends, answered where both ways were seen', async () => {
  const both = { blocklist: 'drop', blocklist_side: 'both' };
  const s = await store([
    // The one at home is the host, whichever address is smaller.
    flow('198.51.100.200', '198.51.100.8', 100, { ...both, direction: 'out', client_side: 'source' }),
    flow('198.51.100.8', '198.51.100.200', 900, { ...both, direction: 'in', client_side: 'destination' }),
    // Neither is, as far as is known: the smaller one.
    flow('203.0.113.9', '203.0.113.1', 30, both),
    flow('203.0.113.1', '203.0.113.9', 20, both),
  ]);
  const { data } = await blocklist.run(s, {}, options);
  expect(data.lists).toMatchObject([{ blocklist: 'drop', hosts: 2, listed: 2, answered: 2 }]);
  expect(data.contacts).toMatchObject([
    {
      address: '198.51.100.200',
      listed: '198.51.100.8',
      began: 'host',
      bytes_out: 100,
      bytes_in: 900,
      answered: 'yes',
    },
    { address: '203.0.113.1', listed: '203.0.113.9', bytes_out: 20, bytes_in: 30, answered: 'yes' },
  ]);
});

it('a filter for one list finds what is on others too, and no list whose name only holds it', async () => {
  const s = await store([
    flow(CLIENT, FAR, 100, { blocklist: 'drop+botnet', blocklist_side: 'destination' }),
    flow(CLIENT, FAR, 10, { blocklist: 'botnet', blocklist_side: 'destination' }),
    flow(CLIENT, FAR, 1, { blocklist: 'drop2', blocklist_side: 'destination' }),
    flow(CLIENT, SERVER, 200),
  ]);
  const bytes = async (filter: string) => (await blocklist.run(s, { filter }, options)).data.total.bytes;
  expect(await bytes('blocklist = "drop"')).toBe(100);
  expect(await bytes('blocklist in ["botnet" "drop2"]')).toBe(111);
  expect(await bytes('blocklist = "drop+botnet"')).toBe(100);
  expect(await bytes('not blocklist = "botnet"')).toBe(201);
  expect(await bytes('blocklist = ""')).toBe(200);
});

it('blocklist says that nothing touched a listed address', async () => {
  const { data, tables } = await blocklist.run(await store([flow(CLIENT, SERVER, 200)]), {}, options);
  expect(data.listed).toEqual({ bytes: 0, packets: 0, flows: 0, bytes_share: 0, flows_share: 0 });
  expect(tables[0]!.rows).toEqual([['listed', 0, 0, 0, 0, 0]]);
});

it('security counts weaknesses with their clients and servers, and how much nobody saw', async () => {
  const telnet = { dst_port: 23, application: 'telnet', security: 'clear_login', client_side: 'source' };
  const s = await store([
    flow(CLIENT, SERVER, 10, telnet),
    flow(PEER, SERVER, 10, telnet),
    flow(SERVER, PEER, 10, { ...telnet, src_port: 23, dst_port: 40_000, client_side: 'destination' }),
    flow(CLIENT, FAR, 10, { security: 'ok' }),
    flow(CLIENT, FAR, 10),
  ]);
  const { data } = await security.run(s, {}, options);
  expect(data.kinds.map((k) => [k.security, k.flows, k.share, k.clients, k.servers])).toEqual([
    ['clear_login', 3, 60, 2, 1],
    ['unknown', 1, 20, 1, 1],
    ['ok', 1, 20, 1, 1],
  ]);
  expect(data.servers).toEqual([
    { server: SERVER, port: 23, application: 'telnet', security: 'clear_login', flows: 3, clients: 2, last: T },
  ]);
});
