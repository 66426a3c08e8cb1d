import { describe, expect, it } from 'vitest';
import { storesOfEachTest, type TestFlow } from '../store.testing.ts';
import { processes, users } from './local-ends.ts';
import { servers } from './servers.ts';

const T = 1_700_000_040_000;
const options = { now: T + 120_000 };
const store = storesOfEachTest();

const CLIENT = '10.0.0.1';
const SERVER = '10.0.0.9';
const SYN = 2;
const SYN_ACK = 18;
const flow = (more: TestFlow): TestFlow => {
  const times = { time: T, start: T - 1_000, end: T, received: T };
  return { ...times, protocol: 6, raw_bytes: 100, raw_packets: 2, continued: 'no', host: 'here', ...more };
};
/** The record of one direction at one end. */
const out = (more: TestFlow): TestFlow =>
  flow({ src_addr: CLIENT, dst_addr: SERVER, src_port: 40_000, dst_port: 80, tcp_flags: SYN_ACK, ...more });
const back = (more: TestFlow): TestFlow =>
  flow({ src_addr: SERVER, dst_addr: CLIENT, src_port: 80, dst_port: 40_000, tcp_flags: SYN_ACK, ...more });

/** A connection as the client's end system has it, in both directions. */
function atClient(port: number, more: TestFlow): TestFlow[] {
  const both = { process: 'curl', user: 'ada', outcome: 'established', setup: 300, response: 900, rtt: 200, ...more };
  return [
    out({ ...both, src_port: port, flow_direction: 'egress', duplicate: 'no' }),
    back({ ...both, dst_port: port, flow_direction: 'ingress', duplicate: 'no' }),
  ];
}
/** And as that of the server has it. */
function atServer(port: number, more: TestFlow, inside: 'no' | 'yes' = 'no'): TestFlow[] {
  const both = { process: 'nginx', user: 'www', outcome: 'established', ...more };
  return [
    out({ ...both, src_port: port, flow_direction: 'ingress', duplicate: inside }),
    back({ ...both, dst_port: port, flow_direction: 'egress', duplicate: 'no' }),
  ];
}
/** What is sent, and never answered by more than a reset. */
const failing = (port: number, outcome: 'refused' | 'unanswered', more: TestFlow = {}): TestFlow[] => [
  out({ process: 'curl', user: 'ada', outcome, src_port: port, tcp_flags: SYN, flow_direction: 'egress', ...more }),
  ...(outcome === 'refused'
    ? [back({ process: 'curl', outcome, dst_port: port, tcp_flags: 20, flow_direction: 'ingress', ...more })]
    : []),
];
const report = async (flows: readonly TestFlow[]) => (await servers.run(await store(flows), {}, options)).data;

