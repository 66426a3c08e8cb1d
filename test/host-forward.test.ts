/** What a node has of its own machine goes to another one as well, and requests of a proxy stand in both with the client and the outside server. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { startWeirAgent } from './agent.testing.ts';
import { noEbpf } from './ebpf.testing.ts';
import { remove, startNode, type TestNode, tempFolder, until, weirJson } from './node.testing.ts';

const run = promisify(execFile);
const NO_PORTS = ['--netflow', 'off', '--ipfix', 'off', '--sflow', 'off'];

interface Answer {
  readonly rows: readonly (string | number)[][];
  readonly total: Readonly<Record<string, number>>;
  readonly quality: { readonly lost: Readonly<Record<string, unknown>> };
}

const nodes: TestNode[] = [];
const folders: string[] = [];
afterEach(async () => {
  for (const node of nodes.splice(0).reverse()) await node.stop();
  for (const folder of folders.splice(0)) remove(folder);
});

async function started(...args: string[]): Promise<{ node: TestNode; data: string }> {
  const data = tempFolder();
  folders.push(data);
  const node = await startNode(data, args);
  nodes.push(node);
  return { node, data };
}

describe.skipIf(noEbpf !== null)('a node that forwards what it has of its own machine', { timeout: 360_000 }, () => {
  test('the collector has the same flows with process and user, none lost', async () => {
    const collector = await started('--ipfix', '127.0.0.1:0');
    const to = `ipfix://127.0.0.1:${collector.node.portOf('ipfix')}`;
    const own = await started(...NO_PORTS, '--host', 'on', '--host-name', 'a1', '--host-forward', to);
    const server = createServer((_request, response) => response.end('x'.repeat(20_000))).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await run('curl', ['-s', '-o', '/dev/null', `http://127.0.0.1:${port}/`]);
    const ask = (data: string) =>
      weirJson<Answer>(
        ...['query', '--data', data, `port ${port}`, '--from', '-1h', '--by', 'host,process,user,outcome,duplicate'],
        ...['--metrics', 'flows,bytes,packets', '--duplicates', 'all'],
      );
    const there = await until(
      () => ask(collector.data),
      ({ total }) => total.flows === 4,
    );
    const here = await ask(own.data);
    const sorted = ({ rows }: Answer) => rows.map((row) => row.join(' ')).sort();
    expect(sorted(there)).toEqual(sorted(here));
    expect(sorted(here).some((row) => row.startsWith('a1 curl root established no'))).toBe(true);
    expect(there.quality.lost).toMatchObject({ records: 0 });
    server.close();
  });

  test('an agent forwards as a node does', async () => {
    const collector = await started('--ipfix', '127.0.0.1:0');
    const data = tempFolder();
    folders.push(data);
    const config = join(data, 'weir.yaml');
    writeFileSync(config, `host_name: a2\nhost_forward: ipfix://127.0.0.1:${collector.node.portOf('ipfix')}\n`);
    const agent = await startWeirAgent(data, ['--config', config, '--user', 'root']);
    try {
      const server = createServer((_request, response) => response.end('x')).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const query = [
        'query',
        '--data',
        collector.data,
        `dst port ${port}`,
        '--from',
        '-1h',
        '--by',
        'host,process,user',
      ];
      // An agent is ready before its meter has begun.
      const { rows } = await until(
        async () => {
          await run('curl', ['-s', '-o', '/dev/null', `http://127.0.0.1:${port}/`]);
          return weirJson<Answer>(...query);
        },
        (answer) => answer.rows.length > 0,
      );
      expect(rows.map((row) => row.slice(0, 3))).toEqual([['a2', 'curl', 'root']]);
      server.close();
    } finally {
      await agent.stop();
    }
  });

  test('requests in the log of a proxy are records of the client and the outside server, beside those that count', async () => {
    const folder = tempFolder();
    folders.push(folder);
    const log = join(folder, 'access.log');
    writeFileSync(log, '');
    const { data } = await started(...NO_PORTS, '--host', 'on', '--host-proxy-log', log);
    const end = (Date.now() / 1000).toFixed(3);
    const line = `${end} 30 192.0.2.7 34070 198.51.100.9 443 192.0.2.2 57284 141 662 200 -/- CONNECT example.org:443 anna`;
    appendFileSync(log, `${line}\nno line of a log\n`);
    const columns = ['src_addr', 'dst_addr', 'src_nat_addr', 'dst_nat_addr', 'dst_port'];
    const found = await until(
      () =>
        weirJson<Answer>(
          ...['query', '--data', data, 'server_name = "example.org"', '--from', '-1h', '--duplicates', 'all'],
          ...['--by', [...columns, 'user', 'outcome', 'duplicate'].join(','), '--metrics', 'bytes,flows'],
        ),
      ({ total }) => total.flows === 2,
    );
    expect(found.rows.map((row) => row.map(String).join(' ')).sort()).toEqual([
      '192.0.2.7 198.51.100.9 192.0.2.2 null 443 anna established yes 141 1',
      '198.51.100.9 192.0.2.7 null 192.0.2.2 34070 anna established yes 662 1',
    ]);
  });
});
