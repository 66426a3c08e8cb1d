import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../flow/index.ts';
import { dissectLink, newPacketFields, openCapture } from '../../packet/index.ts';
import { Bench } from './sflow.testing.ts';
import { readSflowHeader } from './sflow-header.ts';
import { SflowSession } from './sflow-session.ts';

const FIXTURES = new URL('../../../../shared/fixtures/', import.meta.url).pathname;

/** Reads one datagram as a new agent's. */
function decode(file: string) {
  const b = new Bench();
  const result = b.read(readFileSync(FIXTURES + file));
  return { b, result, rows: Array.from({ length: result.rows }, (_, i) => b.row(i)) };
}

describe.skipIf(!existsSync(`${FIXTURES}hex-vectors`))('datagrams of agents, as tshark 4 reads them', () => {
  it('a flow sample of an ICMP echo', () => {
    const { b, result, rows } = decode('hex-vectors/goflow2/sflow-TestSFlowDecode-data.bin');
    expect(b.header).toMatchObject({ domain: 1, sequence: 426, uptimeMs: 1_743_694_337, count: 1 });
    expect(result).toMatchObject({ records: 1, problem: null });
    expect([result.sampleSources[0], result.sampleSequences[0]]).toEqual([1_043, 6]);
    expect(rows).toMatchObject([
      {
        src_addr: '172.16.32.254',
        dst_addr: '172.16.32.241',
        protocol: 1,
        icmp_type: 8,
        icmp_code: 0,
        raw_bytes: 60,
        sampling: 2_048,
        in_if: 1_194,
        out_if: 1_043,
        vlan: 32,
        agent_address: '172.16.0.17',
      },
    ]);
  });

  it('expanded samples, in a datagram filled up with zeros', () => {
    const { result, rows } = decode('hex-vectors/goflow2/sflow-TestExpandedSFlowDecode-data.bin');
    expect(result).toMatchObject({ records: 5, rows: 5, sampledRows: 5, problem: 'trailing_bytes' });
    expect([...result.sampleSequences.slice(0, 5)]).toEqual([
      546_345_766, 546_345_767, 68_329_573, 546_345_768, 546_345_769,
    ]);
    const seen = rows.map((r) => [r.src_addr, r.src_port, r.dst_addr, r.dst_port, r.raw_bytes, r.vlan]);
    expect(seen).toEqual([
      ['185.59.220.147', 443, '88.238.78.19', 53_206, 1_492, 30],
      ['195.181.175.38', 80, '5.146.198.158', 4_019, 1_460, 23],
      ['137.74.204.213', 1_935, '89.187.169.85', 44_508, 1_500, 1_337],
      ['185.102.219.67', 25_461, '103.194.169.32', 22_446, 1_500, 23],
      ['51.91.116.108', 8_000, '195.181.174.135', 32_872, 1_500, 957],
    ]);
    expect(rows[2]).toMatchObject({ in_if: 1_000_104, out_if: 1_000_100, sampling: 16_383, tos: 24 });
  });

  it('samples with the records of a router', () => {
    const { result, rows } = decode('hex-vectors/vflow/sflow-top-TestsFlowRawPacket.bin');
    expect(result).toMatchObject({ records: 5, rows: 5, problem: null });
    expect([...result.sampleSequences.slice(0, 5)]).toEqual([0, 1, 2, 3, 4].map((i) => 2_791_098_603 + i));
    const seen = rows.map((r) => [r.src_addr, r.src_port, r.dst_addr, r.dst_port, r.raw_bytes, r.next_hop]);
    expect(seen).toEqual([
      ['152.195.33.40', 443, '69.42.22.51', 54_482, 1_500, '206.72.210.70'],
      ['152.195.13.89', 443, '172.58.27.156', 47_609, 1_440, '206.72.211.22'],
      ['152.195.33.132', 443, '172.58.30.212', 40_920, 1_420, '206.72.211.22'],
      ['104.220.197.6', 38_296, '93.184.215.178', 443, 52, '152.195.77.131'],
      ['192.229.210.181', 443, '172.58.25.132', 40_206, 1_400, '206.72.211.22'],
    ]);
    expect(rows[0]).toMatchObject({ src_mask: 24, dst_mask: 19 });
  });

  it.each(readdirSync(`${FIXTURES}hex-vectors/goflow2`).filter((name) => name.includes('SFlowDecodeDrop')))(
    'discarded packets: %s',
    (name) => {
      const { b, result, rows } = decode(`hex-vectors/goflow2/${name}`);
      expect(b.header).toMatchObject({ domain: 100_000, sequence: 3, uptimeMs: 12_414 });
      expect(result).toMatchObject({ records: 1, problem: null });
      expect(rows).toMatchObject([
        { in_if: 1, out_if: 2, forwarding: 131, agent_address: '192.168.119.184', flow_direction: 'ingress' },
      ]);
    },
  );
});

