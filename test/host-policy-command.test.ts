import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { LITTLE, pcapHeader, pcapRecord } from '../src/packet/captures.testing.ts';
import { bytes, DNS, ethernet } from '../src/packet/frames.testing.ts';
import { flowEncoder } from '../src/wire/index.ts';
import { remove, sender, startNode, tempFolder, totals, until, weir } from './node.testing.ts';

const folder = tempFolder();
afterAll(() => remove(folder));

function policy(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const TIERS = `
tiers: [{name: operations, hosts: "no-such-host-*"}, {name: desks}]
rules:
  - {name: dns, match: dst port 53, actions: [drop]}
  - {name: names, match: any, trust: desks, actions: [{pseudonymise: [remote, user]}]}
`;

describe('weir host policy check', () => {
  test('says what rules do for the tier of the machine, and what is hardly meant', async () => {
    const path = policy('tiers.yaml', TIERS);
    const [desk, operations] = await Promise.all([
      weir('host', 'policy', 'check', path),
      weir('host', 'policy', 'check', path, '--tier', 'operations'),
    ]);
    expect(desk).toMatchObject({ code: 0, stderr: '' });
    expect(desk.stdout).toMatch(/^tier: desks\n/);
    expect(desk.stdout).toMatch(/^dns +dst port 53 +drops$/m);
    expect(desk.stdout).toMatch(/^names +any +pseudonyms of remote, user$/m);
    expect(desk.stdout).toContain('note: names: changes addresses and leaves server_name');
    expect(operations.stdout).toContain('1 more for other tiers');
  });

  test('tells every mistake with its line, and ends with 2', async () => {
    const path = policy(
      'wrong.yaml',
      'rules:\n  - match: dst prt 53\n    actions: [drop]\n  - match: any\n    actions: [forget]\n',
    );
    const { code, stdout, stderr } = await weir('host', 'policy', 'check', path);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('the policy has 2 mistakes');
    expect(stderr).toMatch(/line 2: rules\[0\].match: filter, .*did you mean dst port/);
    expect(stderr).toMatch(/line 5: rules\[1\].actions\[0\]: expected drop/);
    const wrong = await Promise.all([
      weir('host', 'policy', 'check', join(folder, 'none.yaml')),
      weir('host', 'policy', 'check', policy('tiers.yaml', TIERS), '--tier', 'moon'),
      weir('host'),
    ]);
    expect(wrong.map((w) => w.code)).toEqual([2, 2, 2]);
  });
});

describe('weir host policy test', () => {
  const flows = [
    { src_addr: '10.1.2.3', dst_addr: '198.51.100.7', src_port: 40_000, dst_port: 53, protocol: 17, raw_bytes: 80 },
    {
      src_addr: '10.1.2.3',
      dst_addr: '198.51.100.8',
      src_port: 40_001,
      dst_port: 443,
      protocol: 6,
      raw_bytes: 5_000,
      user: 'alice',
    },
    { src_addr: '10.1.2.3', dst_addr: '198.51.100.9', src_port: 40_002, dst_port: 22, protocol: 6, raw_bytes: 700 },
  ];
  const text = `
rules:
  - {name: dns, match: dst port 53, actions: [drop]}
  - {name: web, match: dst port 443, actions: [{pseudonymise: user}, {truncate: {addresses: dst}}]}
`;

  test('shows what it does to flows of a store, which stay as they are', async () => {
    const data = join(folder, 'data');
    const node = await startNode(data, ['--ipfix', '127.0.0.1:0']);
    const socket = await sender(node.portOf('ipfix'));
    const messages: Uint8Array[] = [];
    const encoder = flowEncoder('ipfix', { domain: 1, send: (message) => messages.push(message) });
    const now = Date.now();
    for (const flow of flows)
      encoder.add({ ...flow, raw_packets: 1, start: now, end: now, flow_direction: 'egress' }, now);
    encoder.end(now);
    for (const message of messages) await socket.send(message);
    socket.close();
    await until(
      () => totals(data),
      (t) => t.records === 3,
    );
    const path = policy('web.yaml', text);
    const json = await weir('host', 'policy', 'test', path, '--data', data, '--format', 'json');
    const table = await weir('host', 'policy', 'test', path, '--server', node.http, '--filter', 'proto tcp');
    expect(JSON.parse(json.stdout)).toEqual({
      records: 3,
      kept: 1,
      changed: 1,
      removed: 1,
      removed_bytes: 80,
      rules: [
        { rule: 'dns', matched: 1, records: 1, bytes: 80, packets: 1 },
        { rule: 'web', matched: 1, records: 0, bytes: 0, packets: 0 },
      ],
      examples: expect.arrayContaining([
        { before: expect.objectContaining({ dst_addr: '198.51.100.7' }), after: null },
        {
          before: expect.objectContaining({ dst_addr: '198.51.100.8', user: 'alice' }),
          after: expect.objectContaining({
            dst_addr: '198.51.100.0',
            user: expect.stringMatching(/^user-[0-9a-f]{16}$/),
          }),
        },
      ]),
    });
    expect(table).toMatchObject({ code: 0, stderr: '' });
    expect(table.stdout).toContain('1 as they are, 1 changed, 0 removed');
    expect(table.stdout).toMatch(/^ {2}dst_addr +198\.51\.100\.8 +198\.51\.100\.0$/m);
    expect((await totals(data)).records).toBe(3);
    await node.stop();
  });

  test('shows what it does to a capture', async () => {
    const capture = join(folder, 'dns.pcap');
    writeFileSync(
      capture,
      bytes(pcapHeader(LITTLE, 0xa1b2c3d4), pcapRecord(LITTLE, 1_700_000_000, 0, ethernet(0x0800, DNS))),
    );
    const { code, stdout } = await weir('host', 'policy', 'test', policy('web.yaml', text), capture);
    expect(code).toBe(0);
    expect(stdout).toContain('0 as they are, 0 changed, 1 removed');
    expect(stdout).toMatch(/^removed: .*dst_port 53/m);
    const mixed = await weir('host', 'policy', 'test', policy('web.yaml', text), capture, '--data', folder);
    expect(mixed).toMatchObject({ code: 2, stderr: expect.stringContaining('do not take --data') });
  });
});
