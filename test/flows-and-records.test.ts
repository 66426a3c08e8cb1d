import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runProgram } from './exporters/program.testing.ts';
import { remove, startNode, type TestNode, tempFolder, until, weirJson } from './node.testing.ts';
import { connectionPcap } from './pcap.testing.ts';

const MINUTES = 20;
const MAX_LIFE_S = 60;
/** softflowd reads so many packets of a file before it looks for flows that are over. */
const FLOW_LIMIT = 2;

let folder: string;
let node: TestNode;

beforeEach(async () => {
  folder = tempFolder();
  node = await startNode(join(folder, 'store'), ['--home', '192.0.2.0/24']);
});

afterEach(async () => {
  await node?.kill();
  remove(folder);
});

interface Answer {
  readonly rows: readonly (readonly unknown[])[];
  readonly total: Readonly<Record<string, number>>;
}

it.each([
  [5, 'netflow5'],
  [9, 'netflow9'],
  [10, 'ipfix'],
])(
  'softflowd, NetFlow version %i: a TCP connection of 20 minutes that is cut every minute is one flow',
  async (version, format) => {
    const capture = join(folder, 'connection.pcap');
    writeFileSync(capture, connectionPcap(Date.now() - (MINUTES + 5) * 60_000, MINUTES * 60));
    await runProgram('softflowd', [
      ...['-r', capture, '-a', '-n', `127.0.0.1:${node.port}`, '-v', String(version)],
      ...['-t', `maxlife=${MAX_LIFE_S}`, '-m', String(FLOW_LIMIT)],
      ...['-c', 'none', '-p', join(folder, 'softflowd.pid'), '-d'],
    ]);
    const ask = () =>
      weirJson<Answer>(
        ...['query', '--data', join(folder, 'store'), '--from', 'all'],
        ...['--by', 'direction,continued', '--metrics', 'records,flows,packets'],
      );
    // A packet a second in each direction, the first and the last included.
    const packets = 2 * (MINUTES * 60 + 1);
    const { rows, total } = await until(ask, (a) => a.total.packets! >= packets);
    expect(total.packets).toBe(packets);
    // Each direction is a record and a flow of its own.
    expect(total.flows).toBe(2);
    expect(total.records).toBe(2 * MINUTES);
    const flowsOf = (direction: string) =>
      rows
        .filter((r) => r[0] === direction)
        .map(([, continued, records, flows]) => [continued, Number(records) > 0, flows]);
    expect(flowsOf('out').sort()).toEqual([
      ['no', true, 1],
      ['yes', true, 0],
    ]);
    expect(flowsOf('in').sort()).toEqual([
      ['no', true, 1],
      ['yes', true, 0],
    ]);
    expect(
      await weirJson<Answer>(
        'query',
        `format = ${format}`,
        '--data',
        join(folder, 'store'),
        '--from',
        'all',
        '--metrics',
        'flows',
      ),
    ).toMatchObject({ total: { flows: 2 } });
  },
);