describe.skipIf(!existsSync(`${FIXTURES}telegraf-netflow`))('datagrams as telegraf reads them', () => {
  /** The fields of the one record of an expected.out, without their types. */
  const expected = (folder: string) => {
    const text = readFileSync(`${FIXTURES}telegraf-netflow/${folder}/expected.out`, 'utf8');
    return Object.fromEntries([...text.matchAll(/[ ,](\w+)="?([^,"]*?)u?"?(?=[, ])/g)].map((m) => [m[1]!, m[2]!]));
  };
  const numberOf = (fields: Record<string, string>, name: string) => Number(fields[name]);

  it('a dropped packet', () => {
    const of = expected('sflow_issue_15375');
    const { b, result, rows } = decode('telegraf-netflow/sflow_issue_15375/sflow_drop_1036.bin');
    expect(b.header.uptimeMs).toBe(numberOf(of, 'sys_uptime'));
    expect(result.sampleSequences[0]).toBe(numberOf(of, 'seq_number'));
    expect(rows).toMatchObject([
      {
        agent_address: of.agent_ip,
        domain: numberOf(of, 'agent_subid'),
        in_if: numberOf(of, 'in_snmp'),
        out_if: numberOf(of, 'out_snmp'),
        flow_direction: of.direction,
      },
    ]);
  });

  it.each([
    ['sflow_issue_18876', 'message.bin', ''],
    ['sflow_v5_example', 'sflow_v5.bin', 'eno1'],
  ])('interface counters of %s', (folder, file, name) => {
    const of = expected(folder);
    const { b, result } = decode(`telegraf-netflow/${folder}/${file}`);
    expect(result).toMatchObject({ counterSamples: 1, rows: 0, problem: null });
    const [saved] = b.session.interfaces.save() as [[number[], number[], number[], string]];
    const [numbers, last] = saved;
    expect(numbers[1]).toBe(numberOf(of, 'seq_number'));
    expect(last[0]! * 2 ** 32 + last[1]!).toBe(numberOf(of, 'in_bytes'));
    expect(last[2]! * 2 ** 32 + last[3]!).toBe(numberOf(of, 'out_bytes'));
    expect(last.slice(4)).toEqual(
      [
        ...['in_unicast_packets_total', 'in_mcast_packets_total', 'in_broadcast_packets_total'],
        ...['in_dropped_packets', 'in_errors'],
        ...['out_unicast_packets_total', 'out_mcast_packets_total', 'out_broadcast_packets_total'],
        ...['out_dropped_packets', 'out_errors'],
      ].map((field) => numberOf(of, field)),
    );
    expect(b.session.takeInterfaceCounters()).toMatchObject([
      { ifIndex: numberOf(of, 'interface'), name, speedBps: numberOf(of, 'speed'), status: 3 },
    ]);
  });
});

describe.skipIf(!existsSync(`${FIXTURES}tcpdump`))('captures as tcpdump reads them', () => {
  /** Reads all sFlow of a capture, each agent with its own session. */
  async function read(name: string) {
    const b = new Bench(1_000);
    const sum = { refused: 0, records: 0, rows: 0, counterSamples: 0, problems: 0 };
    const sessions = new Map<string, SflowSession>();
    const fields = newPacketFields();
    for await (const { count, view, at, captured, linkType } of openCapture(`${FIXTURES}tcpdump/${name}.pcap`)) {
      for (let i = 0; i < count; i++) {
        dissectLink(view, at[i]!, captured[i]!, linkType[i]!, fields, { tunnels: 'outer' });
        if (fields.dstPort !== 6_343) continue;
        const bytes = new Uint8Array(view.buffer, fields.payloadAt, fields.payloadLength).slice();
        if (readSflowHeader(new DataView(bytes.buffer), 0, bytes.length, b.header) !== null) {
          sum.refused++;
          continue;
        }
        const agent = `${b.header.agent} ${b.header.domain}`;
        b.session = sessions.get(agent) ?? new SflowSession();
        sessions.set(agent, b.session);
        b.context.receivedMs += 1_000;
        const result = b.read(bytes);
        sum.records += result.records;
        sum.rows += result.rows;
        sum.counterSamples += result.counterSamples;
        if (result.problem !== null) sum.problems++;
      }
    }
    const interfaces = [...sessions].flatMap(([agent, session]) =>
      session.takeInterfaceCounters().map((counters) => ({ key: `${agent} ${counters.ifIndex}`, ...counters })),
    );
    return { sum, interfaces };
  }

  /** By agent and interface, the octets that tcpdump printed, one after the other. */
  function printed(name: string) {
    const text = readFileSync(`${FIXTURES}tcpdump/${name}.out`, 'utf8');
    const octets = new Map<string, { in: number[]; out: number[] }>();
    let agent = '';
    let key = '';
    for (const line of text.split('\n')) {
      const head = /agent ([^,]+), agent-id (\d+)/.exec(line);
      if (head) agent = `${parseAddress(head[1]!)} ${head[2]}`;
      const index = /ifindex (\d+),/.exec(line);
      if (index) key = `${agent} ${index[1]}`;
      const of = octets.get(key) ?? { in: [], out: [] };
      const came = /In octets (\d+),/.exec(line);
      const left = /Out octets (\d+),/.exec(line);
      if (came) of.in.push(Number(came[1]));
      if (left) of.out.push(Number(left[1]));
      if (came || left) octets.set(key, of);
    }
    const count = (pattern: RegExp) => [...text.matchAll(pattern)].length;
    const refused = count(/not supported|\(invalid\)/g);
    return { octets, flow: count(/\bflow sample \(/g), counters: count(/counter sample \(/g), refused };
  }

  const since = (figures: number[]) => (figures.length < 2 ? null : figures.at(-1)! - figures[0]!);

  it.each([
    ['sflow-print-v6', 15],
    ['sflow_multiple_counter_30_pdus', 50],
    ['sflow_print-segv', 0],
  ])('%s', async (name, least) => {
    const { sum, interfaces } = await read(name);
    const { octets, flow, counters, refused } = printed(name);
    expect(sum).toEqual({ refused, records: flow, rows: flow, counterSamples: counters, problems: 0 });
    expect(interfaces.length).toBeGreaterThanOrEqual(least);
    expect(new Set(interfaces.map((i) => i.key))).toEqual(new Set(octets.keys()));
    for (const { key, inOctets, outOctets } of interfaces) {
      const of = octets.get(key)!;
      expect([key, inOctets, outOctets]).toEqual([key, since(of.in), since(of.out)]);
    }
  });
});