describe('servers', () => {
  it('have a larger port than their clients as well', async () => {
    const counted = { byte_layer: 'ip' } as const;
    const large = (flows: TestFlow[]) =>
      flows.map((one) => {
        const to = one.src_addr === CLIENT ? { dst_port: 60_000 } : { src_port: 60_000 };
        return { ...one, ...counted, ...to };
      });
    const refusal = back({ ...counted, outcome: 'refused', src_port: 60_000, tcp_flags: 20, flow_direction: 'egress' });
    const { servers: found } = await report([
      ...large(atServer(40_001, { src_addr: CLIENT })),
      ...large(atClient(40_002, {})),
      ...large(failing(40_003, 'refused')),
      { ...refusal, host: 'there', dst_port: 40_003 },
    ]);
    expect(found.map(({ server, port }) => [server, port])).toEqual([[SERVER, 60_000]]);
  });

  it('counts an attempt once where both ends are on one host, and knows the process that answers', async () => {
    const [client, answer] = atClient(40_000, {});
    const { servers: found } = await report([
      client!,
      { ...answer!, duplicate: 'yes' },
      ...atServer(40_000, { rtt: 50 }, 'yes'),
    ]);
    expect(found).toMatchObject([
      { server: SERVER, port: 80, protocol: 6, process: 'nginx', attempts: 1, setup: { p50: 300 }, rtt: { p50: 200 } },
    ]);
    expect(found[0]!.outcomes).toEqual({ established: 1, refused: 0, unanswered: 0, reset: 0 });
  });

  it('counts an attempt once where two hosts metered it, as the client says', async () => {
    const { total } = await report([
      ...atClient(40_000, { outcome: 'reset' }),
      ...atServer(40_000, { host: 'there' }),
      ...atServer(40_001, { host: 'there' }),
      ...atServer(40_002, { host: 'there', src_addr: '192.0.2.7' }).slice(0, 1),
    ]);
    expect(total.outcomes).toEqual({ established: 1, refused: 0, unanswered: 0, reset: 1 });
  });

  it('shows live, refusing, silent and resetting servers as what they are', async () => {
    const { total, servers: found } = await report([
      ...[1, 2, 3].flatMap((i) => atClient(40_000 + i, { dst_addr: SERVER, setup: 100 * i, response: 800_000 * i })),
      ...failing(41_000, 'refused', { dst_port: 81, setup: 9 }).slice(0, 1),
      ...failing(41_001, 'unanswered', { dst_port: 82 }),
      ...failing(41_002, 'unanswered', { dst_port: 82, user: 'bob', src_addr: '10.0.0.2' }),
      ...failing(41_003, 'unanswered', { dst_port: 51_820, protocol: 17, tcp_flags: 0, user: 'bob' }),
    ]);
    expect(found.map((s) => [s.port, s.protocol, s.attempts, s.percent, s.affected])).toEqual([
      [82, 6, 2, shares(0, 0, 100, 0), { addresses: 2, users: 2, hosts: 1 }],
      [81, 6, 1, shares(0, 100, 0, 0), { addresses: 1, users: 1, hosts: 1 }],
      [51_820, 17, 1, shares(0, 0, 100, 0), { addresses: 1, users: 1, hosts: 1 }],
      [80, 6, 3, shares(100, 0, 0, 0), { addresses: 0, users: 0, hosts: 0 }],
    ]);
    expect(found[3]).toMatchObject({
      setup: { p50: 200, p95: 300, p99: 300 },
      response: { p50: 1_600_000, p95: 2_400_000, p99: 2_400_000 },
      rtt: { p99: 200 },
    });
    for (const i of [0, 1]) expect(found[i]!.setup).toEqual({ p50: null, p95: null, p99: null });
    expect(total).toMatchObject({ attempts: 7, affected: { addresses: 2, users: 2 } });
    expect(total.percent.established).toBe(42.857);
  });

  it('says by name whom failures hit, the most first, and only clients that were metered have a user and a process', async () => {
    const { servers: found, hit } = await report([
      ...atClient(40_000, {}),
      ...failing(41_000, 'refused', { src_addr: '10.0.0.7' }),
      ...[1, 2].flatMap((i) => failing(41_000 + i, 'unanswered', { dst_port: 81 })),
      ...atServer(42_000, { outcome: 'reset', src_addr: '192.0.2.7' }).slice(0, 1),
      ...failing(41_005, 'unanswered', { protocol: 17, tcp_flags: 0, dst_port: 514 }),
    ]);
    const server = { server: SERVER, protocol: 6 };
    const ada = { user: 'ada', process: 'curl' };
    expect(hit).toEqual([
      { ...server, port: 81, client: CLIENT, ...ada, failed: 2, attempts: 2 },
      { ...server, port: 80, client: '10.0.0.7', ...ada, failed: 1, attempts: 1 },
      { ...server, port: 80, client: '192.0.2.7', user: null, process: null, failed: 1, attempts: 1 },
    ]);
    expect(found.map(({ port, attempts }) => [port, attempts])).toEqual([
      [80, 3],
      [81, 2],
    ]);
  });

  it('leaves out what is told and not asked, by the habit of the port or because nothing there was ever answered', async () => {
    const udp = { protocol: 17, tcp_flags: 0 };
    const {
      total,
      servers: found,
      one_way,
    } = await report([
      ...failing(41_000, 'unanswered', { ...udp, dst_port: 514 }),
      ...failing(41_001, 'unanswered', { ...udp, dst_port: 7_000 }),
      ...failing(41_002, 'unanswered', { ...udp, dst_port: 7_000 }),
      ...failing(41_003, 'unanswered', { ...udp, dst_port: 7_001 }),
      ...atClient(41_004, { ...udp, dst_port: 7_001 }).slice(0, 1),
      ...failing(41_005, 'unanswered', { ...udp, dst_port: 53 }),
      ...failing(41_006, 'refused', { ...udp, dst_port: 6_343 }).slice(0, 1),
      ...failing(41_007, 'unanswered', { ...udp, dst_port: 6_343 }),
      ...failing(0, 'unanswered', { protocol: 1, tcp_flags: 0, dst_port: 0 }),
    ]);
    expect(one_way).toEqual({
      flows: 4,
      servers: [
        { server: SERVER, port: 7_000, protocol: 17, flows: 2, why: 'never answered in the asked time' },
        { server: SERVER, port: 514, protocol: 17, flows: 1, why: 'syslog (RFC 5426) needs no answer' },
        { server: SERVER, port: 6_343, protocol: 17, flows: 1, why: 'sFlow needs no answer' },
      ],
    });
    expect(found.map((s) => [s.port, s.protocol, s.attempts, s.percent.unanswered])).toEqual([
      [7_001, 17, 2, 50],
      [0, 1, 1, 100],
      [53, 17, 1, 100],
      [6_343, 17, 1, 0],
    ]);
    expect(total).toMatchObject({ attempts: 5, outcomes: { established: 1, refused: 1, unanswered: 3 } });
  });

  it('takes a reset that answers for no attempt, and what goes on for none either', async () => {
    const { total } = await report([
      ...failing(41_000, 'refused'),
      ...atClient(40_000, { continued: 'yes' }),
      ...atClient(40_001, { outcome: 'unknown' }),
      out({ outcome: undefined as never }),
    ]);
    expect(total).toMatchObject({ attempts: 1, outcomes: { refused: 1 } });
  });

  it('finds a server with the larger port by who made the connection', async () => {
    const high = { src_port: 1_023, dst_port: 50_000 };
    const [to, from] = atClient(0, {});
    const { servers: found } = await report([
      { ...to!, ...high },
      { ...from!, src_port: 50_000, dst_port: 1_023 },
    ]);
    expect(found).toMatchObject([{ server: SERVER, port: 50_000, attempts: 1 }]);
  });

  it('finds a server of UDP with the larger port by who asked, and by the smaller port where nobody knows', async () => {
    const udp = { protocol: 17, tcp_flags: 0, outcome: 'established' } as const;
    const asked = (ports: TestFlow, answers: TestFlow, side?: [TestFlow['client_side'], TestFlow['client_side']]) => [
      out({ ...udp, ...ports, flow_direction: 'egress', ...(side && { client_side: side[0] }) }),
      back({ ...udp, ...answers, flow_direction: 'ingress', ...(side && { client_side: side[1] }) }),
    ];
    const known = asked({ src_port: 40_000, dst_port: 51_820 }, { src_port: 51_820, dst_port: 40_000 }, [
      'source',
      'destination',
    ]);
    const open = asked({ src_port: 40_000, dst_port: 51_821 }, { src_port: 51_821, dst_port: 40_000 });
    const { servers: found } = await report([...known, ...open]);
    expect(found.map(({ server, port, attempts }) => [server, port, attempts])).toEqual([
      [CLIENT, 40_000, 1],
      [SERVER, 51_820, 1],
    ]);
  });

  it('lets a record stand for those that were left out when flows were sampled', async () => {
    for (const sampling_origin of ['flows', 'records']) {
      const sampled = { sampling: 8, sampling_origin };
      const { total } = await report([...failing(41_000, 'unanswered', sampled), ...atClient(40_000, {})]);
      expect(total).toMatchObject({ attempts: 9, outcomes: { unanswered: 8, established: 1 } });
    }
  });

  it('takes a request in the log of a proxy for an attempt of its client, and the connection that the proxy made for it for none beside it', async () => {
    const proxy = '10.0.0.5';
    const ofLog = { src_addr: CLIENT, process: '', user: 'ada', owner_source: 'proxy_log', duplicate: 'yes' };
    const asked = { ...ofLog, flow_direction: 'egress', tcp_flags: 0, byte_layer: 'payload' };
    const joined = { ...asked, src_nat_addr: proxy, src_nat_port: 50_000, outcome: 'established' };
    const own = out({ src_addr: proxy, src_port: 50_000, flow_direction: 'egress', setup: 300, rtt: 200 });
    const { total, servers: found } = await report([
      { ...own, outcome: 'established', process: 'squid', user: 'proxy', duplicate: 'no' },
      out({ ...joined, src_port: 41_000 }),
      out({ ...asked, src_port: 41_001, outcome: 'refused' }),
      out({ ...asked, src_port: 41_002, outcome: 'unanswered' }),
      back({ ...asked, src_addr: SERVER, dst_port: 41_002, flow_direction: 'ingress', outcome: 'unanswered' }),
    ]);
    expect(total.outcomes).toEqual({ established: 1, refused: 1, unanswered: 1, reset: 0 });
    expect(total.affected).toEqual({ addresses: 1, users: 1, hosts: 0 });
    expect(found).toMatchObject([{ server: SERVER, port: 80, setup: { p50: 300 }, rtt: { p50: 200 } }]);
  });

  it('says nothing of nothing', async () => {
    const { total, servers: found } = await report([]);
    expect(found).toEqual([]);
    expect(total).toMatchObject({ attempts: 0, percent: { established: null }, setup: { p50: null } });
  });
});

