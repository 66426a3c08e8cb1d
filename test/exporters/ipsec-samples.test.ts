/** Packets of IPsec in sFlow samples of an agent that we did not write, from its wire to an answer of the node. */
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { fixtures, remove, sleep, startNode, type TestNode, tempFolder, until, weirJson } from '../node.testing.ts';
import { withLinks } from './link.testing.ts';
import { startPmacct } from './pmacct.testing.ts';

let folder = '';
let node: TestNode | null = null;
afterEach(async () => {
  await node?.stop();
  if (folder !== '') remove(folder);
});

interface Answer {
  readonly rows: readonly (readonly (string | number)[])[];
}

/** SPIs and counts of packets as tshark reads them in the capture. */
test.skipIf(fixtures === null)(
  'sFlow of pmacct: ESP by SPI, and IKE, as the capture has them (../shared/fixtures)',
  async () => {
    folder = tempFolder();
    node = await startNode(join(folder, 'data'));
    const { data, port } = node;
    await withLinks(1, async ([link]) => {
      const probe = { plugin: 'sfprobe', agentAddress: '192.0.2.77' } as const;
      const pmacct = await startPmacct({ export: probe, port, folder, sampling: 1 }, link!.name);
      await link!.replay(join(fixtures!, 'zeek-spicy-ipsec/traces/ipsec.cap'), 50);
      await sleep(2_500);
      await pmacct.stop('SIGINT');
    });
    const by = ['--by', 'protocol,ipsec,spi', '--metrics', 'packets', '--from', 'all'];
    const expected = [
      [17, null, null, 11],
      [50, 'opaque', 0x1c0d7b38, 9],
      [50, 'opaque', 0x0879355b, 7],
    ];
    const packets = (answer: Answer) => answer.rows.reduce((sum, row) => sum + Number(row.at(-1)), 0);
    const answer = await until(
      () => weirJson<Answer>('query', '--data', data, ...by),
      (found) => packets(found) >= 27,
    );
    expect(answer.rows).toEqual(expected);
  },
);