describe('processes and users', () => {
  const [client, answer] = atClient(40_000, { retransmits: 2 });
  const inside = [client!, { ...answer!, duplicate: 'yes' }, ...atServer(40_000, { raw_bytes: 60 }, 'yes')];

  it('have what each sent and received, also from another of the same host', async () => {
    const { data, tables, quality } = await processes.run(await store(inside), {}, options);
    expect(data.ends).toEqual([
      {
        process: 'curl',
        bytes_out: 100,
        bytes_in: 100,
        packets_out: 2,
        packets_in: 2,
        flows: 2,
        peers: 1,
        retransmits: 4,
      },
      {
        process: 'nginx',
        bytes_out: 60,
        bytes_in: 60,
        packets_out: 2,
        packets_in: 2,
        flows: 2,
        peers: 1,
        retransmits: 0,
      },
    ]);
    expect(tables[0]!.rows[0]).toEqual(['curl', 100, 100, 2, 2, 2, 1, 4]);
    expect(quality.duplicates).toMatchObject({ included: true });
  });

  it('leave out what no end system metered, and show what has no owner', async () => {
    const router = flow({ host: '', src_addr: CLIENT, dst_addr: SERVER });
    const kernel = flow({ src_addr: CLIENT, dst_addr: '10.0.0.3', flow_direction: 'egress' });
    const { data } = await users.run(await store([router, kernel]), {}, options);
    expect(data.ends).toMatchObject([{ user: null, bytes_out: 100, bytes_in: 0, peers: 1 }]);
  });
});

describe('users at a proxy', () => {
  const ofLog = { user: 'alice', process: '', owner_source: 'proxy_log', duplicate: 'yes', raw_packets: 0 };
  const request = [
    out({ ...ofLog, flow_direction: 'egress', raw_bytes: 1_200 }),
    back({ ...ofLog, flow_direction: 'ingress', raw_bytes: 45_000 }),
  ];

  it('have sent what the proxy got from them, and received what it gave them', async () => {
    const { data } = await users.run(await store(request), {}, options);
    expect(data.ends).toMatchObject([{ user: 'alice', bytes_out: 1_200, bytes_in: 45_000, flows: 2, peers: 1 }]);
  });

  it('are no processes of the proxy', async () => {
    const { data } = await processes.run(await store(request), {}, options);
    expect(data.ends).toEqual([]);
  });
});

function shares(established: number, refused: number, unanswered: number, reset: number) {
  return { established, refused, unanswered, reset };
}
